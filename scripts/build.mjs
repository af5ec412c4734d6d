#!/usr/bin/env node
/**
 * Builds src/ into dist/.
 *
 * Usage:   npm run build
 * Output:  one line, or the compiler's errors.
 * Exit:    0 built; 1 the code does not compile; 2 wrong usage.
 *
 * The compiler writes into a folder of its own, which is renamed to dist/ when it is whole, so nobody ever
 * runs half a build. Builds that start at the same moment take turns. `ensureBuilt` is what `npm run prod`
 * calls: it builds when dist/ is missing or does not belong to the sources, without checking types, which
 * `npm run check` does and which needs packages that a production install leaves away.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { emitClientDeclarations } from './client-declarations.mjs';
import { checkArguments } from './usage.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.stamp');
const TURN = join(ROOT, '.cache', 'building');
const TURN_STALE_MS = 120_000;

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  checkArguments(
    process.argv.slice(2),
    'Usage: npm run build\nBuilds src/ into dist/.',
    () => false,
    'Usage: npm run build',
  );
  process.exitCode = await inTurn(() => build({ checked: true }));
  if (process.exitCode === 0) process.stdout.write('Built dist/\n');
}

/** @returns {Promise<number>} 0 when dist/ belongs to the sources, else the compiler's exit code. */
export async function ensureBuilt() {
  if (upToDate()) return 0;
  return inTurn(() => {
    if (upToDate()) return 0;
    process.stdout.write('Building…\n');
    return build({ checked: false });
  });
}

/** A package that carries only dist/ has nothing to build from. */
function upToDate() {
  if (!existsSync(join(ROOT, 'src'))) return true;
  return (
    existsSync(join(DIST, 'main.js')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stampOfSources()
  );
}

/**
 * Names, sizes and times of everything that a build depends on: reading them all would cost more than it
 * tells.
 */
function stampOfSources() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true }).map((name) =>
    join('src', String(name)),
  );
  for (const name of [...sources.sort(), 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
    const stat = statSync(join(ROOT, name), { throwIfNoEntry: false });
    if (stat?.isFile()) hash.update(`${name}\0${stat.size}\0${stat.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** @returns {number} the compiler's exit code; dist/ is as before unless it is 0. */
function build({ checked }) {
  clearLeftovers();
  const stamp = stampOfSources();
  const fresh = join(ROOT, `dist.${process.pid}.new`);
  const old = join(ROOT, `dist.${process.pid}.old`);
  const unchecked = checked ? [] : ['--noCheck', '--types', 'null'];
  try {
    const status = compile(['-p', 'tsconfig.build.json', '--outDir', fresh, ...unchecked]);
    if (status !== 0) return status;
    // What the package's `exports` promise; nothing else of dist/ is imported by others.
    emitClientDeclarations(fresh);
    writeFileSync(join(fresh, '.stamp'), stamp);
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(fresh, DIST);
    return 0;
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Of builds that were killed: there is one at a time, so none of them is at work. */
function clearLeftovers() {
  for (const name of readdirSync(ROOT)) {
    if (/^dist\.\d+\.(new|old)$/.test(name)) rmSync(join(ROOT, name), { recursive: true, force: true });
  }
}

/** @returns {number} the exit code. */
function compile(options) {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: ROOT,
  });
  return status ?? 1;
}

/** One build at a time: a folder is the lock, and the process in it must live. */
async function inTurn(work) {
  while (!taken()) await delay(100);
  try {
    return work();
  } finally {
    rmSync(TURN, { recursive: true, force: true });
  }
}

function taken() {
  mkdirSync(dirname(TURN), { recursive: true });
  try {
    mkdirSync(TURN);
    writeFileSync(join(TURN, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const since = statSync(TURN, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > TURN_STALE_MS || !builderLives()) rmSync(TURN, { recursive: true, force: true });
    return false;
  }
}

/** A builder that has not written its id yet has only just begun. */
function builderLives() {
  try {
    const pid = Number(readFileSync(join(TURN, 'pid'), 'utf8'));
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
