/** API.md section 6: changes as they happen, on the server or in one taskspace. */
import type { IncomingHttpHeaders } from 'node:http';
import type { EventsQuery, EventUseCases } from '../../app/changes/events.js';
import type { eventOperations } from '../../contract/operations/events.js';
import type { Handlers } from '../endpoint.js';
import { EventStreams } from '../event-streams.js';

/** A reconnecting client sends the header; its URL still has the place where it first began. */
function queryOf(headers: IncomingHttpHeaders, since: string | undefined): EventsQuery {
  const last = headers['last-event-id'];
  if (typeof last === 'string' && last !== '') return { after: { text: last, from: 'header' } };
  return { after: since === undefined ? null : { text: since, from: 'query' } };
}

export function eventHandlers(events: EventUseCases): Handlers<typeof eventOperations> {
  const streams = new EventStreams();
  return {
    async followServer(call) {
      const query = queryOf(call.exchange.req.headers, call.query.since);
      return streams.reply(await events.ofServer(call.caller, query));
    },

    async followTaskspace(call) {
      const query = queryOf(call.exchange.req.headers, call.query.since);
      return streams.reply(await events.ofTaskspace(call.caller, call.parts.id, query));
    },
  };
}
