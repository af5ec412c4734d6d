/** API.md section 6: every commit of the server in one order. */

import type { UseCases } from '../../app/use-cases.js';
import type { changeOperations } from '../../contract/operations/changes.js';
import type { Handlers } from '../endpoint.js';
import { readReply } from '../replies.js';
import { withWait } from '../wait.js';

export function changeHandlers(changes: UseCases['changes']): Handlers<typeof changeOperations> {
  return {
    async listChanges(call) {
      const { since = null, limit, wait } = call.query;
      const answer = await withWait(call.exchange, wait, (until) =>
        changes(call.caller, { since, limit, ...until }),
      );
      return readReply(call, answer);
    },
  };
}
