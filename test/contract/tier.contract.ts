/**
 * What every tier promises, whatever it is made of. One that `keeps` must also give back what it was given.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tier, TierValue } from '../../src/cache/tier.js';
import { eventually } from '../kit/eventually.js';

export interface TierUnderTest {
  readonly tier: Tier;
  close(): Promise<void>;
}

/** One call may take 50 ms; asserted at four times that, because other programs run as well. */
export const BUDGET_MS = 4 * 50;

export function tierContract(name: string, keeps: boolean, create: () => Promise<TierUnderTest>): void {
  describe(`${name} tier`, () => {
    let made: TierUnderTest;
    let tier: Tier;
    beforeEach(async () => {
      made = await create();
      tier = made.tier;
    });
    afterEach(() => made.close());

    if (keeps) describe('that keeps', givesBack);

    it('answers every call within its budget and rejects none', async () => {
      for (let round = 0; round < 5; round++) await everyCall(tier);
      expect(['ok', 'degraded', 'off', 'down']).toContain(tier.health().status);
    });

    it('does not keep what is too large for it, and stays well', async () => {
      await tier.set('huge', { ...value(''), body: randomBytes(40_000_000) });
      expect(await tier.get('huge')).toBeNull();
    });

    it('has nothing before anybody has looked', () => {
      expect(tier.stats()).toMatchObject({ hits: 0, misses: 0, p50Us: null, p95Us: null, p99Us: null });
    });

    it('answers as before once it is closed, with nothing', async () => {
      await tier.set('k', value('x'));
      await tier.close();
      await tier.close();
      expect(await everyCall(tier)).toEqual([null, undefined, false, 0, []]);
      expect(tier.stats().misses).toBeGreaterThan(0);
      expect(tier.health().status).toBe('off');
    });

    function givesBack(): void {
      it('gives back what was put in, byte for byte, with its ETag', async () => {
        for (const [key, value] of Object.entries(VALUES)) {
          await tier.set(key, value);
          const found = await tier.get(key);
          expect(found?.body.equals(value.body)).toBe(true);
          expect(found?.etag).toBe(value.etag);
          expect(found?.ttlMs).toBeGreaterThan(0);
          expect(found?.ttlMs).toBeLessThanOrEqual(value.ttlMs);
        }
      });

      it('gives nothing back under any other key', async () => {
        await tier.set('a:b', value('here'));
        for (const key of ['', 'a', 'a:b ', 'a:B', 'a:b:c', 'a*', '?:b', 'x'.repeat(300)]) {
          expect(await tier.get(key)).toBeNull();
        }
      });

      it('takes any text as a key', async () => {
        for (const key of [
          ' ',
          'ä:ö',
          'a\nb',
          '日本語',
          '[a-z]*\\',
          '{slot}:1',
          'k'.repeat(201),
          '😀'.repeat(500),
        ]) {
          await tier.set(key, value(key));
          expect(String((await tier.get(key))?.body)).toBe(key);
        }
      });

      it('tells long keys apart that differ only at their end', async () => {
        const long = 'detail:'.padEnd(400, 'x');
        await tier.set(`${long}1`, value('one'));
        await tier.set(`${long}2`, value('two'));
        expect(String((await tier.get(`${long}1`))?.body)).toBe('one');
        expect(String((await tier.get(`${long}2`))?.body)).toBe('two');
        expect(await tier.get(long)).toBeNull();
      });

      it('replaces a value, and counts the entry once', async () => {
        await tier.set('k', value('first'));
        await tier.set('k', value('second'));
        expect(String((await tier.get('k'))?.body)).toBe('second');
        expect(await tier.keys('k', 10)).toHaveLength(1);
      });

      it('forgets a value when its life is over', async () => {
        await tier.set('short', { ...value('x'), ttlMs: 40 });
        await eventually(async () => (await tier.get('short')) === null);
        expect(await tier.keys('short', 1)).toEqual([]);
      });

      it('keeps nothing that has no life', async () => {
        for (const ttlMs of [0, -1, Number.NaN]) {
          await tier.set('dead', { ...value('x'), ttlMs });
          expect(await tier.get('dead')).toBeNull();
        }
      });

      it('says whether a deleted entry was there', async () => {
        await tier.set('k', value('x'));
        expect(await tier.delete('k')).toBe(true);
        expect(await tier.delete('k')).toBe(false);
        expect(await tier.get('k')).toBeNull();
        expect(tier.stats().invalidations).toBe(1);
      });

      it('deletes exactly what a glob matches', async () => {
        const keys = [
          'detail:a:1',
          'detail:a:2',
          'detail:ab:1',
          'list:a:1',
          'detail:*:x',
          `detail:a:${'y'.repeat(300)}`,
        ];
        for (const key of keys) await tier.set(key, value(key));
        expect(await tier.deleteMatching('detail:a:*')).toBe(3);
        expect(await left(tier)).toEqual(['detail:*:x', 'detail:ab:1', 'list:a:1']);
        expect(await tier.deleteMatching('[dl]*')).toBe(0);
        expect(await tier.deleteMatching('????:a:?')).toBe(1);
        expect(await tier.deleteMatching('*')).toBe(2);
        expect(await left(tier)).toEqual([]);
        expect(tier.stats().invalidations).toBe(6);
      });

      it('deletes more entries than one round trip takes', async () => {
        for (let from = 0; from < 1500; from += 100) {
          await Promise.all(Array.from({ length: 100 }, (_, n) => tier.set(`many:${from + n}`, value('x'))));
        }
        expect(await tier.deleteMatching('many:*')).toBe(1500);
      });

      it('lists keys with their size, age and remaining life, up to a limit', async () => {
        for (let n = 0; n < 30; n++) await tier.set(`list:${n}`, value('0123456789'));
        const long = `long:${'z'.repeat(300)}`;
        await tier.set(long, value('x'));
        expect(await tier.keys('list:*', 7)).toHaveLength(7);
        expect(await tier.keys('none:*', 7)).toEqual([]);
        const [key] = await tier.keys('long:*', 7);
        expect(key?.key).toBe(long);
        expect(key?.bytes).toBeGreaterThan(0);
        expect(key?.ageMs).toBeGreaterThanOrEqual(0);
        expect((key?.ageMs ?? 0) + (key?.ttlMs ?? 0)).toBeCloseTo(60_000, -2);
      });

      it('counts looks as hits and misses, and looking at its keys as neither', async () => {
        await tier.set('k', value('x'));
        await tier.get('k');
        await tier.get('k');
        await tier.get('none');
        await tier.keys('*', 10);
        tier.stats();
        const { hits, misses, p50Us, p99Us } = tier.stats();
        expect({ hits, misses }).toEqual({ hits: 2, misses: 1 });
        expect(p50Us).toBeGreaterThan(0);
        expect(p99Us).toBeGreaterThanOrEqual(p50Us ?? 0);
      });

      it('serves many callers at the same time, each with its own value', async () => {
        await Promise.all(Array.from({ length: 200 }, (_, n) => tier.set(`n:${n}`, value(`v${n}`))));
        const found = await Promise.all(Array.from({ length: 200 }, (_, n) => tier.get(`n:${n}`)));
        expect(found.map((one) => String(one?.body))).toEqual(Array.from({ length: 200 }, (_, n) => `v${n}`));
      });
    }
  });
}

/** One of each call, side by side and in time. */
export async function everyCall(tier: Tier): Promise<unknown[]> {
  const calls = [
    () => tier.get('k'),
    () => tier.set('k', value('x')),
    () => tier.delete('k'),
    () => tier.deleteMatching('none*'),
    () => tier.keys('none*', 10),
  ];
  return Promise.all(
    calls.map(async (call, index) => {
      const startedAt = performance.now();
      const answer = await call();
      const tookMs = performance.now() - startedAt;
      // A walk over all keys takes several round trips.
      if (tookMs > BUDGET_MS * (index < 3 ? 1 : 4)) throw new Error(`call ${index} took ${tookMs} ms`);
      return answer;
    }),
  );
}

async function left(tier: Tier): Promise<string[]> {
  return (await tier.keys('*', 1000)).map(({ key }) => key).sort();
}

export function value(text: string): TierValue {
  return { body: Buffer.from(text), etag: null, ttlMs: 60_000 };
}

const VALUES: Record<string, TierValue> = {
  empty: { body: Buffer.alloc(0), etag: null, ttlMs: 1_000 },
  'detail:a:plan': { body: Buffer.from('{"a":1}'), etag: '"1-0a0b0c0d"', ttlMs: 60_000 },
  'empty etag': { body: Buffer.from('x'), etag: '', ttlMs: 60_000 },
  text: { body: Buffer.from('äöü '.repeat(100)), etag: '"ä"', ttlMs: 60_000 },
  binary: { body: Buffer.from(Array.from({ length: 256 }, (_, n) => n)), etag: null, ttlMs: 60_000 },
  packed: { body: Buffer.from('abc'.repeat(5_000)), etag: '"2"', ttlMs: 3_600_000 },
  'packed, large': { body: Buffer.from('{"text":"word"},'.repeat(30_000)), etag: '"3"', ttlMs: 3_600_000 },
  'random, large': { body: randomBytes(500_000), etag: '"4"', ttlMs: 3_600_000 },
};
