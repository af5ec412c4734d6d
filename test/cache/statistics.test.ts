import { describe, expect, it } from 'vitest';
import { MemoryTier } from '../../src/cache/memory-tier.js';
import { KINDS, kindOf } from '../../src/cache/statistics.js';
import type { TierStats } from '../../src/cache/tier.js';
import { addKinds, percentilesOf } from '../../src/cache/tier-counts.js';
import { Histogram } from '../../src/platform/histogram.js';

describe('the figures of a tier', () => {
  const MINUTE = 60_000;
  const sized = (bytes: number, ttlMs = MINUTE) => ({ body: Buffer.alloc(bytes), etag: null, ttlMs });

  it('are exact for each kind over a scripted sequence', async () => {
    let now = 1_000;
    const tier = new MemoryTier({ bytesMax: 100_000, now: () => now });
    await tier.set('detail:a:summary', sized(100));
    await tier.set('detail:b:summary', sized(200));
    await tier.set('export:ann:a', sized(1_000));
    await tier.set('search:*:q', sized(50, 1_000));
    for (const key of ['detail:a:summary', 'detail:a:summary', 'detail:c:summary', 'export:ann:a'])
      await tier.get(key);
    tier.peek('list:*:none');
    now += 2_000;
    tier.peek('search:*:q');
    await tier.delete('detail:b:summary');
    await tier.delete('detail:b:summary');
    await tier.deleteMatching('export:*');
    const { kinds } = tier.stats();
    const none = {
      hits: 0,
      misses: 0,
      entries: 0,
      bytes: 0,
      evictions: { size: 0, ttl: 0 },
      invalidations: 0,
    };
    expect(kinds.detail).toMatchObject({ hits: 2, misses: 1, entries: 1, invalidations: 1 });
    expect(kinds.detail.bytes).toBeGreaterThanOrEqual(100);
    expect(kinds.export).toMatchObject({ ...none, hits: 1, invalidations: 1 });
    expect(kinds.list).toMatchObject({ ...none, misses: 1 });
    expect(kinds.search).toMatchObject({ ...none, misses: 1, evictions: { size: 0, ttl: 1 } });
    expect(kinds.dashboard).toMatchObject(none);
    expectSums(tier.stats());
  });

  it('tell which kind was driven out for want of room', async () => {
    const tier = new MemoryTier({ bytesMax: 100_000 });
    for (let n = 0; n < 10; n++) await tier.set(`export:ann:${n}`, sized(9_000));
    for (let n = 0; n < 10; n++) await tier.set(`detail:${n}:summary`, sized(9_000));
    const { kinds } = tier.stats();
    expect(kinds.export.evictions.size).toBe(10);
    expect(kinds.detail.evictions.size).toBe(0);
    expect(kinds.detail.entries).toBe(10);
    expectSums(tier.stats());
  });

  it('do not move when somebody looks at them', async () => {
    const tier = new MemoryTier({ bytesMax: 100_000 });
    await tier.set('detail:a:summary', sized(100));
    await tier.get('detail:a:summary');
    const before = tier.stats();
    for (let n = 0; n < 5; n++) {
      tier.stats();
      await tier.keys('*', 100);
      tier.ttlMsOf('detail:a:summary');
      tier.ttlMsOf('detail:b:summary');
    }
    expect(tier.stats()).toEqual(before);
  });
});

describe('sums', () => {
  it('take percentiles over all looks together, not over percentiles', () => {
    const looks = (ns: number, count: number) => {
      const histogram = new Histogram();
      for (let n = 0; n < count; n++) histogram.record(ns);
      return { ...EMPTY, latencyNs: histogram.save() };
    };
    const { latencyNs } = addKinds([looks(1_000, 990), looks(1_000_000, 10)]);
    expect(percentilesOf(latencyNs).p50Us).toBeCloseTo(1, 1);
    expect(percentilesOf(latencyNs).p99Us).toBeCloseTo(1, 1);
    expect(
      percentilesOf(addKinds([looks(1_000, 10), looks(1_000_000, 990)]).latencyNs).p50Us,
    ).toBeGreaterThan(900);
  });

  it('let a sampled look stand for all that were not timed', () => {
    const histogram = new Histogram();
    histogram.record(10, 64);
    histogram.record(1_000);
    expect(histogram.count).toBe(65);
    expect(histogram.quantile(0.95)).toBe(10);
  });
});

describe('the kind of a key', () => {
  it('is what the key begins with', () => {
    for (const kind of KINDS) expect(kindOf(`${kind}:x:y@1:2`)).toBe(kind);
    for (const key of ['', 'x', 'exports:a', 'constructor:a']) expect(kindOf(key)).toBe('detail');
  });
});

const EMPTY = {
  entries: 0,
  bytes: 0,
  maxBytes: 0,
  hits: 0,
  misses: 0,
  evictions: { size: 0, ttl: 0 },
  invalidations: 0,
};

function expectSums({ kinds, ...tier }: TierStats): void {
  const { latencyNs, ...sum } = addKinds(Object.values(kinds));
  expect(tier).toEqual({ ...sum, maxBytes: tier.maxBytes, ...percentilesOf(latencyNs) });
}
