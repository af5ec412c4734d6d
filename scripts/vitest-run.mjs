/** A run of vitest with progress, and its counts from vitest's own report. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const PROGRESS = join(ROOT, 'scripts', 'progress-reporter.mjs');

/**
 * A file that could not be loaded, or a run that broke without naming a test, counts as one failure, so that
 * a failing run never ends with no failure.
 * @param {{ args: readonly string[], report: string, node?: string, env?: Record<string, string> }} run what
 * vitest takes, where its report goes, the binary and further variables.
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
export function runVitest({ args, report: file, node = process.execPath, env = {} }) {
  rmSync(file, { force: true });
  const { status } = spawnSync(
    node,
    [
      ...[VITEST, 'run'],
      ...['--reporter', 'default', '--reporter', PROGRESS, '--reporter', 'json', '--outputFile.json', file],
      ...args,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'], cwd: ROOT, env: { ...process.env, ...env } },
  );
  return countsOf(readReport(file), status === 0);
}

/**
 * The first argument that vitest would refuse as an option that it does not know, with a stack trace.
 * @param {readonly string[]} args
 * @returns {string | undefined}
 */
export function unknownOption(args) {
  const options = args.filter((arg) => /^--?[a-z]/i.test(arg) && !USUAL.has(arg));
  if (options.length === 0) return undefined;
  const { stdout } = spawnSync(process.execPath, [VITEST, 'run', '--help', '--expand-help'], {
    encoding: 'utf8',
  });
  const known = new Set((stdout.match(/--?[a-z][\w.-]*/gi) ?? []).map(plain));
  return options.find((option) => !known.has(plain(option)));
}

/** For these vitest need not be asked. */
const USUAL = new Set(['--project', '--testTimeout', '--testNamePattern', '-t', '--help', '-h']);

/** An option's name as it is however it is written: `--no-file-parallelism`, `--fileParallelism=1`. */
function plain(option) {
  const [name = ''] = option.split('=');
  return name
    .replace(/^--?(no-)?/, '')
    .replaceAll('-', '')
    .toLowerCase();
}

/** The last line of a run: `N passed, N failed`, and `N skipped`, if any. */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`;
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
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
