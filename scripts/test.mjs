#!/usr/bin/env node
/**
 * Runs the tests and counts them.
 *
 * Usage:   npm test [-- <what vitest takes>]      npm test -- --project unit test/domain
 * Output:  vitest's own, and last: `N passed, N failed` (and `N skipped`, if any).
 * Exit:    0 all passed; 1 otherwise, also when nothing ran. The counts are kept in .cache/test-counts.json.
 *
 * Without a redis-server, found or fetched (scripts/redis.mjs), what needs one is not run, and the end says
 * so loudly; with CI=true that is a failure. The counts are those of vitest's report. A file that could not
 * be loaded, or a run that broke without naming a test, counts as one failure, so that a failing run never
 * ends with "0 failed".
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedis, redisNotice } from './redis.mjs';
import { checkArguments } from './usage.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REPORT = join(ROOT, '.cache', 'vitest.json');
const PROGRESS = join(ROOT, 'scripts', 'progress-reporter.mjs');
const COUNTS = join(ROOT, '.cache', 'test-counts.json');
const PROJECTS = ['rules', 'unit', 'fault', 'consistency'].flatMap((name) => ['--project', name]);

const args = process.argv.slice(2);
checkArguments(
  args,
  'Usage: npm test [-- <what vitest takes>], such as: npm test -- --project unit test/domain',
  () => true,
  '',
);
mkdirSync(join(ROOT, '.cache'), { recursive: true });
// Once, before any test looks: only one process fetches it.
findRedis();
for (const file of [REPORT, COUNTS]) rmSync(file, { force: true });
const { status } = spawnSync(
  process.execPath,
  [
    ...[join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run'],
    ...(args.includes('--project') ? [] : PROJECTS),
    ...['--reporter', 'default', '--reporter', PROGRESS, '--reporter', 'json', '--outputFile.json', REPORT],
    ...args,
  ],
  { stdio: ['ignore', 'inherit', 'inherit'], cwd: ROOT },
);
const counts = countsOf(readReport(), status === 0);
const notice = redisNotice();
if (notice !== null) process.stdout.write(`\n${notice}\n\n`);
writeFileSync(COUNTS, JSON.stringify(counts));
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;

function readReport() {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8'));
  } catch {
    return null;
  }
}

function countsOf(report, clean) {
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const unloaded = (report?.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = (report?.numFailedTests ?? 0) + unloaded;
  const broken = failed === 0 && (!clean || passed === 0);
  return { passed, failed: broken ? 1 : failed, skipped };
}
