/**
 * The breaker: after a few failures no call reaches a sick Redis any more, until a background probe has
 * succeeded.
 *
 * It opens on three failures in a row, or when at least half of the calls of a window fail. While it is open
 * no request waits for anything; the probes come with a growing, jittered delay, one at a time, for ever. A
 * failure soon after it has closed opens it at once, and the delay goes on growing from where it was.
 */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** Whether the other side is healthy. Never rejects and settles within bounds. */
  readonly probe: () => Promise<boolean>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

const FAILURES_IN_A_ROW = 3;
const WINDOW_MS = 10_000;
const WINDOW_CALLS_MIN = 20;
const DELAY_MS_MIN = 100;
const DELAY_MS_MAX = 5_000;
/** After this long closed it counts as recovered: the next opening begins with the shortest delay. */
const WELL_MS = 10_000;

export class Breaker {
  private current: BreakerState | 'ended' = 'closed';
  private inRow = 0;
  private window = { since: 0, calls: 0, failures: 0 };
  private delayMs = DELAY_MS_MIN;
  /** When it last closed, which begins its probation; null before the first time. */
  private closedAt: number | null = null;
  private timer: NodeJS.Timeout | undefined;
  private openings = 0;

  constructor(private readonly options: BreakerOptions) {}

  get state(): BreakerState {
    return this.current === 'ended' ? 'open' : this.current;
  }

  get opened(): number {
    return this.openings;
  }

  succeeded(): void {
    this.inRow = 0;
    this.count(false);
  }

  /** @param silent no call was answered in the meantime, other callers' included. */
  failed(silent = true): void {
    if (silent) this.inRow++;
    this.count(true);
    if (this.current !== 'closed') return;
    const { calls, failures } = this.window;
    const soon = silent && this.closedAt !== null && this.options.now() - this.closedAt < WELL_MS;
    const many = calls >= WINDOW_CALLS_MIN && failures * 2 >= calls;
    if (soon || many || this.inRow >= FAILURES_IN_A_ROW) this.open(soon);
  }

  /** Recovery is likely: probes now instead of later. */
  hurry(): void {
    if (this.current !== 'open') return;
    clearTimeout(this.timer);
    void this.probe();
  }

  /** No probe begins after this call. */
  end(): void {
    this.current = 'ended';
    clearTimeout(this.timer);
  }

  private count(failed: boolean): void {
    const now = this.options.now();
    if (now - this.window.since >= WINDOW_MS) this.window = { since: now, calls: 0, failures: 0 };
    this.window.calls++;
    if (failed) this.window.failures++;
  }

  private open(again: boolean): void {
    this.openings++;
    if (!again) this.delayMs = DELAY_MS_MIN;
    this.wait();
  }

  private wait(): void {
    this.current = 'open';
    this.timer = setTimeout(() => void this.probe(), this.delayMs * (0.75 + this.options.random() / 2));
    this.timer.unref();
    this.delayMs = Math.min(this.delayMs * 2, DELAY_MS_MAX);
  }

  private async probe(): Promise<void> {
    this.current = 'half-open';
    const well = await this.options.probe();
    if (this.current !== 'half-open') return;
    if (!well) return this.wait();
    this.current = 'closed';
    this.inRow = 0;
    this.window = { since: this.options.now(), calls: 0, failures: 0 };
    this.closedAt = this.options.now();
  }
}
