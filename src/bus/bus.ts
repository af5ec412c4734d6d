/**
 * The bus: wakes other processes up. It never carries truth.
 *
 * A lost message costs the poll interval, never an answer: whoever is woken looks at the feed. Deliberately absent:
 * delivery guarantees, order, replies. `publish` never throws and is never awaited; a bus that is down is silent.
 */
export type BusState = 'ok' | 'degraded' | 'off' | 'down';

export type BusMessage =
  /** The feed has grown: taskspace `id` has reached something new. */
  | { readonly type: 'told'; readonly id: string; readonly segment: number; readonly offset: number }
  /** Somebody asked for these cache entries to go: a glob over keys. */
  | { readonly type: 'drop'; readonly pattern: string };

export interface BusListener {
  onMessage(message: BusMessage): void;
  /** Messages may have been lost (a connection was cut and is there again): look for yourself. */
  onGap(): void;
}

export interface BusStats {
  readonly state: BusState;
  readonly published: number;
  readonly received: number;
  readonly gaps: number;
  /** From `publish` to `onMessage`, messages of other processes; null before the first. */
  readonly lagP50Ms: number | null;
  readonly lagP99Ms: number | null;
}

export interface Bus {
  readonly kind: 'redis' | 'ipc' | 'none';
  /** Resolves when what is published from now on is heard here, or when it is clear that the bus is down for now. */
  readonly ready: Promise<void>;
  /** Messages of this process come back to its own listeners too, or not: listeners must not care. */
  publish(message: BusMessage): void;
  subscribe(listener: BusListener): () => void;
  stats(): BusStats;
  close(): Promise<void>;
}
