/**
 * API.md sections 2 and 6: lists over all taskspaces, search, dashboards, stats. All but one
 * rest on the catalog.
 */

import type { OverviewUseCases } from '../../app/overview/overview.js';
import type { overviewOperations } from '../../contract/operations/overview.js';
import type { Handlers } from '../endpoint.js';
import { readReply } from '../replies.js';

export function overviewHandlers(overview: OverviewUseCases): Handlers<typeof overviewOperations> {
  return {
    async listAllArtifacts(call) {
      const { owner = null, taskspace = null, type: types, cursor = null, ...others } = call.query;
      const query = { owner, taskspace, types, cursor, ...others };
      return readReply(call, await overview.artifacts(call.caller, query));
    },

    async listTrash(call) {
      const { limit, cursor = null } = call.query;
      return readReply(call, await overview.trash(call.caller, { limit, cursor }));
    },

    async search(call) {
      const { q, type: types, owner = null, taskspace = null, limit, cursor = null } = call.query;
      const query = { q, types, owner, taskspace, limit, cursor };
      return readReply(call, await overview.search(call.caller, query));
    },

    getDashboard: async (call) =>
      readReply(call, await overview.dashboard(call.caller, call.query.owner ?? null)),

    async getStats(call) {
      const { owner = null, days } = call.query;
      return readReply(call, await overview.stats(call.caller, { owner, days }));
    },
  };
}
