/**
 * Calls that wait. A wait ends early when the client leaves or the server drains, and the call is then
 * answered with what there is; HEAD never waits. The number of waiting calls is bounded.
 */
import { TaskspaceError } from '../domain/errors.js';
import type { Exchange } from './exchange.js';

const WAITS_MAX = 10_000;

/** Given to the use case in place of the seconds that the client requested. */
export interface Wait {
  readonly waitSeconds: number;
  /** Fires when the client has left or the server drains. */
  readonly signal: AbortSignal;
}

/**
 * Runs a use case that may wait up to `askedSeconds`. Throws `overloaded` when too many calls wait already.
 */
export async function withWait<T>(
  { state, req, res }: Exchange,
  askedSeconds: number,
  use: (wait: Wait) => Promise<T>,
): Promise<T> {
  const waitSeconds = req.method === 'HEAD' || state.draining ? 0 : askedSeconds;
  if (waitSeconds > 0 && state.waits.size >= WAITS_MAX) throw tooManyWait();
  const controller = new AbortController();
  const end = () => controller.abort();
  state.waits.add(end);
  res.once('close', end);
  // A client that sends no more may be gone altogether: the two cannot be distinguished before
  // an answer is sent.
  req.socket.once('end', end);
  if (res.destroyed || req.socket.readableEnded) end();
  try {
    return await use({ waitSeconds, signal: controller.signal });
  } finally {
    state.waits.delete(end);
    res.off('close', end);
    req.socket.off('end', end);
  }
}

function tooManyWait(): TaskspaceError {
  return new TaskspaceError(
    'overloaded',
    `${WAITS_MAX} calls of this worker wait already. Repeat the call without wait, or later.`,
  );
}
