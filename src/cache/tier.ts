/**
 * A cache tier for derived results: `memory`, `redis`, `noop`. One port, one contract test.
 *
 * A tier may forget anything at any time and never fails a request: trouble is a miss, within the tier's
 * budget. It returns what was put in under exactly this key, byte for byte, or nothing. Keys name the state
 * that a value was made from, so an old value cannot be requested; a tier knows nothing of that.
 */
import type { SavedHistogram } from '../platform/histogram.js';
import type { Kind } from './statistics.js';

export interface TierValue {
  /** Shared: must not be changed. */
  readonly body: Buffer;
  readonly etag: string | null;
  /** Milliseconds to live: those left when it is returned, all of them when it is put in. */
  readonly ttlMs: number;
}

export interface TierKey {
  readonly key: string;
  readonly bytes: number;
  readonly ageMs: number;
  readonly ttlMs: number;
}

/** What a tier holds, and what it has done, for one kind of entry. */
export interface KindStats {
  readonly entries: number;
  readonly bytes: number;
  /** The bound that these entries share with others. */
  readonly maxBytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: { readonly size: number; readonly ttl: number };
  readonly invalidations: number;
  /** How long lookups took. */
  readonly latencyNs: SavedHistogram;
}

export type TierKinds = Readonly<Record<Kind, KindStats>>;

/** The sum over its kinds. */
export interface TierStats {
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: { readonly size: number; readonly ttl: number };
  /** Entries dropped on request. */
  readonly invalidations: number;
  /** Of `get`, in microseconds; null before the first. */
  readonly p50Us: number | null;
  readonly p95Us: number | null;
  readonly p99Us: number | null;
  readonly kinds: TierKinds;
}

export type TierHealth = { readonly status: 'ok' | 'degraded' | 'off' | 'down'; readonly detail: string };

export interface Tier {
  readonly kind: 'memory' | 'redis' | 'noop';
  /** Null is a miss. Never rejects; settles within the tier's budget. */
  get(key: string): Promise<TierValue | null>;
  /** Never rejects. A value above the tier's bound for one entry is not kept. */
  set(key: string, value: TierValue): Promise<void>;
  /** Whether it was there. */
  delete(key: string): Promise<boolean>;
  /** Drops all entries whose key matches a glob (`*`, `?`); returns how many. */
  deleteMatching(pattern: string): Promise<number>;
  /** Up to `limit` entries whose key matches; listing counts neither as a hit nor as a use. */
  keys(pattern: string, limit: number): Promise<TierKey[]>;
  stats(): TierStats;
  /** Where entries and bytes have to be requested: does so, for the next `stats`. */
  measure?(): Promise<void>;
  health(): TierHealth;
  /** Every call after it is a miss. */
  close(): Promise<void>;
}

/** A tier in this process can also be used without waiting. */
export interface LocalTier extends Tier {
  /** As `get`, synchronously. */
  peek(key: string): TierValue | undefined;
  /** Milliseconds to live, 0 when it is not here. Counts neither as a hit nor as a use. */
  ttlMsOf(key: string): number;
  put(key: string, value: TierValue): void;
}
