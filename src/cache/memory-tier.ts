/**
 * The tier in this process: least recently used entries go first, bounded in bytes, each with its time to
 * live.
 *
 * Bodies are shared, never copied when they are returned. One that is a small view of a large buffer is
 * copied when it is put in, or it would keep all of that in memory.
 */
import { LRUCache } from 'lru-cache';
import { globMatches } from '../domain/glob.js';
import { kindOf } from './statistics.js';
import type { LocalTier, TierHealth, TierKey, TierStats, TierValue } from './tier.js';
import { nothingHeld, TierCounts } from './tier-counts.js';

export interface MemoryTierOptions {
  readonly bytesMax: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

interface Entry {
  readonly body: Buffer;
  readonly etag: string | null;
  readonly bytes: number;
  /** Monotonic ms. */
  readonly putAt: number;
}

/** Cost of the map and the objects besides key, ETag and body; measured, rounded up. */
const ENTRY_OVERHEAD_BYTES = 600;
/** One entry may take this share of the tier, so that none evicts all the others. */
const ENTRY_SHARE_MAX = 1 / 8;
/** Expired entries that are never requested are removed at most this often. */
const SWEEP_MS = 10_000;
/** A view of a buffer that is this much larger than the view is copied. */
const SLACK_MAX = 1.5;

export class MemoryTier implements LocalTier {
  readonly kind = 'memory';
  private readonly counts = new TierCounts();
  private readonly lru: LRUCache<string, Entry>;
  private readonly now: () => number;
  private sweptAt: number;
  private closed = false;

  constructor(private readonly options: MemoryTierOptions) {
    this.now = options.now ?? (() => performance.now());
    this.sweptAt = this.now();
    this.lru = new LRUCache<string, Entry>({
      maxSize: Math.floor(options.bytesMax),
      maxEntrySize: Math.max(1, Math.floor(options.bytesMax * ENTRY_SHARE_MAX)),
      sizeCalculation: (entry) => entry.bytes,
      perf: { now: this.now },
      ttlResolution: 0,
      // A default that is never used: every entry is put in with its own.
      ttl: 1,
      dispose: (_entry, key, reason) => {
        if (reason === 'evict') this.counts.evicted(key, 'size');
        else if (reason === 'expire') this.counts.evicted(key, 'ttl');
      },
    });
  }

  peek(key: string): TierValue | undefined {
    const startedAt = performance.now();
    const entry = this.lru.get(key);
    this.counts.recordLookup(key, entry !== undefined, startedAt);
    return entry && { body: entry.body, etag: entry.etag, ttlMs: this.lru.getRemainingTTL(key) };
  }

  put(key: string, { body, etag, ttlMs }: TierValue): void {
    if (this.closed || !(ttlMs > 0)) return;
    this.sweep(SWEEP_MS);
    const bytes = body.length + 2 * (key.length + (etag?.length ?? 0)) + ENTRY_OVERHEAD_BYTES;
    this.lru.set(key, { body: compact(body), etag, bytes, putAt: this.now() }, { ttl: ttlMs });
  }

  async get(key: string): Promise<TierValue | null> {
    return this.peek(key) ?? null;
  }

  ttlMsOf(key: string): number {
    return this.lru.has(key) ? this.lru.getRemainingTTL(key) : 0;
  }

  async set(key: string, value: TierValue): Promise<void> {
    this.put(key, value);
  }

  async delete(key: string): Promise<boolean> {
    const there = this.lru.has(key);
    this.lru.delete(key);
    if (there) this.counts.invalidated(key);
    return there;
  }

  async deleteMatching(pattern: string): Promise<number> {
    const matching = [...this.lru.keys()].filter((key) => globMatches(pattern, key));
    for (const key of matching) {
      this.lru.delete(key);
      this.counts.invalidated(key);
    }
    return matching.length;
  }

  async keys(pattern: string, limit: number): Promise<TierKey[]> {
    const found: TierKey[] = [];
    for (const key of this.lru.keys()) {
      if (found.length >= limit) break;
      if (!globMatches(pattern, key)) continue;
      const entry = this.lru.peek(key);
      if (!entry) continue;
      const ageMs = Math.max(0, this.now() - entry.putAt);
      found.push({ key, bytes: entry.bytes, ageMs, ttlMs: this.lru.getRemainingTTL(key) });
    }
    return found;
  }

  stats(): TierStats {
    this.sweep(0);
    const held = nothingHeld();
    for (const [key, { bytes }] of this.lru.entries()) {
      const ofKind = held[kindOf(key)];
      ofKind.entries++;
      ofKind.bytes += bytes;
    }
    return this.counts.stats(held, this.options.bytesMax);
  }

  health(): TierHealth {
    return this.closed
      ? { status: 'off', detail: 'closed' }
      : { status: 'ok', detail: `${this.lru.size} entries in memory` };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.lru.clear();
  }

  private sweep(afterMs: number): void {
    if (this.now() - this.sweptAt < afterMs) return;
    this.sweptAt = this.now();
    this.lru.purgeStale();
  }
}

function compact(body: Buffer): Buffer {
  return body.buffer.byteLength > body.length * SLACK_MAX + 1024
    ? Buffer.from(new Uint8Array(body).buffer)
    : body;
}
