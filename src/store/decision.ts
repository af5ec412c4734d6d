/**
 * What every adapter does alike in a write: a repeated key is answered by its first commit, times grow, and
 * what a command decides is held to the shape that readers demand. No I/O.
 */
import { TaskspaceError } from '../domain/errors.js';
import type { Commit, CommitKey, Event } from '../domain/event.js';
import type { State } from '../domain/state.js';
import type { StoreClock, Write } from './ports.js';

/** A longer commit is refused: four times the largest body, of which few members grow when written. */
export const COMMIT_BYTES_MAX = 64 * 1024 * 1024;
/** Longer own commits get a quick check before they are written: the whole one takes a turn of its own. */
const CHECKED_BYTES_MAX = 256 * 1024;

export interface Decision {
  /** Number of the commit that the write's key has made; null: there is none, and `events` are decided. */
  readonly used: number | null;
  /** None: nothing would change. */
  readonly events: readonly Event[];
  /** ISO time of the commit, and of the moment of the decision by the host's clock. */
  readonly time: string;
  readonly now: string;
  readonly by: string;
}

/** Decides on the state. Errors: 422 `idempotency_key_reused`, and those of `by` and `decide`. */
export function decideOn(
  state: State,
  { by: author, owner, key, decide }: Pick<Write<unknown>, 'by' | 'owner' | 'key' | 'decide'>,
  clock: StoreClock,
): Decision {
  const moment = clock.moment();
  const time = nextTime(state, Date.parse(moment.now));
  const by = typeof author === 'string' ? author : author(state);
  const used = commitOfKey(state, key, clock);
  const events = used === null ? decide(state, { time, clock: moment, by, owner }) : [];
  return { used, events, time, now: moment.now, by };
}

/**
 * Number of the commit made with this key; null when there is none or the key has expired. Throws
 * `idempotency_key_reused` when that commit had another body.
 */
function commitOfKey(state: State, key: CommitKey | undefined, clock: StoreClock): number | null {
  const used = key && state.keys.get(key.key);
  if (!used || clock.keyLeftMs(key.key, used) <= 0) return null;
  if (used.body === key.body) return used.commit;
  throw new TaskspaceError(
    'idempotency_key_reused',
    'This Idempotency-Key was used with another body. Use a new key for a new request, and the same body to repeat one.',
  );
}

/** ISO time of the next commit: `now` (ms since 1970), but at least 1 ms after the previous commit. */
export function nextTime(state: State, now: number): string {
  const after = state.time === '' ? 0 : Date.parse(state.time) + 1;
  return new Date(Math.max(now, after)).toISOString();
}

/** The commit that follows the state. @param id 16 hex digits, new for every attempt. */
export function nextCommit(
  state: State,
  id: string,
  { events, time, now, by }: Omit<Decision, 'used'>,
  key?: CommitKey,
): Commit {
  const stamped = key && (now === time ? key : { ...key, at: now });
  return { id, number: state.commit + 1, time, by, ...(stamped ? { key: stamped } : {}), events };
}

/**
 * @param faultOf the place that readers would refuse, as a JSON Pointer; null: none.
 * Errors: 413 `too_large`; an Error when a command has made what no reader accepts.
 */
export function checkCommit(bytes: number, faultOf: (quick: boolean) => string | null): void {
  if (bytes > COMMIT_BYTES_MAX)
    throw new TaskspaceError(
      'too_large',
      `A commit takes at most ${COMMIT_BYTES_MAX} bytes in the journal. Send it in several parts.`,
    );
  const fault = faultOf(bytes > CHECKED_BYTES_MAX);
  if (fault !== null) throw new Error(`a command made a record that no fold accepts, at ${fault}`);
}

/** The first answer of a repeated key, from its commit. */
export function replayOf<A>(write: Write<A>, commit: Commit): A {
  if (write.replay === undefined) throw new Error('a write with a key must be able to replay its answer');
  return write.replay(commit);
}
