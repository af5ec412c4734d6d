/** API.md section 3: leases by name. */
import { granted, leaseInput, leases as leaseList, releaseInput, renewInput } from '../claims.js';
import * as is from '../examples.js';
import type { Operations } from '../operation.js';

const LEASES = '/api/taskspaces/:id/leases';
const LEASE = `${LEASES}/:name`;

export const leaseOperations = {
  listLeases: {
    method: 'get',
    path: LEASES,
    tag: 'leases',
    scope: 'read',
    summary: 'Leases that were granted and not released, lapsed ones too, by name',
    description: 'Leases that were granted and not released, lapsed ones too.',
    answers: { 200: { description: 'The leases', schema: leaseList } },
    example: { answer: { items: [is.lease] } },
  },
  grantLease: {
    method: 'post',
    path: LEASE,
    tag: 'leases',
    scope: 'write',
    summary: 'Take a lease that nobody holds, for some time',
    description:
      'Grants the lease if nobody holds it. Its fence is larger than every one before: whoever guards a thing refuses smaller ones.',
    body: { schema: leaseInput },
    keyed: true,
    answers: {
      200: { description: 'The lease, and the token that holds it, shown once', schema: granted },
    },
    problems: ['lease_held', 'lease_lost'],
    example: { body: { holder: 'coder', leaseSeconds: 60 }, answer: is.grantedLease },
  },
  renewLease: {
    method: 'post',
    path: `${LEASE}/renew`,
    tag: 'leases',
    scope: 'write',
    summary: 'Hold a lease for longer, under the same fence',
    description: 'Holds on to the lease from now on, with the same fence.',
    body: { schema: renewInput },
    keyed: true,
    answers: { 200: { description: 'The lease and the same token', schema: granted } },
    problems: ['lease_lost'],
    example: { body: is.token, answer: is.grantedLease },
  },
  releaseLease: {
    method: 'post',
    path: `${LEASE}/release`,
    tag: 'leases',
    scope: 'write',
    summary: 'Give a lease back',
    description: 'Gives the lease back.',
    body: { schema: releaseInput },
    keyed: true,
    answers: { 204: { description: 'Released' } },
    problems: ['lease_lost'],
    example: { body: is.token },
  },
} satisfies Operations;
