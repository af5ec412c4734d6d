/** API.md section 6: changes as they happen, on the server or in one taskspace. */
import { z } from 'zod';
import { EVENT_STREAM_TYPE } from '../changes.js';
import * as is from '../examples.js';
import type { Operations } from '../operation.js';

const PLACE_MAX = 256;

const eventsQuery = z.strictObject({
  since: z.string().max(PLACE_MAX).optional().describe('A `position` of an earlier answer, or `now`.'),
});

const FORM =
  'One event for each change: `event` is the first of its types, `data` a Change on one line. `retry: 1000`, a comment every 15 s. ' +
  'Resumed with Last-Event-ID, or since (the header wins), nothing is left out and nothing comes twice; without either it begins now. ' +
  'When what follows that place is not kept: one event `reset` with data `{"position": "<where it goes on>"}`, which is also its `id`.';

export const eventOperations = {
  followServer: {
    method: 'get',
    path: '/api/events',
    tag: 'changes',
    scope: 'read',
    summary: 'All changes of the server as server-sent events, each with its position as id',
    description:
      'Commits of all taskspaces as they come, as server-sent events. `Last-Event-ID` goes on where it was.',
    query: eventsQuery,
    untagged: true,
    answers: { 200: { description: FORM, media: EVENT_STREAM_TYPE } },
    example: { query: '?since=now', answer: is.serverEvent },
  },
  followTaskspace: {
    method: 'get',
    path: '/api/taskspaces/:id/events',
    tag: 'changes',
    scope: 'read',
    summary: 'The changes of one taskspace as server-sent events, each with its commit as id',
    description: 'Commits of one taskspace as they come, as server-sent events, in their order.',
    query: eventsQuery,
    untagged: true,
    answers: {
      200: {
        description: `${FORM} In commit order, and without \`position\`. It ends after \`taskspace.deleted\`.`,
        media: EVENT_STREAM_TYPE,
      },
    },
    example: { query: '?since=3', answer: is.taskspaceEvent },
  },
} satisfies Operations;
