/**
 * Leases by name: mutual exclusion for anything that is not a task. Pure; see command.ts.
 *
 * The rule is that of claims: a token is valid until the lease is granted again or released; a
 * lapsed lease may still be renewed until then. The fence grows with every grant of a name, for ever, also
 * over a delete.
 */

import type { Clock } from './clock.js';
import { type Decide, requireLive } from './command.js';
import { TaskspaceError } from './errors.js';
import type { Lease } from './lease.js';
import type { State } from './state.js';
import { later, type NewToken, sameHash } from './token.js';

/** Not re-entrant: a held lease is refused, also to the same holder. Throws `lease_held`. */
export function grantLease(name: string, holder: string, token: NewToken): Decide {
  return (state, { clock }) => {
    requireLive(state);
    refuseHeld(state, name, clock);
    const fence = (state.counters.fences.get(name) ?? 0) + 1;
    const lease = { name, holder, fence, expiresAt: later(clock.now, token.leaseSeconds) };
    return [{ type: 'lease.granted', lease, token }];
  };
}

/** Without `leaseSeconds` it is renewed for the time requested last. Throws `lease_lost`. */
export function renewLease(name: string, hash: string, leaseSeconds: number | undefined): Decide {
  return (state, { clock }) => {
    const { holder, fence, token } = requireHeld(state, name, hash);
    const seconds = leaseSeconds ?? token.leaseSeconds;
    const lease = { name, holder, fence, expiresAt: later(clock.now, seconds) };
    return [{ type: 'lease.renewed', lease, leaseSeconds: seconds }];
  };
}

/** Throws `lease_lost`. */
export function releaseLease(name: string, hash: string): Decide {
  return (state) => {
    requireHeld(state, name, hash);
    return [{ type: 'lease.released', name }];
  };
}

function refuseHeld(state: State, name: string, clock: Clock): void {
  const held = state.leases.get(name);
  if (!held || clock.leftMs(held) <= 0) return;
  const { holder, expiresAt } = held;
  throw new TaskspaceError(
    'lease_held',
    `"${holder}" holds the lease "${name}" until ${expiresAt}. Wait until then, or ask its holder to release it.`,
    { members: { holder, expiresAt } },
  );
}

function requireHeld(state: State, name: string, hash: string): Lease {
  requireLive(state);
  const lease = state.leases.get(name);
  if (lease && sameHash(lease.token.hash, hash)) return lease;
  const now = lease
    ? `It is held by "${lease.holder}" until ${lease.expiresAt}.`
    : 'Nobody holds it: it was released, or never granted.';
  throw new TaskspaceError(
    'lease_lost',
    `The token does not hold the lease "${name}" (any more). ${now} Stop what it guarded, and ask for it again.`,
  );
}
