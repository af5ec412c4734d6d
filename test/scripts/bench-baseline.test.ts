/** `npm run bench -- --compare --fail`: what is compared is the cost in floors, and only that. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  baselineOf,
  comparisons,
  readBaseline,
  saveBaseline,
  worseThan,
} from '../../scripts/bench/baseline.js';
import { sampled, statisticsOf } from '../../scripts/bench/sample.js';

const folder = mkdtempSync(join(tmpdir(), 'taskspace-baseline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function line(name: string, cost?: number) {
  return { name, ours: '1 ms', failed: 0, ...(cost === undefined ? {} : { cost }) };
}

describe('a baseline', () => {
  const before = baselineOf({ seeds: [line('read', 2), line('write', 10), line('gone', 1), line('size')] });

  it('holds what lines cost in floors, and no line without a cost', () => {
    expect(before).toEqual({ seeds: { read: 2, write: 10, gone: 1 } });
    expect(baselineOf({ http: [{ name: 'x', perSecond: 5 }, line('none', Number.NaN)] })).toEqual({
      http: {},
    });
  });

  it('fails what costs more than allowed, not what costs as much more, or less, or is new', () => {
    const now = baselineOf({ seeds: [line('read', 2.4), line('write', 12.1), line('new', 99)] });
    const all = comparisons(before, now);
    expect(all.map(({ name, percent }) => [name, percent === null ? null : Math.round(percent)])).toEqual([
      ['seeds: read', 20],
      ['seeds: write', 21],
      ['seeds: gone', null],
      ['seeds: new', null],
    ]);
    expect(worseThan(20.1, all).map(({ name }) => name)).toEqual(['seeds: write']);
    expect(worseThan(25, all)).toEqual([]);
  });

  it('is kept in a file, where headings that did not run stay', () => {
    const file = join(folder, 'baseline.json');
    saveBaseline(file, before);
    saveBaseline(file, { catalog: { list: 3 } });
    expect(readBaseline(file)).toEqual({ ...before, catalog: { list: 3 } });
    writeFileSync(file, '{"seeds":[]}');
    expect(() => readBaseline(file)).toThrow('--save');
  });
});

describe('statistics', () => {
  it('are those of the textbook', () => {
    const { mean, median, deviation, p95, outliers } = statisticsOf([2, 4, 4, 4, 5, 5, 7, 9]);
    expect([mean, median]).toEqual([5, 4.5]);
    expect(deviation).toBeCloseTo(2.138, 3);
    expect(p95).toBeCloseTo(8.3, 6);
    expect(outliers).toBe(1);
    expect(statisticsOf([1, 1, 1, 1, 1, 1, 1, 50]).outliers).toBe(1);
    expect(statisticsOf([3])).toMatchObject({ count: 1, deviation: 0, p99: 3 });
  });

  it('are taken over the fewest rounds at least, the most at most, and no warm-up', async () => {
    const rounds: number[] = [];
    const prepared: number[] = [];
    const sampling = { warmUp: 2, roundsMin: 5, roundsMax: 9, budgetMs: 0 };
    const few = await sampled(
      sampling,
      (round) => rounds.push(round),
      (round) => prepared.push(round),
    );
    expect(few.count).toBe(5);
    expect(rounds).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(prepared).toEqual(rounds);
    const many = await sampled({ ...sampling, budgetMs: 60_000 }, () => undefined);
    expect(many.count).toBe(9);
  });
});
