/** API.md section 6: changes as they happen, on the server or in one taskspace. */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { EventsQuery, Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { EVENT_STREAM_TYPE, EventStreams } from '../event-streams.js';

const PLACE_MAX = 256;

const eventsQuery = z.strictObject({ since: z.string().max(PLACE_MAX).optional() });

const FORM =
  'One event for each change: `event` is the first of its types, `data` a Change on one line. `retry: 1000`, a comment every 15 s. ' +
  'Resumed with Last-Event-ID, or since (the header wins), nothing is left out and nothing comes twice; without either it begins now. ' +
  'When what follows that place is not kept: one event `reset` with data `{"position": "<where it goes on>"}`, which is also its `id`.';

export function eventEndpoints(service: Service): Endpoint[] {
  const streams = new EventStreams();
  return [
    endpoint({
      method: 'get',
      path: '/api/events',
      operation: 'followServer',
      tag: 'changes',
      summary: 'All changes of the server as server-sent events, each with its position as id',
      query: eventsQuery,
      untagged: true,
      answers: { 200: { description: FORM, media: EVENT_STREAM_TYPE } },
      async handle(call) {
        const query = queryOf(call.exchange.req.headers, call.query.since);
        return streams.reply(await service.events.ofServer(call.caller, query));
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/taskspaces/:id/events',
      operation: 'followTaskspace',
      tag: 'changes',
      summary: 'The changes of one taskspace as server-sent events, each with its commit as id',
      query: eventsQuery,
      untagged: true,
      answers: {
        200: {
          description: `${FORM} In commit order, and without \`position\`. It ends after \`taskspace.deleted\`.`,
          media: EVENT_STREAM_TYPE,
        },
      },
      async handle(call) {
        const query = queryOf(call.exchange.req.headers, call.query.since);
        return streams.reply(await service.events.ofTaskspace(call.caller, call.parts.id, query));
      },
    }),
  ];
}

/** A reconnecting client sends the header; its URL still has the place where it first began. */
function queryOf(headers: IncomingHttpHeaders, since: string | undefined): EventsQuery {
  const last = headers['last-event-id'];
  if (typeof last === 'string' && last !== '') return { after: { text: last, from: 'header' } };
  return { after: since === undefined ? null : { text: since, from: 'query' } };
}
