/** API.md section 2: a taskspace as a whole, in numbers or with everything in it. */
import { z } from 'zod';
import { exported, summary } from '../../contract/summary.js';
import { TaskspaceError } from '../../domain/errors.js';
import type { Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { readReply, streamReply } from '../replies.js';

const ONE = '/api/taskspaces/:id';

const exportQuery = z.strictObject({ format: z.enum(['tar', 'ndjson', 'json']).default('tar') });

export function summaryEndpoints({ taskspaces }: Service): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: `${ONE}/summary`,
      operation: 'getSummary',
      tag: 'taskspaces',
      summary: 'A taskspace in numbers',
      answers: { 200: { description: 'The summary', schema: summary } },
      handle: async (call) => readReply(call, await taskspaces.summary(call.caller, call.parts.id)),
    }),
    endpoint({
      method: 'get',
      path: `${ONE}/export`,
      operation: 'exportTaskspace',
      tag: 'taskspaces',
      summary: 'Everything in a taskspace, as of one commit; this version needs format=json',
      query: exportQuery,
      answers: {
        200: { description: 'The document; a large one is streamed and has no ETag', schema: exported },
      },
      problems: ['not_supported'],
      async handle(call) {
        const { caller, parts, query } = call;
        if (query.format !== 'json') {
          // Existence is checked before rules: a missing taskspace is 404 in every format.
          await taskspaces.get(caller, parts.id);
          throw notYet(query.format);
        }
        const answer = await taskspaces.exportJson(caller, parts.id);
        return 'stream' in answer ? streamReply(answer) : readReply(call, answer);
      },
    }),
  ];
}

function notYet(format: string): TaskspaceError {
  return new TaskspaceError(
    'not_supported',
    `This version does not export ${format} yet. Repeat the call with format=json.`,
  );
}
