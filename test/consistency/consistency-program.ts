/**
 * The consistency suite as a program: `npm run test:consistency` (scripts/consistency.ts) checks the command
 * line and starts it. Runs the chosen configurations one after the other, prints and keeps what they show.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedis, redisNotice } from '../../scripts/redis.mjs';
import { seeded } from '../kit/seed.js';
import { type Configuration, LONG, SHORT } from './configurations.js';
import { brokenPromises } from './promises.js';
import { type Form, type RunResult, runConfiguration } from './run.js';
import { phaseLine, table } from './table.js';

const JSON_FILE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.cache', 'consistency.json');
const LONG_FORM: Form = {
  healthyMs: 3000,
  faultMs: 2500,
  reads: [100_000, 55_000],
  propagationWrites: 500,
  pairs: 17_000,
};
const SHORT_FORM: Form = {
  healthyMs: 1500,
  faultMs: 2000,
  reads: [0, 0],
  propagationWrites: 100,
  pairs: 500,
};

const args = process.argv.slice(2);
const short = args.includes('--short');
const parts = args.filter((arg) => !arg.startsWith('--'));
const chosen = (short ? SHORT : LONG).filter(
  ({ name, redis }) =>
    (parts.length === 0 || parts.some((part) => name.includes(part))) &&
    (redis === 'none' || findRedis().command !== undefined),
);
if (chosen.length === 0) {
  console.error(`No configuration has such a name. There are:\n${LONG.map(({ name }) => name).join('\n')}`);
  process.exit(2);
}

const { seed } = seeded('this run');
const results: RunResult[] = [];
for (const configuration of chosen) {
  results.push(await run(configuration));
  keep();
}
const broken = results.flatMap(brokenPromises);
console.log(`\n${table(results)}\n`);
for (const line of [...broken, redisNotice() ?? '']) if (line !== '') console.log(line);
console.log(broken.length === 0 ? 'Every promise was kept.' : 'PROMISES WERE BROKEN: see above.');
process.exitCode = broken.length === 0 ? 0 : 1;

/** After each configuration, so that a run that is cut short leaves what it has found. */
function keep(): void {
  const found = { seed, at: new Date().toISOString(), broken: results.flatMap(brokenPromises), results };
  mkdirSync(dirname(JSON_FILE), { recursive: true });
  writeFileSync(JSON_FILE, JSON.stringify(found, null, 1));
}

async function run(configuration: Configuration): Promise<RunResult> {
  const result = await runConfiguration(configuration, short ? SHORT_FORM : LONG_FORM, seed, (phase) =>
    console.log(phaseLine(configuration.name, phase)),
  );
  for (const line of brokenPromises(result)) console.log(line);
  return result;
}
