/**
 * `npm run bench -- catalog` and `-- seeds` in their shortest forms: they end, every figure is one, nothing
 * failed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Line } from '../../scripts/bench/lines.js';
import { COLD } from '../../scripts/bench/seeds/cold-warm.js';
import { MANAGE } from '../../scripts/bench/seeds/manage.js';
import { READ } from '../../scripts/bench/seeds/read.js';
import { REPOSITORY } from '../../scripts/bench/seeds/repository.js';
import { SEARCH } from '../../scripts/bench/seeds/search.js';
import { WRITE } from '../../scripts/bench/seeds/write.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'taskspace-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function bench(...args: string[]) {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'scripts/bench.ts', ...args, '--seconds', '0.02'],
    {
      cwd: ROOT,
    },
  );
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += String(chunk);
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out };
}

async function linesOf(heading: string, ...args: string[]): Promise<Line[]> {
  const file = join(folder, `${heading}.json`);
  const { code, out } = await bench(heading, ...args, '--json', file);
  expect(code, out).toBe(0);
  return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Line[]>)[heading] ?? [];
}

function expectFigures(lines: readonly Line[]): void {
  expect(lines.filter(({ ours }) => !/\d/.test(ours))).toEqual([]);
  expect(lines.filter(({ cost }) => cost !== undefined && !(cost > 0))).toEqual([]);
  expect(lines.filter(({ failed }) => failed !== 0)).toEqual([]);
}

describe('npm run bench', () => {
  it('-- catalog: each bar of the issue has its line', async () => {
    const lines = await linesOf('catalog', '--taskspaces', '40');
    expectFigures(lines);
    const names = lines.map(({ name }) => name).join('\n');
    for (const word of [
      'list page',
      'search',
      'dashboard',
      'stats',
      'hot read',
      'RSS',
      'clean stop',
      'SIGKILL',
      'anew',
    ])
      expect(names).toContain(word);
  });

  it('-- seeds: every line of a part, by both ways, for each number of projects', async () => {
    const lines = await linesOf('seeds', '--taskspaces', '1', '--only', 'read,repository,size');
    expectFigures(lines);
    const timed = [...READ, ...REPOSITORY].flatMap(({ name }) => [
      `${name}, 1, in process`,
      `${name}, 1, HTTP`,
    ]);
    expect(lines.map(({ name }) => name)).toEqual(expect.arrayContaining(timed));
    expect(lines).toHaveLength(timed.length + 2);
  });

  it('-- seeds: has the 28 lines of the workload', () => {
    const repeated = [READ, WRITE, SEARCH, MANAGE, REPOSITORY, COLD].map(({ length }) => length);
    expect(repeated).toEqual([5, 4, 4, 4, 3, 1]);
    // Size and growth; a start and refreshing; memory for 1, 10 and 100 projects.
    expect(repeated.reduce((sum, length) => sum + length, 2 + 2 + 3)).toBe(28);
  });

  it('-- seeds --only trace: four rates within their bound, and nothing old', async () => {
    const lines = await linesOf('seeds', '--only', 'trace');
    expectFigures(lines);
    const rates = lines.filter(({ name }) => name.startsWith('hit rate'));
    expect(rates).toHaveLength(4);
    expect(rates.every(({ ratio }) => ratio === undefined || ratio < 1.5)).toBe(true);
    expect(lines.at(-1)).toMatchObject({ ours: '0', failed: 0 });
  });

  it('ends with 1 when what it compares with was better by more than is allowed', async () => {
    const [good, best] = [join(folder, 'good.json'), join(folder, 'best.json')];
    const args = ['seeds', '--only', 'memory', '--taskspaces', '1'];
    expect((await bench(...args, '--save', good)).code).toBe(0);
    expect((await bench(...args, '--compare', good, '--fail', '50')).code).toBe(0);
    const { baseline } = JSON.parse(readFileSync(good, 'utf8')) as {
      baseline: { seeds: Record<string, number> };
    };
    const halved = Object.fromEntries(Object.entries(baseline.seeds).map(([name, cost]) => [name, cost / 2]));
    writeFileSync(best, JSON.stringify({ baseline: { seeds: halved } }));
    const worse = await bench(...args, '--compare', best, '--fail', '50');
    expect(worse.code).toBe(1);
    expect(worse.out).toContain('WORSE');
  });

  it('ends with 2 when it is called wrongly', async () => {
    expect((await bench('nothing')).code).toBe(2);
    expect((await bench('seeds', '--only', 'nothing')).code).toBe(2);
  });
});
