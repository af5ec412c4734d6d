/** API.md section 3: leases by name. */

import type { LeaseUseCases } from '../../app/taskspaces/leases.js';
import type { leaseOperations } from '../../contract/operations/leases.js';
import type { Handlers } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';

export function leaseHandlers(leases: LeaseUseCases): Handlers<typeof leaseOperations> {
  return {
    listLeases: async (call) => readReply(call, await leases.list(call.caller, call.parts.id)),

    grantLease: async ({ caller, parts, body, key }) =>
      writeReply(await leases.grant(caller, parts.id, parts.name, body, key)),

    renewLease: async ({ caller, parts, body, key }) =>
      writeReply(await leases.renew(caller, parts.id, parts.name, body, key)),

    releaseLease: async ({ caller, parts, body, key }) =>
      writeReply(await leases.release(caller, parts.id, parts.name, body, key)),
  };
}
