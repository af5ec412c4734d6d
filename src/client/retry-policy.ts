/**
 * What one who goes on for as long as he is wanted does about failures: those that pass (the server is away, restarts,
 * has too much to do) are waited for, longer each time, without end; any other is thrown. Nothing is hidden: whoever
 * wants to know hears of every failure.
 */
import type { ApiError } from './api-error.js';
import { growingDelayMs, jittered, pause } from './delay.js';
import { isPassing } from './retry.js';

const FIRST_MS = 100;
const DELAY_MS_MAX = 10_000;
/** After an answer that came with nothing, long before it had to: a server that drains gives such. */
const EARLY_MS = 100;

export interface PersistentOptions {
  /** Ends it, quietly. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of every failure that is being waited out. */
  readonly onTrouble?: ((error: ApiError) => void) | undefined;
}

export class RetryPolicy {
  private failures = 0;

  constructor(private readonly options: PersistentOptions) {}

  /** Resolves when it is time to try again, or the signal fires. Throws the failure if it does not pass. */
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

  /** After a wait that ended with nothing: at once if it took its time, else a moment later. */
  async afterNothing(waitedMs: number, askedSeconds: number): Promise<void> {
    if (waitedMs < askedSeconds * 500) await this.rest(jittered(EARLY_MS));
  }

  /** Ends early when the signal fires: whoever goes on looks at it anyway. */
  async rest(ms: number): Promise<void> {
    const { signal } = this.options;
    await pause(ms, signal).catch((reason: unknown) => {
      if (!signal?.aborted) throw reason;
    });
  }
}
