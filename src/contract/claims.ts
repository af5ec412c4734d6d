/** Bodies and answers of claims and leases. */

import { z } from 'zod';
import { FREE_BYTES_MAX, jsonValue } from './json.js';
import { task } from './plan.js';
import { chars, name, person, text, time } from './text.js';
import type { Input, Output } from './types.js';

const LEASE_SECONDS_DEFAULT = 60;
const LEASE_SECONDS_MAX = 3600;
const WAIT_SECONDS_MAX = 30;
/** Longer than any token that is made: a longer text is none of this server's. */
const TOKEN_CHARS_MAX = 128;

const leaseSeconds = z.int().min(1).max(LEASE_SECONDS_MAX);
const token = chars(1, TOKEN_CHARS_MAX).meta({
  description: 'As the claim or the grant showed it, once.',
});
const fence = z.int().min(1).meta({ description: 'Grows with every grant of the name, for ever.' });

export const claimInput = z
  .strictObject({
    agent: person,
    leaseSeconds: leaseSeconds.default(LEASE_SECONDS_DEFAULT),
    taskId: name.optional().meta({ description: 'Without it the first ready task in plan order.' }),
    wait: z.int().min(0).max(WAIT_SECONDS_MAX).default(0),
  })
  .meta({ id: 'ClaimInput' });
export type ClaimInput = Input<typeof claimInput>;

export const renewInput = z
  .strictObject({
    token,
    leaseSeconds: leaseSeconds.optional().meta({ description: 'Without it what was asked for last.' }),
  })
  .meta({ id: 'RenewInput' });
export type RenewInput = Input<typeof renewInput>;

export const releaseInput = z.strictObject({ token }).meta({ id: 'ReleaseInput' });
export type ReleaseInput = Input<typeof releaseInput>;

export const completeInput = z
  .strictObject({ token, result: jsonValue.optional() })
  .meta({ id: 'CompleteInput' });
export type CompleteInput = Input<typeof completeInput>;

export const failInput = z
  .strictObject({
    token,
    error: text(FREE_BYTES_MAX).nullable().optional(),
    result: jsonValue.optional(),
  })
  .meta({ id: 'FailInput' });
export type FailInput = Input<typeof failInput>;

export const claimed = z
  .object({ task, lease: z.object({ token, expiresAt: time }) })
  .meta({ id: 'Claimed' });
export type Claimed = Output<typeof claimed>;

export const leaseInput = z
  .strictObject({ holder: person, leaseSeconds: leaseSeconds.default(LEASE_SECONDS_DEFAULT) })
  .meta({ id: 'LeaseInput' });
export type LeaseInput = Input<typeof leaseInput>;
export const granted = z
  .object({ name, holder: person, token, fence, expiresAt: time })
  .meta({ id: 'GrantedLease' });
export type GrantedLease = Output<typeof granted>;

/** Without its token: as everybody may see it. */
export const lease = z.object({ name, holder: person, fence, expiresAt: time }).meta({ id: 'Lease' });
export type Lease = Output<typeof lease>;

export const leases = z.object({ items: z.array(lease) });
