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
    agent: person.describe('An agent, by the name that it goes by.'),
    leaseSeconds: leaseSeconds
      .default(LEASE_SECONDS_DEFAULT)
      .describe('Seconds, 1 to 3600: how long it is held unless it is renewed.'),
    taskId: name.optional().meta({ description: 'Without it the first ready task in plan order.' }),
    wait: z
      .int()
      .min(0)
      .max(WAIT_SECONDS_MAX)
      .default(0)
      .describe('Seconds, 0 to 30: how long to wait for a task to become ready.'),
  })
  .meta({ id: 'ClaimInput', description: 'Who wants a task, which one, and for how long.' });
export type ClaimInput = Input<typeof claimInput>;

export const renewInput = z
  .strictObject({
    token,
    leaseSeconds: leaseSeconds
      .optional()
      .meta({ description: 'Seconds, 1 to 3600; without it what was asked for last.' }),
  })
  .meta({ id: 'RenewInput', description: 'The token of what is held on to, and for how long from now.' });
export type RenewInput = Input<typeof renewInput>;

export const releaseInput = z
  .strictObject({ token })
  .meta({ id: 'ReleaseInput', description: 'The token of what is given back.' });
export type ReleaseInput = Input<typeof releaseInput>;

export const completeInput = z
  .strictObject({ token, result: jsonValue.optional() })
  .meta({ id: 'CompleteInput', description: 'The token of the claim, and what came of the task.' });
export type CompleteInput = Input<typeof completeInput>;

export const failInput = z
  .strictObject({
    token,
    error: text(FREE_BYTES_MAX, 'What went wrong').nullable().optional(),
    result: jsonValue.optional(),
  })
  .meta({ id: 'FailInput', description: 'The token of the claim, and what went wrong.' });
export type FailInput = Input<typeof failInput>;

export const claimed = z
  .object({
    task: task.describe('The task as it is held.'),
    lease: z
      .object({ token, expiresAt: time.describe('When the lease lapses, unless it is renewed.') })
      .describe('The lease of the claim.'),
  })
  .meta({
    id: 'Claimed',
    description: 'The task, and the lease that its holder shows from now on. The token is shown once.',
  });
export type Claimed = Output<typeof claimed>;

export const leaseInput = z
  .strictObject({
    holder: person.describe('Who holds it.'),
    leaseSeconds: leaseSeconds
      .default(LEASE_SECONDS_DEFAULT)
      .describe('Seconds, 1 to 3600: how long it is held unless it is renewed.'),
  })
  .meta({ id: 'LeaseInput', description: 'Who wants the lease, and for how long.' });
export type LeaseInput = Input<typeof leaseInput>;
export const granted = z
  .object({
    name: name.describe('What it is called.'),
    holder: person.describe('Who holds it.'),
    token,
    fence,
    expiresAt: time.describe('When the lease lapses, unless it is renewed.'),
  })
  .meta({ id: 'GrantedLease', description: 'A lease with its token, which is shown to its holder alone.' });
export type GrantedLease = Output<typeof granted>;

/** Without its token: as everybody may see it. */
export const lease = granted
  .omit({ token: true })
  .meta({ id: 'Lease', description: 'A lease that was granted and not released.' });
export type Lease = Output<typeof lease>;

export const leases = z.object({
  items: z.array(lease).describe('The items of this page, in the order of the list.'),
});
