/**
 * Keeps a claim while its task is worked on: renewed at a third of its lease, and lost when the server says
 * so, or when no renewal succeeded before it lapsed. The time counts from when a renewal was sent, so the
 * lease ends here before it ends on the server. A lost claim stays lost: a late renewal changes nothing.
 */
import { ApiError } from './api-error.js';
import { isPassing } from './retry.js';

const AGAIN_MS = 1000;

export interface LeaseRenewerOptions {
  /** For messages. */
  readonly what: string;
  readonly leaseMs: number;
  /** Sends one heartbeat, which takes at most `timeoutMs` an attempt. */
  renew(signal: AbortSignal, timeoutMs: number): Promise<unknown>;
  readonly onTrouble: ((error: ApiError) => void) | undefined;
}

export class LeaseRenewer {
  private readonly losing = new AbortController();
  private readonly ending = new AbortController();
  private lapse: ReturnType<typeof setTimeout> | undefined;
  private next: ReturnType<typeof setTimeout> | undefined;
  private renewing: Promise<void> | null = null;

  /** @param since the earliest possible time of the grant, by performance.now(). */
  constructor(
    private readonly options: LeaseRenewerOptions,
    since: number,
  ) {
    this.renewed(since);
  }

  /** Fires when the claim is lost, with an ApiError. */
  get lost(): AbortSignal {
    return this.losing.signal;
  }

  /** Renews it now. Rejects when that failed; then the claim is lost, or the renewal is retried soon. */
  sendRenewal(): Promise<void> {
    this.renewing ??= this.renew().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  /** Stops renewing and watching. */
  end(): void {
    clearTimeout(this.lapse);
    clearTimeout(this.next);
    this.ending.abort(new DOMException('The claim is no longer kept', 'AbortError'));
  }

  private async renew(): Promise<void> {
    const { leaseMs, renew, onTrouble } = this.options;
    this.lost.throwIfAborted();
    this.ending.signal.throwIfAborted();
    clearTimeout(this.next);
    const sentAt = performance.now();
    try {
      await renew(this.ending.signal, leaseMs / 3);
      if (!this.ending.signal.aborted) this.renewed(sentAt);
    } catch (error) {
      if (this.ending.signal.aborted) throw error;
      if (!isPassing(error)) {
        this.lose(error);
      } else {
        onTrouble?.(error);
        this.renewIn(Math.min(AGAIN_MS, leaseMs / 3));
      }
      throw error;
    }
  }

  private renewed(since: number): void {
    const { leaseMs, what } = this.options;
    const age = performance.now() - since;
    clearTimeout(this.lapse);
    this.lapse = setTimeout(() => {
      const detail = `The claim of ${what} could not be renewed before it lapsed.`;
      this.lose(new ApiError({ status: 0, code: 'lease_lost', detail }));
    }, leaseMs - age);
    this.renewIn(leaseMs / 3 - age);
  }

  private renewIn(ms: number): void {
    clearTimeout(this.next);
    // A heartbeat's failure has been passed to `lose` or to `onTrouble` by then.
    this.next = setTimeout(() => void this.sendRenewal().catch(() => undefined), ms);
  }

  private lose(reason: unknown): void {
    this.losing.abort(reason);
    this.end();
  }
}
