/** API.md section 6: every commit of the server in one order. */
import { z } from 'zod';
import { changesPage } from '../changes.js';
import * as is from '../examples.js';
import type { Operations } from '../operation.js';
import { page, wait } from '../parameters.js';

const POSITION_MAX = 256;

const changesQuery = z.strictObject({
  since: z.string().max(POSITION_MAX).optional().describe('A `position` of an earlier answer, or `now`.'),
  limit: page.limit,
  wait,
});

export const changeOperations = {
  listChanges: {
    method: 'get',
    path: '/api/changes',
    tag: 'changes',
    scope: 'read',
    summary: 'What has happened, over all taskspaces; follow it with since=<position> and wait',
    description:
      'Every commit of the server in one order that all readers share. `position` is the `since` of the next call.',
    query: changesQuery,
    answers: {
      200: { description: 'Changes after since, and the position to go on from', schema: changesPage },
    },
    problems: ['position_gone'],
    example: { query: '?since=now&wait=10', answer: { items: [is.change], position: '1.512.4' } },
  },
} satisfies Operations;
