import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryTier } from '../../src/cache/memory-tier.js';
import { value } from '../contract/tier.contract.js';

describe('the memory tier', () => {
  let now = 1_000;
  let tier: MemoryTier;
  beforeEach(() => {
    now = 1_000;
    tier = new MemoryTier({ bytesMax: 100_000, now: () => now });
  });

  function sized(bytes: number, ttlMs = 60_000) {
    return { body: Buffer.alloc(bytes), etag: null, ttlMs };
  }

  it('stays below its bound in bytes, drops the least recently used and counts it', () => {
    for (let n = 0; n < 20; n++) {
      tier.put(`k${n}`, sized(8_000));
      tier.peek('k0');
    }
    const { entries, bytes, maxBytes, evictions } = tier.stats();
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes).toBeGreaterThan(maxBytes - 10_000);
    expect(evictions).toEqual({ size: 20 - entries, ttl: 0 });
    expect(tier.peek('k0')).toBeDefined();
    expect(tier.peek('k1')).toBeUndefined();
  });

  it('does not keep an entry that would drive out all others', () => {
    tier.put('small', sized(100));
    tier.put('large', sized(20_000));
    expect(tier.peek('large')).toBeUndefined();
    expect(tier.peek('small')).toBeDefined();
  });

  it('tells the age of an entry beside its remaining life', async () => {
    tier.put('k', sized(10, 5_000));
    now += 3_000;
    expect(await tier.keys('k', 1)).toMatchObject([{ key: 'k', ageMs: 3_000, ttlMs: 2_000 }]);
  });

  it('tells the remaining life, ends it in time, and counts that', () => {
    tier.put('k', sized(10, 5_000));
    now += 4_999;
    expect(tier.peek('k')?.ttlMs).toBe(1);
    now += 2;
    expect(tier.peek('k')).toBeUndefined();
    expect(tier.stats()).toMatchObject({ entries: 0, bytes: 0, evictions: { size: 0, ttl: 1 } });
  });

  it('lets expired entries go although nobody asks for them', () => {
    for (let n = 0; n < 5; n++) tier.put(`k${n}`, sized(10, 5_000));
    now += 20_000;
    tier.put('new', sized(10));
    expect(tier.stats()).toMatchObject({ entries: 1, evictions: { size: 0, ttl: 5 } });
  });

  it('neither refreshes nor counts what is only listed', async () => {
    tier.put('old', sized(8_000));
    for (let n = 0; n < 12; n++) {
      await tier.keys('*', 100);
      tier.put(`k${n}`, sized(8_000));
    }
    expect(tier.stats()).toMatchObject({ hits: 0, misses: 0 });
    expect(tier.peek('old')).toBeUndefined();
  });

  it('shares its bodies, and holds no larger memory than it counts', () => {
    const own = Buffer.alloc(5_000, 'a');
    tier.put('own', { ...value(''), body: own });
    expect(tier.peek('own')?.body).toBe(own);
    const page = Buffer.alloc(1_000_000, 'b');
    tier.put('part', { ...value(''), body: page.subarray(7, 17) });
    const part = tier.peek('part')?.body;
    expect(String(part)).toBe('b'.repeat(10));
    expect(part?.buffer.byteLength).toBe(10);
  });
});
