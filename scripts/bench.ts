/**
 * Benchmarks: ours beside its floors, in the same run. Ratios count; absolute times are context.
 *
 * Usage:  npm run bench [-- http|write|cache|warming|scale|waiting|messages|catalog|seeds|bodies …]
 *         [--seconds 3] [--rounds 3]
 *           [--connections 64] [--json <file>]
 *           [--taskspaces 2000]        catalog: how many (100000 takes some minutes); seeds: 1, 10, 100
 *           up to this
 *           [--only <part>,…]          seeds: read, write, search, manage, size, repository, cold-warm,
 *           memory, trace
 *           [--before <folder>]        bodies: another checkout, measured beside this one
 *           [--save <file>]            keeps what ours costs in floors
 *           [--compare <file> [--fail 20]]   beside what was kept; more than 20 % worse fails
 * Output: a table for each heading; with --json the figures as JSON.
 * Exit:   0 done · 1 a request failed, or something is worse than --fail allows · 2 wrong usage
 */
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { baselineOf, comparisons, printComparison, readBaseline, saveBaseline } from './bench/baseline.js';
import { benchBodies } from './bench/bodies.js';
import { benchCache } from './bench/cache.js';
import { benchCatalog } from './bench/catalog.js';
import { benchHttp } from './bench/http.js';
import type { Line } from './bench/lines.js';
import type { Figures, Rounds } from './bench/measure.js';
import { benchMessages } from './bench/messages.js';
import { canPin } from './bench/processes.js';
import { benchScale } from './bench/scale.js';
import { benchSeeds, SEED_PARTS } from './bench/seeds.js';
import { benchWaiting } from './bench/waiting.js';
import { benchWarming } from './bench/warming.js';
import { benchWrite } from './bench/write.js';
import { optionFault } from './usage.mjs';

const HEADINGS: Record<string, (rounds: Rounds) => Promise<(Figures | Line)[]>> = {
  http: benchHttp,
  write: benchWrite,
  cache: benchCache,
  warming: benchWarming,
  scale: benchScale,
  waiting: benchWaiting,
  messages: benchMessages,
  catalog: benchCatalog,
  seeds: benchSeeds,
  bodies: benchBodies,
};

const { values, positionals } = readArguments();
const headings = positionals.length > 0 ? positionals : Object.keys(HEADINGS);
const unknown = headings.find((heading) => !HEADINGS[heading]);
const wrong = unknown === undefined ? wrongOptions() : `There is no ${unknown}.`;
if (values.help || wrong !== null) {
  if (wrong !== null) console.log(wrong);
  console.log(
    `Usage: npm run bench [-- ${Object.keys(HEADINGS).join('|')} …] [--seconds 3] [--rounds 3] [--connections 64] [--json <file>] [--taskspaces <n>] [--only <part>] [--before <folder>] [--save <file>] [--compare <file> [--fail 20]]`,
  );
  process.exit(wrong === null ? 0 : 2);
}
if (!canPin()) console.log('Processes cannot be pinned to cores here: ratios vary more than they should.');
const rounds = {
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  connections: Number(values.connections),
  taskspaces: values.taskspaces === undefined ? undefined : Number(values.taskspaces),
  only: values.only,
  before: values.before,
};
// Before minutes of measuring, not after them.
const kept = values.compare === undefined ? null : readBaseline(values.compare);
const figures: Record<string, (Figures | Line)[]> = {};
for (const heading of headings) figures[heading] = (await HEADINGS[heading]?.(rounds)) ?? [];
if (values.json) fs.writeFileSync(values.json, JSON.stringify(figures, null, 2));
if (Object.values(figures).some((list) => list.some(({ failed }) => failed > 0))) process.exitCode = 1;
const now = baselineOf(figures);
if (values.save) saveBaseline(values.save, now);
if (kept && printComparison(comparisons(kept, now), Number(values.fail)) > 0) process.exitCode = 1;

/** What would only show after minutes; null: nothing. */
function wrongOptions(): string | null {
  const { taskspaces, only, compare, fail } = values;
  const part = headings.includes('seeds') && only?.split(',').find((name) => !SEED_PARTS.includes(name));
  if (part) return `--only ${part}: there are ${SEED_PARTS.join(', ')}.`;
  if (taskspaces !== undefined && !/^[1-9]\d{0,6}$/.test(taskspaces))
    return `--taskspaces ${taskspaces} must be a whole number from 1 on.`;
  if (compare !== undefined && !fs.existsSync(compare))
    return `--compare ${compare}: there is no such file. Make one with --save ${compare}.`;
  return /^\d+(\.\d+)?$/.test(fail) ? null : `--fail ${fail} must be a number of percent.`;
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        seconds: { type: 'string', default: '3' },
        rounds: { type: 'string', default: '3' },
        connections: { type: 'string', default: '64' },
        json: { type: 'string' },
        ...{ taskspaces: { type: 'string' }, only: { type: 'string' }, before: { type: 'string' } },
        ...{ save: { type: 'string' }, compare: { type: 'string' }, fail: { type: 'string', default: '20' } },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    console.error(`${optionFault(error)} npm run bench -- --help shows what there is.`);
    process.exit(2);
  }
}
