/**
 * What one worker's caches have done, counted truly: every look for a value is a hit or a miss, looking at statistics is
 * neither. Workers give `WorkerStatistics`; `addUp` makes one table of them.
 */
import { LRUCache } from 'lru-cache';
import { Histogram, type SavedHistogram } from '../observe/histogram.js';

export const KINDS = ['detail', 'list', 'search', 'dashboard', 'stats', 'export'] as const;
export type Kind = (typeof KINDS)[number];
export type TierName = 'l1' | 'l2' | 'store';

export interface Counts {
  hits: number;
  misses: number;
}

export interface KeyCount {
  readonly key: string;
  readonly n: number;
}

export interface WorkerStatistics {
  readonly kinds: Record<Kind, { l1: Counts; l2: Counts }>;
  readonly storeUs: SavedHistogram;
  readonly l1Us: SavedHistogram;
  readonly stalenessMs: SavedHistogram;
  readonly applied: number;
  readonly top: { readonly hits: readonly KeyCount[]; readonly misses: readonly KeyCount[] };
}

/** Keys whose hits and misses are counted one by one: the most recently used. */
const COUNTED_KEYS_MAX = 2_000;
const TOP = 10;

export class Statistics {
  private readonly kinds = Object.fromEntries(
    KINDS.map((kind) => [kind, { l1: { hits: 0, misses: 0 }, l2: { hits: 0, misses: 0 } }]),
  ) as WorkerStatistics['kinds'];
  private readonly storeUs = new Histogram();
  private readonly l1Us = new Histogram();
  private readonly stalenessMs = new Histogram();
  private readonly perKey = new LRUCache<string, Counts>({ max: COUNTED_KEYS_MAX });
  private applied = 0;

  count(tier: 'l1' | 'l2', kind: Kind, hit: boolean): void {
    const counts = this.kinds[kind][tier];
    if (hit) counts.hits++;
    else counts.misses++;
  }

  /** Counts a look for one key in any tier, for the table of the busiest. */
  countKey(key: string, hit: boolean): void {
    const counts = this.perKey.get(key) ?? { hits: 0, misses: 0 };
    if (hit) counts.hits++;
    else counts.misses++;
    this.perKey.set(key, counts);
  }

  timeL1(us: number): void {
    this.l1Us.record(us);
  }

  timeStore(us: number): void {
    this.storeUs.record(us);
  }

  /** How long this worker held a state that another had gone past, when it noticed. */
  recordStaleness(ms: number): void {
    this.stalenessMs.record(ms);
  }

  /** A wake-up or a telling made this worker look again. */
  countApplied(): void {
    this.applied++;
  }

  snapshot(): WorkerStatistics {
    const counted = [...this.perKey.entries()];
    const top = (pick: (counts: Counts) => number): KeyCount[] =>
      counted
        .map(([key, counts]) => ({ key, n: pick(counts) }))
        .filter(({ n }) => n > 0)
        .sort((a, b) => b.n - a.n)
        .slice(0, TOP);
    return {
      kinds: structuredClone(this.kinds),
      storeUs: this.storeUs.save(),
      l1Us: this.l1Us.save(),
      stalenessMs: this.stalenessMs.save(),
      applied: this.applied,
      top: { hits: top(({ hits }) => hits), misses: top(({ misses }) => misses) },
    };
  }
}
