/** Adds the reports of all workers up to the CacheStats of API.md section 9. */
import { type KeyCount, KINDS, type Kind } from '../cache/statistics.js';
import type { TierStats } from '../cache/tier.js';
import { Histogram, type SavedHistogram } from '../observe/histogram.js';
import type { CacheReport, PeerAnswer, WarmingReport } from './peers.js';

export interface CacheMode {
  readonly memory: boolean;
  readonly redis: boolean;
  readonly bus: 'redis' | 'ipc' | 'none';
  readonly consistency: 'strict' | 'bounded';
}

type Reports = readonly PeerAnswer<CacheReport>[];

const TOP = 10;

const NOT_WARMING: WarmingReport = { lastRunAt: null, warmed: 0, failed: 0 };

export function addUp(all: Reports, mode: CacheMode): object {
  // The steward serves nobody: it only tells of warming.
  const reports = all.filter(({ worker }) => worker > 0);
  const of = <T>(pick: (report: CacheReport) => T): T[] => reports.map(({ answer }) => pick(answer));
  const storeUs = merged(of(({ statistics }) => statistics.storeUs));
  const l1Us = merged(of(({ statistics }) => statistics.l1Us));
  const staleness = merged(of(({ statistics }) => statistics.stalenessMs));
  const l1 = sumTiers(of(({ l1 }) => l1));
  // Redis is one for all; only what each worker asked of it is added up.
  const l2 = shared(of(({ l2 }) => l2));
  return {
    at: new Date().toISOString(),
    mode,
    tiers: {
      l1: l1 && { ...l1, ...percentiles(l1Us) },
      l2,
      store: { reads: storeUs.count, ...percentiles(storeUs) },
    },
    kinds: Object.fromEntries(
      KINDS.map((kind) => [kind, kindTable(reports, kind, l1 !== null, l2 !== null)]),
    ),
    workers: reports
      .map(({ worker, answer }) => ({
        worker,
        l1: answer.l1 && {
          ...answer.l1,
          hitRate: rateOf(answer.l1.hits, answer.l1.misses),
          ...percentiles(Histogram.restore(answer.statistics.l1Us)),
        },
      }))
      .sort((a, b) => a.worker - b.worker),
    bus: busOf(reports),
    redis: redisOf(reports, l2),
    staleness: {
      samples: staleness.count,
      p99Ms: staleness.quantile(0.99),
      maxMs: staleness.count > 0 ? staleness.max : null,
    },
    top: {
      hits: topOf(of(({ statistics }) => statistics.top.hits)),
      misses: topOf(of(({ statistics }) => statistics.top.misses)),
      bytes: topOf(of(({ largest }) => largest)),
    },
    warming: warmingOf(all) ?? NOT_WARMING,
  };
}

export function warmingOf(reports: Reports): WarmingReport | null {
  return reports.map(({ answer }) => answer.warming).find((warming) => warming !== null) ?? null;
}

type Tier = TierStats & { readonly hitRate: number | null };

function sumTiers(tiers: readonly (TierStats | null)[]): Tier | null {
  const present = tiers.filter((tier) => tier !== null);
  if (present.length === 0) return null;
  const sum = (pick: (tier: TierStats) => number): number =>
    present.reduce((total, tier) => total + pick(tier), 0);
  const hits = sum((tier) => tier.hits);
  const misses = sum((tier) => tier.misses);
  return {
    entries: sum((tier) => tier.entries),
    bytes: sum((tier) => tier.bytes),
    maxBytes: sum((tier) => tier.maxBytes),
    hits,
    misses,
    hitRate: rateOf(hits, misses),
    evictions: { size: sum((tier) => tier.evictions.size), ttl: sum((tier) => tier.evictions.ttl) },
    invalidations: sum((tier) => tier.invalidations),
    p50Us: worst(present, (tier) => tier.p50Us),
    p95Us: worst(present, (tier) => tier.p95Us),
    p99Us: worst(present, (tier) => tier.p99Us),
  };
}

/** A tier that all workers share holds the same entries for each of them. */
function shared(tiers: readonly (TierStats | null)[]): Tier | null {
  const sum = sumTiers(tiers);
  const most = (pick: (tier: TierStats) => number): number =>
    Math.max(0, ...tiers.map((tier) => (tier ? pick(tier) : 0)));
  return (
    sum && {
      ...sum,
      entries: most((t) => t.entries),
      bytes: most((t) => t.bytes),
      maxBytes: most((t) => t.maxBytes),
    }
  );
}

function kindTable(reports: Reports, kind: Kind, hasL1: boolean, hasL2: boolean): object {
  const table = (tier: 'l1' | 'l2'): object => {
    let hits = 0;
    let misses = 0;
    for (const { answer } of reports) {
      hits += answer.statistics.kinds[kind][tier].hits;
      misses += answer.statistics.kinds[kind][tier].misses;
    }
    return { hits, misses, hitRate: rateOf(hits, misses) };
  };
  return { l1: hasL1 ? table('l1') : null, l2: hasL2 ? table('l2') : null };
}

function busOf(reports: Reports): object {
  const all = reports.map(({ answer }) => answer.bus);
  const sum = (pick: (bus: CacheReport['bus']) => number): number =>
    all.reduce((total, bus) => total + pick(bus), 0);
  const state =
    (['down', 'degraded', 'off', 'ok'] as const).find((s) => all.some((bus) => bus.state === s)) ?? 'off';
  const lag = (pick: (bus: CacheReport['bus']) => number | null): number | null => worst(all, pick);
  return {
    state,
    published: sum((bus) => bus.published),
    received: sum((bus) => bus.received),
    applied: reports.reduce((total, { answer }) => total + answer.statistics.applied, 0),
    gaps: sum((bus) => bus.gaps),
    lagP50Ms: lag((bus) => bus.lagP50Ms),
    lagP99Ms: lag((bus) => bus.lagP99Ms),
  };
}

function redisOf(reports: Reports, l2: Tier | null): object {
  const all = reports.flatMap(({ answer }) => answer.redis ?? []);
  const worst = (['down', 'degraded', 'ok'] as const)
    .map((state) => all.find((redis) => redis.state === state))
    .find(Boolean);
  return { state: worst?.state ?? 'off', breaker: worst?.breaker ?? 'off', bytes: l2?.bytes ?? 0 };
}

function topOf(lists: readonly (readonly KeyCount[])[]): KeyCount[] {
  const sums = new Map<string, number>();
  for (const { key, n } of lists.flat()) sums.set(key, (sums.get(key) ?? 0) + n);
  return [...sums]
    .map(([key, n]) => ({ key, n }))
    .sort((a, b) => b.n - a.n)
    .slice(0, TOP);
}

function merged(saved: readonly SavedHistogram[]): Histogram {
  const histogram = new Histogram();
  for (const one of saved) histogram.add(Histogram.restore(one));
  return histogram;
}

function percentiles(us: Histogram): { p50Us: number | null; p95Us: number | null; p99Us: number | null } {
  return { p50Us: us.quantile(0.5), p95Us: us.quantile(0.95), p99Us: us.quantile(0.99) };
}

/** Where percentiles cannot be added up, the worst one is said. */
function worst<T>(items: readonly T[], pick: (item: T) => number | null): number | null {
  const values = items.map(pick).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

function rateOf(hits: number, misses: number): number | null {
  return hits + misses === 0 ? null : hits / (hits + misses);
}
