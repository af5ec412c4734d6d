/** API.md section 6: every commit of the server in one order. */
import { z } from 'zod';
import { changesPage } from '../../contract/changes.js';
import { page, wait } from '../../contract/parameters.js';
import type { Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { readReply } from '../replies.js';
import { withWait } from '../wait.js';

const POSITION_MAX = 256;

const changesQuery = z.strictObject({
  since: z.string().max(POSITION_MAX).optional(),
  limit: page.limit,
  wait,
});

export function changeEndpoints(service: Service): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/api/changes',
      operation: 'listChanges',
      tag: 'changes',
      summary: 'What has happened, over all taskspaces; follow it with since=<position> and wait',
      query: changesQuery,
      answers: {
        200: { description: 'Changes after since, and the position to go on from', schema: changesPage },
      },
      problems: ['position_gone'],
      async handle(call) {
        const { since = null, limit, wait } = call.query;
        const answer = await withWait(call.exchange, wait, (until) =>
          service.changes(call.caller, { since, limit, ...until }),
        );
        return readReply(call, answer);
      },
    }),
  ];
}
