/**
 * Keeps this process up to date with the feed: polls when the bus wakes it, while there are waiters, and at a
 * steady pace in bounded mode; and wakes the other processes when this one has published.
 *
 * Many publications of one moment become one message. A lost message costs the poll interval, never an
 * answer.
 */
import type { Feed } from '../store/ports.js';
import { comparePositions } from '../store/position.js';
import type { Bus } from './bus.js';

export interface FeedWatchOptions {
  /** The interval of polls even without waiters; null: polls only while there are some. */
  readonly paceMs: number | null;
  /** A message of the bus brought something new. */
  onApplied(): void;
  /** A poll failed: the feed cannot be read now. */
  onTrouble(error: unknown): void;
}

/** Poll interval while there are waiters, should no message come. */
const POLL_MS = 250;
/** Interval of unconditional polls, so that no process stays behind when others have gone on elsewhere. */
const CHECK_MS = 1_000;
/** At most one message in this time. */
const PUBLISH_EVERY_MS = 2;

interface Waiter {
  wake(): void;
}

export class FeedWatch {
  private readonly waiters = new Set<Waiter>();
  private pollers = 0;
  private readonly unlisten: () => void;
  private readonly unsubscribe: () => void;
  private readonly stopPublishing: () => void;
  private pace: NodeJS.Timeout | null = null;
  private readonly checking: NodeJS.Timeout;
  private poll: NodeJS.Timeout | null = null;
  private publishedAt = Number.NEGATIVE_INFINITY;
  private unpublished: string | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly feed: Feed,
    private readonly bus: Bus,
    private readonly options: FeedWatchOptions,
  ) {
    this.unlisten = feed.subscribe({ onChange: () => this.wake(), onUnreadable: () => this.wake() });
    this.unsubscribe = bus.subscribe({
      onMessage: (message) => {
        if (message.type === 'told' && this.pollNow()) options.onApplied();
      },
      onGap: () => this.pollNow(),
    });
    this.stopPublishing = feed.onPublish((id) => this.publishSoon(id));
    if (options.paceMs !== null) this.pace = setInterval(() => this.pollNow(), options.paceMs).unref();
    this.checking = setInterval(() => this.check(), CHECK_MS).unref();
  }

  /** Resolves when something was published after this call, the time is over, or the signal fires. */
  grown(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        clearTimeout(timeout);
        signal.removeEventListener('abort', wake);
        this.waiters.delete(waiter);
        this.stopPolling();
        resolve();
      };
      const waiter: Waiter = { wake };
      const timeout = setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake, { once: true });
      this.waiters.add(waiter);
      this.startPolling();
    });
  }

  /**
   * Polls every POLL_MS until the returned function is called: for waiters subscribed to the feed directly.
   */
  keepPolling(): () => void {
    this.pollers++;
    this.startPolling();
    return () => {
      this.pollers--;
      this.stopPolling();
    };
  }

  close(): void {
    this.unlisten();
    this.unsubscribe();
    this.stopPublishing();
    if (this.pace) clearInterval(this.pace);
    clearInterval(this.checking);
    if (this.timer) clearTimeout(this.timer);
    this.wake();
    this.pollers = 0;
    this.stopPolling();
  }

  /** Whether there was anything new. */
  private pollNow(): boolean {
    const before = this.feed.position;
    try {
      const now = this.feed.poll();
      return now.epoch !== before.epoch || comparePositions(now, before) !== 0;
    } catch (error) {
      this.options.onTrouble(error);
      return false;
    }
  }

  private check(): void {
    try {
      this.feed.checkContinuity();
    } catch (error) {
      this.options.onTrouble(error);
    }
  }

  private wake(): void {
    for (const waiter of [...this.waiters]) waiter.wake();
  }

  private startPolling(): void {
    this.poll ??= setInterval(() => this.pollNow(), POLL_MS);
  }

  private stopPolling(): void {
    if (this.waiters.size > 0 || this.pollers > 0) return;
    if (this.poll) clearInterval(this.poll);
    this.poll = null;
  }

  private publishSoon(id: string): void {
    this.unpublished = id;
    if (this.timer) return;
    const waitMs = this.publishedAt + PUBLISH_EVERY_MS - performance.now();
    if (waitMs <= 0) this.publish();
    else {
      this.timer = setTimeout(() => {
        this.timer = null;
        this.publish();
      }, waitMs);
    }
  }

  private publish(): void {
    if (this.unpublished === null) return;
    this.bus.publish({ type: 'told', id: this.unpublished });
    this.unpublished = null;
    this.publishedAt = performance.now();
  }
}
