/**
 * Adds the reports of all workers up to the CacheStats of API.md section 9.
 *
 * A tier's figures are the sum over its kinds, the cluster's the sum over its workers; percentiles are taken
 * over all lookups together. Redis is shared by all workers: its contents are reported once, as the asked
 * worker measured them.
 */
import type { KeyCount, Kind } from '../../cache/statistics.js';
import type { KindStats, TierStats } from '../../cache/tier.js';
import { addKinds, eachKind, percentilesOf, tierOf } from '../../cache/tier-counts.js';
import type { CacheStats, Tier } from '../../contract/cache.js';
import { Histogram, type SavedHistogram } from '../../platform/histogram.js';
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

/** @param held what L2 holds, as just measured; null without L2. */
export function addUp(all: Reports, mode: CacheMode, held: TierStats | null): CacheStats {
  // The steward serves no requests: it reports warming alone.
  const reports = all.filter(({ worker }) => worker > 0);
  const of = <T>(pick: (report: CacheReport) => T): T[] => reports.map(({ answer }) => pick(answer));
  const storeUs = merged(of(({ statistics }) => statistics.storeUs));
  const staleness = merged(of(({ statistics }) => statistics.stalenessMs));
  const l1 = sumOf(of(({ l1 }) => l1));
  const asked = sumOf(of(({ l2 }) => l2));
  const l2 = asked && held && holding(asked, held);
  return {
    at: new Date().toISOString(),
    mode,
    tiers: {
      l1: l1 && tierJson(l1),
      l2: l2 && tierJson(l2),
      store: { reads: storeUs.count, ...percentiles(storeUs) },
    },
    kinds: eachKind((kind) => ({ l1: l1 && kindJson(l1, kind), l2: l2 && kindJson(l2, kind) })),
    workers: reports
      .map(({ worker, answer }) => ({ worker, l1: answer.l1 && tierJson(answer.l1) }))
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

function sumOf(tiers: readonly (TierStats | null)[]): TierStats | null {
  const present = tiers.filter((tier) => tier !== null);
  if (present.length === 0) return null;
  return tierOf(
    eachKind((kind) => addKinds(present.map(({ kinds }) => kinds[kind]))),
    present.reduce((sum, { maxBytes }) => sum + maxBytes, 0),
  );
}

/** What all workers have done with a tier that they share, and what it holds. */
function holding(asked: TierStats, { kinds, maxBytes }: TierStats): TierStats {
  return tierOf(
    eachKind((kind) => {
      const { entries, bytes } = kinds[kind];
      return { ...asked.kinds[kind], entries, bytes, maxBytes };
    }),
    maxBytes,
  );
}

function tierJson({ kinds: _kinds, ...tier }: TierStats): Tier {
  return { ...tier, hitRate: rateOf(tier) };
}

function kindJson({ kinds }: TierStats, kind: Kind): Tier {
  const { latencyNs, ...figures }: KindStats = kinds[kind];
  return { ...figures, hitRate: rateOf(figures), ...percentilesOf(latencyNs) };
}

function busOf(reports: Reports): CacheStats['bus'] {
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

function redisOf(reports: Reports, l2: TierStats | null): CacheStats['redis'] {
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

/** Percentiles cannot be added up: the worst one is reported. */
function worst<T>(items: readonly T[], pick: (item: T) => number | null): number | null {
  const values = items.map(pick).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

function rateOf({ hits, misses }: { hits: number; misses: number }): number | null {
  return hits + misses === 0 ? null : hits / (hits + misses);
}
