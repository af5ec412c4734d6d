/** Finds the commit that an idempotency key has made while the key is kept. */
import { TaskspaceError } from '../../../domain/errors.js';
import type { CommitKey } from '../../../domain/event.js';
import type { State } from '../../../domain/state.js';
import type { LapseClock } from './lapse-clock.js';

/**
 * Number of the commit made with this key; null when there is none or the key has expired. Throws
 * `idempotency_key_reused` when that commit had another body.
 */
export function findKey(state: State, key: CommitKey | undefined, clock: LapseClock): number | null {
  const used = key && state.keys.get(key.key);
  if (!used || clock.keyLeftMs(key.key, used) <= 0) return null;
  if (used.body === key.body) return used.commit;
  throw new TaskspaceError(
    'idempotency_key_reused',
    'This Idempotency-Key was used with another body. Use a new key for a new request, and the same body to repeat one.',
  );
}
