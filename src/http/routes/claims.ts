/** API.md section 3: the calls of agents that work on a plan. */

import type { ClaimUseCases } from '../../app/plan/claims.js';
import type { claimOperations } from '../../contract/operations/claims.js';
import type { Handlers } from '../endpoint.js';
import { writeReply } from '../replies.js';
import { withWait } from '../wait.js';

export function claimHandlers(claims: ClaimUseCases): Handlers<typeof claimOperations> {
  return {
    async claimTask({ exchange, caller, parts, body, key }) {
      const { agent, leaseSeconds, taskId = null, wait } = body;
      const isGone = () => exchange.res.destroyed;
      const answer = await withWait(exchange, wait, (until) =>
        claims.claim(caller, parts.id, { agent, leaseSeconds, taskId, isGone, ...until }, key),
      );
      return writeReply(answer);
    },

    renewClaim: async ({ caller, parts, body, key }) =>
      writeReply(await claims.heartbeat(caller, parts.id, parts.taskId, body, key)),

    releaseTask: async ({ caller, parts, body, key }) =>
      writeReply(await claims.release(caller, parts.id, parts.taskId, body, key)),

    completeTask: async ({ caller, parts, body, key }) =>
      writeReply(await claims.complete(caller, parts.id, parts.taskId, body, key)),

    failTask: async ({ caller, parts, body, key }) =>
      writeReply(await claims.fail(caller, parts.id, parts.taskId, body, key)),
  };
}
