#!/usr/bin/env node
/**
 * Runs the tests and counts them.
 *
 * Usage:   npm test [-- <what vitest takes>]      npm test -- --project unit test/domain
 * Output:  vitest's own, and last: `N passed, N failed` (and `N skipped`, if any).
 * Exit:    0 all passed; 1 otherwise, also when nothing ran; 2 wrong usage. The counts are kept in
 *          .cache/test-counts.json.
 *
 * Without a redis-server, found or fetched (scripts/redis.mjs), what needs one is not run, and the end says
 * so loudly; with CI=true that is a failure. The counts are those of vitest's report. A file that could not
 * be loaded, or a run that broke without naming a test, counts as one failure, so that a failing run never
 * ends with "0 failed".
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedis, redisNotice } from './redis.mjs';
import { checkArguments } from './usage.mjs';
import { countsLine, runVitest, unknownOption } from './vitest-run.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REPORT = join(ROOT, '.cache', 'vitest.json');
const COUNTS = join(ROOT, '.cache', 'test-counts.json');
const PROJECTS = ['rules', 'unit', 'fault', 'consistency'].flatMap((name) => ['--project', name]);

const args = process.argv.slice(2);
const usage = 'Usage: npm test [-- <what vitest takes>], such as: npm test -- --project unit test/domain';
const unknown = unknownOption(args);
checkArguments(args, usage, (arg) => arg !== unknown, usage);
mkdirSync(join(ROOT, '.cache'), { recursive: true });
// Once, before any test looks: only one process fetches it.
findRedis();
rmSync(COUNTS, { force: true });
const counts = runVitest({
  args: [...(args.includes('--project') ? [] : PROJECTS), ...args],
  report: REPORT,
});
const notice = redisNotice();
if (notice !== null) process.stdout.write(`\n${notice}\n\n`);
writeFileSync(COUNTS, JSON.stringify(counts));
process.stdout.write(countsLine(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
