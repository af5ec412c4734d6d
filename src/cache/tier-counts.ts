/** What a tier has done, counted truly: hits, misses, evictions, invalidations, and how long a `get` took. */
import { Histogram } from '../observe/histogram.js';
import type { TierStats } from './tier.js';

export class TierCounts {
  private hits = 0;
  private misses = 0;
  private invalidations = 0;
  private readonly evictions = { size: 0, ttl: 0 };
  /** In nanoseconds: a hit in memory takes less than one microsecond. */
  private readonly latencyNs = new Histogram();

  /** @param startedAt what performance.now() said then. */
  looked(hit: boolean, startedAt: number): void {
    if (hit) this.hits++;
    else this.misses++;
    this.latencyNs.record((performance.now() - startedAt) * 1e6);
  }

  evicted(why: 'size' | 'ttl'): void {
    this.evictions[why]++;
  }

  invalidated(entries: number): void {
    this.invalidations += entries;
  }

  stats(held: Pick<TierStats, 'entries' | 'bytes' | 'maxBytes'>): TierStats {
    return {
      ...held,
      hits: this.hits,
      misses: this.misses,
      evictions: { ...this.evictions },
      invalidations: this.invalidations,
      p50Us: this.microseconds(0.5),
      p95Us: this.microseconds(0.95),
      p99Us: this.microseconds(0.99),
    };
  }

  private microseconds(q: number): number | null {
    const ns = this.latencyNs.quantile(q);
    return ns === null ? null : Math.round(ns / 10) / 100;
  }
}
