#!/usr/bin/env node
/**
 * Runs the long forms of the tests, suite by suite: what `npm test` samples in full, and what needs more than
 * a minute.
 *
 * Usage:   npm run test:long [-- <suite> …] [--for <minutes>]     all suites without a name; --list names
 *          them
 *          --for: no suite begins once the run is so old; those that were left out are named. SEED=<number>
 *          replays
 * Output:  the tools' own, a line for each suite as it begins and ends, and last: `N passed, N failed`.
 * Exit:    0 all that ran passed · 1 one failed, or nothing ran · 2 wrong usage. The counts are kept in
 *          .cache/test-long-counts.json, with the suites that were left out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedis, redisNotice } from './redis.mjs';
import { checkArguments } from './usage.mjs';
import { countsLine, runVitest } from './vitest-run.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, '.cache');
const COUNTS = join(CACHE, 'test-long-counts.json');
const REPORT = join(CACHE, 'vitest-long.json');
const TEST_TIMEOUT_MS = 3_600_000;

/** Each takes ten minutes at most on two idle cores. A `script` counts as one test. */
const SUITES = {
  node24: { what: 'the unit tests on Node 24', vitest: ['--project', 'unit'], node: 24 },
  'http-memory': {
    what: 'the HTTP tests over the store in memory',
    vitest: ['--project', 'unit', 'test/http'],
    env: { TEST_STORE: 'memory' },
  },
  mutants: {
    what: 'each guarantee without the step that keeps it',
    vitest: ['--project', 'long', 'mutants'],
  },
  controls: { what: 'the consistency suite turns red', vitest: ['--project', 'long', 'controls'] },
  bench: { what: 'each bench in its shortest form', vitest: ['--project', 'long', 'bench'] },
  browser: { what: 'artifacts in a Chromium', vitest: ['--project', 'browser'] },
  kills: { what: 'workers, the tree and single steps killed', faults: ['03', '04', '05'] },
  writers: { what: 'many writers, repeated posts, claims', faults: ['06', '15', '16', '19'] },
  disk: {
    what: 'broken journals, failing calls, odd files',
    faults: ['07', '08', '17', '21', '23-odd', '25'],
  },
  copied: { what: "10⁴ copied-in folders with strangers' journals", faults: ['23-copied'] },
  upkeep: { what: 'rotation, removed catalogs, left-overs, descriptors', faults: ['24', '27', '32'] },
  pairs: { what: '10⁵ writes here, reads there', faults: ['01-write', '02', '22'] },
  overviews: { what: '10⁴ writes here, lists and search there', faults: ['01-overviews'] },
  waiting: { what: '1,000 readers and 200 streams', faults: ['12'] },
  'consistency-ipc': {
    what: 'over IPC, or with an absent Redis',
    script: ['consistency.ts', 'bus ipc', 'no Redis'],
  },
  'consistency-none': { what: 'without a bus', script: ['consistency.ts', 'bus none'] },
  'consistency-redis': { what: 'over Redis', script: ['consistency.ts', 'Redis bus'] },
  'consistency-l2': {
    what: 'L2 alone, Redis absent at start',
    script: ['consistency.ts', 'L2 without', 'absent'],
  },
};

const { names, minutes } = argumentsOf(process.argv.slice(2));
const began = Date.now();
mkdirSync(CACHE, { recursive: true });
rmSync(COUNTS, { force: true });
findRedis();
const counts = { passed: 0, failed: 0, skipped: 0 };
const leftOut = [];
for (const [i, name] of names.entries()) {
  if (Date.now() - began >= minutes * 60_000) {
    leftOut.push(...names.slice(i));
    break;
  }
  runSuite(name, i + 1);
}
const notice = redisNotice();
if (notice !== null) process.stdout.write(`\n${notice}\n\n`);
if (leftOut.length > 0) process.stdout.write(`Left out, for want of time: ${leftOut.join(', ')}\n`);
if (counts.passed + counts.failed === 0 && leftOut.length === 0) counts.failed = 1;
writeFileSync(COUNTS, JSON.stringify({ ...counts, leftOut }));
process.stdout.write(countsLine(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

function argumentsOf(args) {
  const at = args.indexOf('--for');
  const sent = at < 0 ? undefined : (args[at + 1] ?? '');
  const minutes = sent === undefined ? Number.POSITIVE_INFINITY : Number(sent);
  const names = at < 0 ? args : args.toSpliced(at, 2);
  const list = Object.entries(SUITES).map(([name, { what }]) => `${name.padEnd(18)} ${what}`);
  const usage = `Usage: npm run test:long [-- <suite> … --for <minutes>]; suites: ${Object.keys(SUITES).join(', ')}`;
  const isList = names.includes('--list');
  checkArguments(isList ? ['--help'] : names, list.join('\n'), (name) => Object.hasOwn(SUITES, name), usage);
  if (sent?.trim() === '' || Number.isNaN(minutes) || minutes < 0) {
    process.stderr.write(`--for ${sent} must be a number of minutes. ${usage}\n`);
    process.exit(2);
  }
  return { names: names.length > 0 ? names : Object.keys(SUITES), minutes };
}

function runSuite(name, number) {
  const { what, vitest, faults, script, node, env } = SUITES[name];
  const suiteBegan = Date.now();
  process.stdout.write(`\n== ${number} of ${names.length}: ${name} (${what})\n`);
  const result = script
    ? runScript(script)
    : runOn(vitest ?? ['--project', 'fault', ...faults.map(fileOf)], node, env);
  for (const key of Object.keys(counts)) counts[key] += result[key];
  const seconds = Math.round((Date.now() - suiteBegan) / 1000);
  process.stdout.write(`== ${name}: ${result.passed} passed, ${result.failed} failed in ${seconds} s\n`);
}

function fileOf(prefix) {
  return `test/fault/${prefix}`;
}

function runOn(args, major, more = {}) {
  const node = major === undefined ? process.execPath : nodeOf(major);
  if (node === null) return { passed: 0, failed: 1, skipped: 0 };
  const PATH = [dirname(node), process.env.PATH].join(delimiter);
  const env = { FAULT_FORM: major === undefined ? 'long' : 'short', PATH, ...more };
  return runVitest({ args: ['--testTimeout', String(TEST_TIMEOUT_MS), ...args], report: REPORT, node, env });
}

/** The binary that npm's package `node` brings; null: it could not be had, which is said. */
function nodeOf(major) {
  const folder = join(CACHE, `node-${major}`);
  const binary = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `node@${major}`]);
  return existsSync(binary) ? binary : null;
}

function runScript([file, ...args]) {
  const { status } = run(process.execPath, ['--import', 'tsx', join(ROOT, 'scripts', file), ...args]);
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
}

function run(command, args) {
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], cwd: ROOT });
}
