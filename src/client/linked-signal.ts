/**
 * A signal for one operation: it fires with its parent, at its limit, or when it is aborted. Its creator must
 * `end` it. AbortSignal.any and AbortSignal.timeout would do the same, but leave about a kilobyte behind on a
 * long-lived parent for every call: too much for a client that polls for weeks.
 */
import { onAbort } from './on-abort.js';

export interface LinkedSignal {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Sets the limit, from now, replacing the previous one; null = none. The reason is then a TimeoutError. */
  limit(ms: number | null): void;
  /** Detaches from the parent and the timer. Does not fire. */
  end(): void;
}

export function linkedSignal(
  parent: AbortSignal | undefined,
  limitMs: number | null = null,
  what = 'No answer',
): LinkedSignal {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const letGo = onAbort(parent, () => controller.abort(parent?.reason));

  const limit = (ms: number | null): void => {
    clearTimeout(timer);
    if (ms === null) return;
    const late = (): void => controller.abort(new DOMException(`${what} within ${ms} ms`, 'TimeoutError'));
    timer = setTimeout(late, ms);
  };
  limit(limitMs);
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    limit,
    end() {
      clearTimeout(timer);
      letGo();
    },
  };
}
