/** API.md section 3: leases by name. */

import { granted, leaseInput, leases as leaseList, releaseInput, renewInput } from '../../contract/claims.js';
import type { Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';

const LEASES = '/api/taskspaces/:id/leases';
const LEASE = `${LEASES}/:name`;

export function leaseEndpoints({ leases }: Service): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: LEASES,
      operation: 'listLeases',
      tag: 'leases',
      summary: 'Leases that were granted and not released, lapsed ones too, by name',
      answers: { 200: { description: 'The leases', schema: leaseList } },
      handle: async (call) => readReply(call, await leases.list(call.caller, call.parts.id)),
    }),
    endpoint({
      method: 'post',
      path: LEASE,
      operation: 'grantLease',
      tag: 'leases',
      summary: 'Take a lease that nobody holds, for some time',
      body: { schema: leaseInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: {
        200: { description: 'The lease, and the token that holds it, shown once', schema: granted },
      },
      problems: ['lease_held', 'lease_lost'],
      handle: async ({ caller, parts, body, key }) =>
        writeReply(await leases.grant(caller, parts.id, parts.name, body, key)),
    }),
    endpoint({
      method: 'post',
      path: `${LEASE}/renew`,
      operation: 'renewLease',
      tag: 'leases',
      summary: 'Hold a lease for longer, under the same fence',
      body: { schema: renewInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: { 200: { description: 'The lease and the same token', schema: granted } },
      problems: ['lease_lost'],
      handle: async ({ caller, parts, body, key }) =>
        writeReply(await leases.renew(caller, parts.id, parts.name, body, key)),
    }),
    endpoint({
      method: 'post',
      path: `${LEASE}/release`,
      operation: 'releaseLease',
      tag: 'leases',
      summary: 'Give a lease back',
      body: { schema: releaseInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: { 204: { description: 'Released' } },
      problems: ['lease_lost'],
      handle: async ({ caller, parts, body, key }) =>
        writeReply(await leases.release(caller, parts.id, parts.name, body, key)),
    }),
  ];
}
