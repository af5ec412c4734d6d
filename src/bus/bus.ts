/**
 * The bus: wakes other processes up. It never carries truth.
 *
 * A lost message costs the poll interval, never an answer: a woken process polls the feed. Deliberately
 * absent: delivery guarantees, order, replies. `publish` never throws and is never awaited; a bus that is
 * down is silent.
 */
export type BusState = 'ok' | 'degraded' | 'off' | 'down';

export type BusMessage =
  /** The feed has grown: taskspace `id` has reached something new. */
  | { readonly type: 'told'; readonly id: string }
  /** A reader waits for the catalog. */
  | { readonly type: 'wanted' }
  /** These cache entries are to be dropped: a glob over keys. */
  | { readonly type: 'drop'; readonly pattern: string };

export interface BusListener {
  onMessage(message: BusMessage): void;
  /** Messages may have been lost (a connection was cut and is there again): the listener has to poll. */
  onGap(): void;
}

export interface BusStats {
  readonly state: BusState;
  readonly published: number;
  readonly received: number;
  readonly gaps: number;
  /** From `publish` to `onMessage`, for messages of other processes; null before the first. */
  readonly lagP50Ms: number | null;
  readonly lagP99Ms: number | null;
}

export interface Bus {
  readonly kind: 'redis' | 'ipc' | 'none';
  /** Resolves when what is published from now on is received here, or the bus is known to be down for now. */
  readonly ready: Promise<void>;
  /** Messages of this process may come back to its listeners, or not: listeners must not depend on either. */
  publish(message: BusMessage): void;
  subscribe(listener: BusListener): () => void;
  stats(): BusStats;
  close(): Promise<void>;
}
