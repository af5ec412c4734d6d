import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hotAnswer } from '../../scripts/bench/hot-answer.js';
import { MemoryTier } from '../../src/cache/memory-tier.js';
import { KINDS } from '../../src/cache/statistics.js';
import { cacheStats } from '../../src/contract/cache.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';
import { ANN, type CacheStats, Crew, statsOf } from './cache-scene.js';

const dataDir = temporaryFolder();
let crew: Crew;
beforeEach(() => {
  crew = new Crew(dataDir());
});
afterEach(() => crew.close());

type ShownTier = NonNullable<CacheStats['tiers']['l1']>;

const COUNTERS = ['entries', 'bytes', 'hits', 'misses', 'invalidations'] as const;

function countersOf(tier: ShownTier | null | undefined): number[] {
  return tier ? [...COUNTERS.map((name) => tier[name]), tier.evictions.size, tier.evictions.ttl] : [];
}

function sum(tiers: readonly (ShownTier | null | undefined)[]): number[] {
  const all = tiers.map(countersOf);
  return (all[0] ?? []).map((_one, at) => all.reduce((total, counters) => total + (counters[at] ?? 0), 0));
}

function kindsOf(stats: CacheStats, tier: 'l1' | 'l2'): (ShownTier | null | undefined)[] {
  return KINDS.map((kind) => stats.kinds[kind]?.[tier]);
}

describe('the statistics of the caches', () => {
  it('are exact over a scripted sequence', async () => {
    const service = await crew.start(1);
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    const before = await statsOf(service);
    await service.taskspaces.get(ANN, 'a');
    expect(await hotAnswer(service, ANN, 'a', 'plan')).toBeDefined();
    await expect(service.taskspaces.get(ANN, 'nobody')).rejects.toThrow();
    // Not there: made from the state, which is another look. Then there.
    await service.taskspaces.summary(ANN, 'a');
    await service.taskspaces.summary(ANN, 'a');
    // An export looks for the owner first.
    await service.taskspaces.exportJson(ANN, 'a');
    const after = await statsOf(service);
    const moved = (kind: 'detail' | 'export', name: 'hits' | 'misses' | 'entries'): number =>
      (after.kinds[kind]?.l1?.[name] ?? 0) - (before.kinds[kind]?.l1?.[name] ?? 0);
    // Hits on the state: get, peek, and the loads of summary and export; the owner; and the second summary.
    expect([moved('detail', 'hits'), moved('detail', 'misses'), moved('detail', 'entries')]).toEqual([
      6, 2, 1,
    ]);
    expect([moved('export', 'hits'), moved('export', 'misses'), moved('export', 'entries')]).toEqual([
      0, 1, 1,
    ]);
    expect(after.tiers.store.reads - before.tiers.store.reads).toBe(2);
    expect(await service.cache.invalidate(ANN, { taskspace: 'a' })).toEqual({ invalidated: 3 });
    const dropped = await statsOf(service);
    expect(dropped.kinds.detail?.l1).toMatchObject({ entries: 0, bytes: 0, invalidations: 2 });
    expect(dropped.kinds.export?.l1).toMatchObject({ entries: 0, bytes: 0, invalidations: 1 });
  });

  it('do not move when somebody looks at them', async () => {
    const l2 = new MemoryTier({ bytesMax: 1_000_000 });
    const service = await crew.start(1, { l2 });
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    await service.taskspaces.summary(ANN, 'a');
    const { at: _then, ...before } = await statsOf(service);
    for (let n = 0; n < 3; n++) {
      await service.cache.health(ANN);
      await service.cache.keys(ANN, { pattern: '*', limit: 100, cursor: null });
      await service.count();
      await service.readiness();
    }
    const { at: _now, ...after } = await statsOf(service);
    expect(after).toEqual(before);
  });

  it('are the sum over kinds and over workers; what all share is said once', async () => {
    const l2 = new MemoryTier({ bytesMax: 1_000_000 });
    const [one, two] = [await crew.start(1, { l2 }), await crew.start(2, { l2 })];
    // The steward serves nobody and counts for nothing.
    const steward = await crew.start(0, { l2 });
    for (const id of ['a', 'b', 'c']) await one.taskspaces.create(ANN, { id }, null);
    for (const service of [one, two, two, steward]) {
      await service.taskspaces.get(ANN, 'a');
      await service.taskspaces.summary(ANN, 'b');
      await service.taskspaces.exportJson(ANN, 'c');
    }
    const stats = await statsOf(two);
    expect(stats.workers.map(({ worker }) => worker)).toEqual([1, 2]);
    const { l1, l2: shared } = stats.tiers;
    expect(countersOf(l1)).toEqual(sum(stats.workers.map((worker) => worker.l1)));
    expect(countersOf(l1)).toEqual(sum(kindsOf(stats, 'l1')));
    expect(countersOf(shared)).toEqual(sum(kindsOf(stats, 'l2')));
    expect(l1?.maxBytes).toBe(2 * (stats.workers[0]?.l1?.maxBytes ?? 0));
    expect(shared?.entries).toBe(l2.stats().entries);
    expect(shared?.entries).toBe(2);
    expect(l1?.hits).toBeGreaterThan(0);
    expect(stats.kinds.export?.l2?.bytes).toBeGreaterThan(0);
    expect(l1?.p50Us).toBeGreaterThan(0);
  });

  it('have the shape of the contract, with all tiers and with none', async () => {
    const full = await crew.start(1, { l2: new MemoryTier({ bytesMax: 1_000_000 }) });
    expect(cacheStats.safeParse(await full.cache.stats(ANN)).error?.issues ?? []).toEqual([]);
    const none = await crew.start(1, { env: { ENABLE_MEMORY_CACHE: 'false' } });
    const stats = await statsOf(none);
    expect(cacheStats.safeParse(stats).error?.issues ?? []).toEqual([]);
    expect(stats.tiers).toMatchObject({ l1: null, l2: null });
    expect(stats.kinds.detail).toEqual({ l1: null, l2: null });
  });
});
