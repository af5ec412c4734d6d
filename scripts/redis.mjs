#!/usr/bin/env node
/**
 * Finds a redis-server for the tests: on PATH, else in .cache/redis, else fetched there without touching the system.
 *
 * Usage:   node scripts/redis.mjs
 * Output:  the path of the server, and LD_LIBRARY_PATH where it needs one; or why there is none and how to get it.
 * Exit:    0 there is one; 1 there is none.
 *
 * Fetching is for Debian and Ubuntu: `apt-get download` and `dpkg -x`, with package lists of its own when the system's
 * are missing or old. Nothing is installed, no file outside .cache is written, no root is needed.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url));
const HOME = join(CACHE, 'redis');
const HOW =
  'Install redis-server (Debian, Ubuntu: `apt-get install redis-server`; macOS: `brew install redis`).';
const PACKAGES = ['redis-server', 'redis-tools'];
/** How far the libraries' own libraries are followed. */
const LIBRARY_ROUNDS_MAX = 4;

let found;

/**
 * @returns `{ command, env }`, what to spawn and which variables to add; or `{ reason }`, one line for a person.
 * Asked again, it gives the same answer.
 */
export function findRedis() {
  found ??= onPath() ?? inCache() ?? fetched();
  return found;
}

/** What to say loudly at the end of a test run, or null when nothing was left out. */
export function redisNotice() {
  const { reason } = findRedis();
  return reason === undefined ? null : `NOT RUN: all tests that need a Redis. ${reason} ${HOW}`;
}

function onPath() {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'redis-server'));
  const command = places.find(isFile);
  return command !== undefined && runs(command, {}) ? { command, env: {} } : null;
}

function inCache() {
  return serverIn(HOME);
}

/** Two processes may do this at the same time: each in a folder of its own, the first one's is kept. */
function fetched() {
  for (const tool of ['apt-get', 'apt-cache', 'dpkg', 'ldd']) {
    if (run(tool, ['--version']) === null)
      return { reason: `No redis-server on PATH, and no ${tool} to fetch it.` };
  }
  mkdirSync(CACHE, { recursive: true });
  const place = mkdtempSync(join(CACHE, 'redis-'));
  // Tests that are run as root start the server as nobody.
  chmodSync(place, 0o755);
  try {
    return (
      fetchInto(place) ?? { reason: 'No redis-server on PATH, and its packages could not be downloaded.' }
    );
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function fetchInto(place) {
  const apt = aptFor(place);
  if (apt === null) return null;
  for (let round = 0; round < LIBRARY_ROUNDS_MAX && missingLibraries(place).length > 0; round++) {
    unpack(place, apt, librariesOf(apt, namesOf(place)));
  }
  if (serverIn(place) === null) return null;
  rmSync(join(place, 'apt'), { recursive: true, force: true });
  try {
    renameSync(place, HOME);
  } catch {
    // Somebody else was first. If what is there does not run, nothing will.
    if (inCache() === null) return null;
  }
  return inCache();
}

/** Options for apt under which the server's packages can be had: the system's lists, else fresh ones of our own. */
function aptFor(place) {
  if (unpack(place, [], PACKAGES)) return [];
  const own = join(place, 'apt');
  for (const folder of ['lists/partial', 'cache/archives/partial', 'debs']) {
    mkdirSync(join(own, folder), { recursive: true });
  }
  const apt = [
    '-o',
    `Dir::State::Lists=${own}/lists`,
    '-o',
    `Dir::Cache=${own}/cache`,
    '-o',
    'APT::Sandbox::User=',
  ];
  if (run('apt-get', [...apt, 'update']) === null) return null;
  return unpack(place, apt, PACKAGES) ? apt : null;
}

/** @returns whether all packages are there now. */
function unpack(place, apt, packages) {
  const debs = mkdtempSync(join(place, 'debs-'));
  try {
    if (packages.length > 0 && run('apt-get', [...apt, 'download', ...packages], debs) === null) return false;
    return readdirSync(debs).every((deb) => {
      const [name] = deb.split('_');
      mkdirSync(join(place, 'packages', name), { recursive: true });
      return run('dpkg', ['-x', join(debs, deb), join(place, 'root')]) !== null;
    });
  } finally {
    rmSync(debs, { recursive: true, force: true });
  }
}

/** Libraries that the packages depend on and that are not here yet. libc is the system's or nobody's. */
function librariesOf(apt, packages) {
  const text = run('apt-cache', [...apt, 'depends', '--important', ...packages]) ?? '';
  const names = [...text.matchAll(/^\s*\|?Depends: (lib[\w.+-]+|lua[\w.+-]+)$/gm)].map(([, name]) => name);
  return [...new Set(names)].filter((name) => name !== 'libc6' && !packages.includes(name));
}

function namesOf(place) {
  return readdirSync(join(place, 'packages'));
}

function serverIn(place) {
  const command = join(place, 'root', 'usr', 'bin', 'redis-server');
  const env = { LD_LIBRARY_PATH: libraryPath(place) };
  return isFile(command) && runs(command, env) ? { command, env } : null;
}

function missingLibraries(place) {
  const command = join(place, 'root', 'usr', 'bin', 'redis-server');
  const text = run('ldd', [command], undefined, { LD_LIBRARY_PATH: libraryPath(place) }) ?? '';
  return [...text.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name]) => name);
}

function libraryPath(place) {
  const roots = [join(place, 'root', 'usr', 'lib'), join(place, 'root', 'lib')].filter(existsSync);
  const below = roots.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return [...roots, ...below.filter((path) => statSync(path).isDirectory())].join(':');
}

function runs(command, env) {
  return run(command, ['--version'], undefined, env) !== null;
}

/** What the program prints, or null when it fails or is not there. */
function run(command, args, cwd, env = {}) {
  const options = { cwd, env: { ...process.env, ...env, LC_ALL: 'C' }, encoding: 'utf8', timeout: 120_000 };
  const { status, stdout } = spawnSync(command, args, options);
  return status === 0 ? stdout : null;
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { command, env } = findRedis();
  const libraries = env?.LD_LIBRARY_PATH === undefined ? '' : `LD_LIBRARY_PATH=${env.LD_LIBRARY_PATH} `;
  console.log(redisNotice() ?? `${libraries}${command}`);
  process.exitCode = command === undefined ? 1 : 0;
}
