/**
 * How a loop without an end handles failures: temporary ones (the server is away, restarts, is overloaded)
 * are waited out, longer each time, without end; any other is thrown. Nothing is hidden: `onTrouble` is
 * called with every failure.
 */
import type { ApiError } from './api-error.js';
import { growingDelayMs, jittered, pause } from './delay.js';
import { isPassing } from './retry.js';

const FIRST_MS = 100;
const DELAY_MS_MAX = 10_000;
/** The delay after an empty answer that came long before its time: a server that drains gives such. */
const EARLY_MS = 100;

export interface PersistentOptions {
  /** Ends the loop, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every failure that is being waited out. */
  readonly onTrouble?: ((error: ApiError) => void) | undefined;
}

export class RetryPolicy {
  private failures = 0;

  constructor(private readonly options: PersistentOptions) {}

  /** Resolves when it is time to try again, or the signal fires. Throws the failure if it is permanent. */
  async afterFailure(error: unknown, atLeastMs = 0): Promise<void> {
    if (!isPassing(error)) throw error;
    this.options.onTrouble?.(error);
    this.failures++;
    const growingMs = growingDelayMs(this.failures, FIRST_MS, DELAY_MS_MAX);
    const askedMs = (error.retryAfterSeconds ?? 0) * 1000;
    await this.rest(Math.max(growingMs, jittered(atLeastMs)) + askedMs);
  }

  succeeded(): void {
    this.failures = 0;
  }

  /** After a wait that ended with nothing: at once if it lasted as long as requested, else a moment later. */
  async afterNothing(waitedMs: number, askedSeconds: number): Promise<void> {
    if (waitedMs < askedSeconds * 500) await this.rest(jittered(EARLY_MS));
  }

  /** Ends early when the signal fires: the loop checks it anyway. */
  async rest(ms: number): Promise<void> {
    const { signal } = this.options;
    await pause(ms, signal).catch((reason: unknown) => {
      if (!signal?.aborted) throw reason;
    });
  }
}
