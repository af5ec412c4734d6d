/**
 * What one worker's caches have done, besides the counts of each tier: loads past them, staleness, the
 * busiest keys.
 *
 * Every lookup is a hit or a miss of the tier that was asked; reading statistics is neither.
 */
import { LRUCache } from 'lru-cache';
import { Histogram, type SavedHistogram } from '../platform/histogram.js';

export const KINDS = ['detail', 'list', 'search', 'dashboard', 'stats', 'export'] as const;
export type Kind = (typeof KINDS)[number];
export type TierName = 'l1' | 'l2' | 'store';

/** The kind that a key begins with. */
export function kindOf(key: string): Kind {
  const word = key.slice(0, key.indexOf(':'));
  return KINDS.find((kind) => kind === word) ?? 'detail';
}

export interface KeyCount {
  readonly key: string;
  readonly n: number;
}

export interface WorkerStatistics {
  /** Loads past all caches. */
  readonly storeUs: SavedHistogram;
  readonly stalenessMs: SavedHistogram;
  readonly applied: number;
  readonly top: { readonly hits: readonly KeyCount[]; readonly misses: readonly KeyCount[] };
}

/** Keys whose hits and misses are counted one by one: the most recently used. */
const COUNTED_KEYS_MAX = 2_000;
const TOP = 10;

export class Statistics {
  private readonly storeUs = new Histogram();
  private readonly stalenessMs = new Histogram();
  private readonly perKey = new LRUCache<string, { hits: number; misses: number }>({ max: COUNTED_KEYS_MAX });
  private applied = 0;

  /** Counts a lookup of one key in any tier, for the table of the busiest. */
  countKey(key: string, hit: boolean): void {
    const counts = this.perKey.get(key) ?? { hits: 0, misses: 0 };
    if (hit) counts.hits++;
    else counts.misses++;
    this.perKey.set(key, counts);
  }

  timeStore(us: number): void {
    this.storeUs.record(us);
  }

  /** How long this worker held an outdated state, measured when it noticed. */
  recordStaleness(ms: number): void {
    this.stalenessMs.record(ms);
  }

  /** A wake-up or a publication made this worker poll again. */
  countApplied(): void {
    this.applied++;
  }

  snapshot(): WorkerStatistics {
    const counted = [...this.perKey.entries()];
    const top = (pick: (counts: { hits: number; misses: number }) => number): KeyCount[] =>
      counted
        .map(([key, counts]) => ({ key, n: pick(counts) }))
        .filter(({ n }) => n > 0)
        .sort((a, b) => b.n - a.n)
        .slice(0, TOP);
    return {
      storeUs: this.storeUs.save(),
      stalenessMs: this.stalenessMs.save(),
      applied: this.applied,
      top: { hits: top(({ hits }) => hits), misses: top(({ misses }) => misses) },
    };
  }
}
