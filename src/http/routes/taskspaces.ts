/** API.md section 2: create, replace, read, patch, delete, and the list. */

import type { TaskspacesQuery } from '../../app/overview/lists.js';
import type { TaskspaceUseCases } from '../../app/taskspaces/taskspaces.js';
import type { taskspaceOperations } from '../../contract/operations/taskspaces.js';
import { TaskspaceError } from '../../domain/errors.js';
import type { Handlers, QueryOf } from '../endpoint.js';
import { readReply, streamReply, writeReply } from '../replies.js';
import { checkSameId } from '../same-id.js';

/** Times are listed newest first, names and ids in ascending order. */
function listOfQuery(query: QueryOf<typeof taskspaceOperations.listTaskspaces>): TaskspacesQuery {
  const { owner = null, status: statuses, tag: tags, q = null, sort, limit, cursor = null } = query;
  const order = query.order ?? (sort === 'name' || sort === 'id' ? 'asc' : 'desc');
  return { owner, statuses, tags, q, sort, order, limit, cursor, withSummary: query.include === 'summary' };
}

function notYet(format: string): TaskspaceError {
  return new TaskspaceError(
    'not_supported',
    `This version does not export ${format} yet. Repeat the call with format=json.`,
  );
}

export function taskspaceHandlers(taskspaces: TaskspaceUseCases): Handlers<typeof taskspaceOperations> {
  return {
    getTaskspace: async (call) => readReply(call, await taskspaces.get(call.caller, call.parts.id)),

    createTaskspace: async ({ caller, body, key }) => writeReply(await taskspaces.create(caller, body, key)),

    listTaskspaces: async (call) =>
      readReply(call, await taskspaces.list(call.caller, listOfQuery(call.query))),

    async putTaskspace({ caller, parts, body, pre }) {
      const { id, ...input } = body;
      checkSameId(id, parts.id);
      return writeReply(await taskspaces.put(caller, parts.id, input, pre));
    },

    async patchTaskspace({ caller, parts, body, pre }) {
      const { id, ...patch } = body;
      checkSameId(id, parts.id);
      return writeReply(await taskspaces.patch(caller, parts.id, patch, pre));
    },

    deleteTaskspace: async ({ caller, parts, pre }) =>
      writeReply(await taskspaces.remove(caller, parts.id, pre)),
    getSummary: async (call) => readReply(call, await taskspaces.summary(call.caller, call.parts.id)),

    async exportTaskspace(call) {
      const { caller, parts, query } = call;
      if (query.format !== 'json') {
        // Existence is checked before rules: a missing taskspace is 404 in every format.
        await taskspaces.get(caller, parts.id);
        throw notYet(query.format);
      }
      const answer = await taskspaces.exportJson(caller, parts.id);
      return 'stream' in answer ? streamReply(answer) : readReply(call, answer);
    },
    getTaskspaceDashboard: async (call) =>
      readReply(call, await taskspaces.dashboard(call.caller, call.parts.id)),
  };
}
