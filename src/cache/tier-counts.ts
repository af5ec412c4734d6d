/**
 * What a tier has done, by kind: hits, misses, evictions, invalidations, and how long lookups took.
 *
 * A lookup is counted once, by the tier that was asked. Sums over kinds, tiers and workers are made here
 * alone, from the same figures, so that they agree; percentiles are those of all lookups together, never of
 * percentiles.
 */
import { Histogram, type SavedHistogram } from '../platform/histogram.js';
import { KINDS, type Kind, kindOf } from './statistics.js';
import type { KindStats, TierKinds, TierStats } from './tier.js';

export interface Held {
  entries: number;
  bytes: number;
}

export class KindCounts {
  hits = 0;
  misses = 0;
  invalidations = 0;
  readonly evictions = { size: 0, ttl: 0 };
  /** In nanoseconds: a hit in memory takes less than one microsecond. */
  readonly latencyNs = new Histogram();

  save({ entries, bytes }: Held, maxBytes: number): KindStats {
    const { hits, misses, evictions, invalidations, latencyNs } = this;
    return {
      entries,
      bytes,
      maxBytes,
      hits,
      misses,
      evictions: { ...evictions },
      invalidations,
      latencyNs: latencyNs.save(),
    };
  }
}

export class TierCounts {
  private readonly kinds = eachKind(() => new KindCounts());

  /** @param startedAt the value of performance.now() at the start. */
  recordLookup(key: string, hit: boolean, startedAt: number): void {
    const counts = this.kinds[kindOf(key)];
    if (hit) counts.hits++;
    else counts.misses++;
    counts.latencyNs.record((performance.now() - startedAt) * 1e6);
  }

  evicted(key: string, why: 'size' | 'ttl'): void {
    this.kinds[kindOf(key)].evictions[why]++;
  }

  invalidated(key: string): void {
    this.kinds[kindOf(key)].invalidations++;
  }

  stats(held: Readonly<Record<Kind, Held>>, maxBytes: number): TierStats {
    return tierOf(
      eachKind((kind) => this.kinds[kind].save(held[kind], maxBytes)),
      maxBytes,
    );
  }
}

/** A tier of all these kinds, which share one bound. */
export function tierOf(kinds: TierKinds, maxBytes: number): TierStats {
  const { latencyNs, ...sum } = addKinds(Object.values(kinds));
  return { ...sum, maxBytes, ...percentilesOf(latencyNs), kinds };
}

/** The same kind in several places, each with its own bound. */
export function addKinds(parts: readonly KindStats[]): KindStats {
  const sum = (pick: (part: KindStats) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0);
  const latencyNs = new Histogram();
  for (const part of parts) latencyNs.add(Histogram.restore(part.latencyNs));
  return {
    entries: sum(({ entries }) => entries),
    bytes: sum(({ bytes }) => bytes),
    maxBytes: sum(({ maxBytes }) => maxBytes),
    hits: sum(({ hits }) => hits),
    misses: sum(({ misses }) => misses),
    evictions: { size: sum(({ evictions }) => evictions.size), ttl: sum(({ evictions }) => evictions.ttl) },
    invalidations: sum(({ invalidations }) => invalidations),
    latencyNs: latencyNs.save(),
  };
}

/** In microseconds, to the hundredth; null before the first lookup. */
export function percentilesOf(ns: SavedHistogram): Pick<TierStats, 'p50Us' | 'p95Us' | 'p99Us'> {
  const histogram = Histogram.restore(ns);
  const microseconds = (q: number): number | null => {
    const value = histogram.quantile(q);
    return value === null ? null : Math.round(value / 10) / 100;
  };
  return { p50Us: microseconds(0.5), p95Us: microseconds(0.95), p99Us: microseconds(0.99) };
}

export function eachKind<T>(make: (kind: Kind) => T): Record<Kind, T> {
  return Object.fromEntries(KINDS.map((kind) => [kind, make(kind)])) as Record<Kind, T>;
}

export function nothingHeld(): Record<Kind, Held> {
  return eachKind(() => ({ entries: 0, bytes: 0 }));
}
