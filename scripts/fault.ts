/**
 * Runs the faults of test/fault in their long form, with figures: what `npm test` samples, in full.
 *
 * Usage:  npm run fault [-- <name> …]        all of them without a name; SEED=<number> replays a run
 * Names:  pairs (10⁵ writes here, reads there) · overviews (10⁴ here, lists and search there) · slow-load ·
 *         appends (20,000 messages while a worker is killed every
 *         0.5 s) · mixed · steps · tree · stopped · writers · journal · errnos · claims (64 agents,
 *         2,000 tasks) · posts · paths · reborn · replaced · unsafe · feed (an idle worker, rotation, a feed
 *         put back) · catalog (its files removed)
 *         · descriptors · waiting (1,000 readers, 200 streams: kills, delays, restarts) · browser (artifacts
 *         opened in a Chromium from
 *         PATH; by name alone)
 *         · odd-files (every file of a taskspace replaced by every odd thing, 20 times) ·
 *         left-overs · clocks (every jump of the host's clock) · copied-folders (10⁴ folders of strangers)
 * Output: vitest's, with the seed and the figures of each test.
 * Exit:   0 all promises were kept · 1 one was broken · 2 wrong usage
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkArguments } from './usage.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const TEST_TIMEOUT_MS = 3_600_000;

const FAULTS: Readonly<Record<string, readonly string[]>> = {
  pairs: ['test/fault/01-write-here-read-there.test.ts'],
  overviews: ['test/fault/01-overviews.test.ts'],
  'slow-load': ['test/fault/02-slow-load.test.ts'],
  appends: ['test/fault/03-killed-workers.test.ts', '-t', 'one taskspace'],
  mixed: ['test/fault/03-killed-workers.test.ts', '-t', 'mixed load'],
  steps: ['test/fault/03-killed-at-every-step.test.ts'],
  tree: ['test/fault/04-killed-tree.test.ts'],
  stopped: ['test/fault/05-stopped-workers.test.ts'],
  writers: ['test/fault/06-many-writers.test.ts'],
  journal: ['test/fault/07-broken-journal.test.ts'],
  errnos: ['test/fault/08-failing-calls.test.ts'],
  waiting: ['test/fault/12-waiters-and-streams.test.ts'],
  claims: ['test/fault/15-claims.test.ts'],
  posts: ['test/fault/16-repeated-posts.test.ts'],
  paths: ['test/fault/17-paths.test.ts'],
  reborn: ['test/fault/19-deleted-and-created-again.test.ts'],
  replaced: ['test/fault/21-replaced-journal.test.ts'],
  clocks: ['test/fault/25-clock-jumps.test.ts'],
  unsafe: ['test/fault/22-unsafe-answers.test.ts'],
  feed: ['test/fault/24-feed-passed-by.test.ts'],
  catalog: ['test/fault/32-removed-catalog.test.ts'],
  descriptors: ['test/fault/27-descriptors.test.ts'],
  'copied-folders': ['test/fault/23-copied-folders.test.ts'],
  browser: ['--project', 'browser'],
  'odd-files': ['test/fault/23-odd-files.test.ts'],
  'left-overs': ['test/fault/32-left-overs.test.ts'],
};

const names = process.argv.slice(2);
const usage = `Usage: npm run fault [-- ${Object.keys(FAULTS).join('|')} …]`;
checkArguments(names, usage, (name) => FAULTS[name] !== undefined, usage);
const runs = names.length > 0 ? names.map((name) => FAULTS[name] ?? []) : [[]];
for (const files of runs) {
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
      ...['run', '--testTimeout', String(TEST_TIMEOUT_MS)],
      ...(files.includes('--project') ? files : ['--project', 'fault', ...files]),
    ],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, FAULT_FORM: 'long' } },
  );
  if (status !== 0) process.exitCode = 1;
}
