/**
 * Finds a program that the tests need: on PATH, else in .cache, else fetched there without touching the
 * system.
 *
 * Fetching is for Debian and Ubuntu: `apt-get download` and `dpkg -x`, with package lists of its own when the
 * system's are missing or old. Nothing is installed, no file outside .cache is written, no root is needed.
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
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url));
/** How far the libraries' own libraries are followed. */
const LIBRARY_ROUNDS_MAX = 8;

/**
 * @param {import('./fetched-program.mjs').Program} program
 * @returns {import('./fetched-program.mjs').Found}
 */
export function findProgram(program) {
  return onPath(program) ?? inCache(program) ?? fetched(program);
}

/** For the command line: how to start it, or why there is none; exit code 1 then. */
export function sayProgram({ command, env }, notice) {
  const libraries = env?.LD_LIBRARY_PATH === undefined ? '' : `LD_LIBRARY_PATH=${env.LD_LIBRARY_PATH} `;
  console.log(notice ?? `${libraries}${command}`);
  process.exitCode = command === undefined ? 1 : 0;
}

function homeOf(program) {
  return join(CACHE, program.name);
}

function onPath({ commands }) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = commands.flatMap((name) => folders.map((folder) => join(folder, name)));
  const command = places.find((place) => isFile(place) && runs(place, {}));
  return command === undefined ? null : { command, env: {} };
}

function inCache(program) {
  return programIn(program, homeOf(program));
}

/** Two processes may do this at the same time: each in a folder of its own, the first one's is kept. */
function fetched(program) {
  for (const tool of ['apt-get', 'apt-cache', 'dpkg', 'ldd']) {
    if (run(tool, ['--version']) === null)
      return { reason: `No ${program.name} on PATH, and no ${tool} to fetch it.` };
  }
  mkdirSync(CACHE, { recursive: true });
  const place = mkdtempSync(join(CACHE, `${program.name}-`));
  // Tests that are run as root start the server as nobody.
  chmodSync(place, 0o755);
  try {
    return (
      fetchInto(program, place) ?? {
        reason: `No ${program.name} on PATH, and its packages could not be downloaded.`,
      }
    );
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function fetchInto(program, place) {
  const apt = aptFor(program, place);
  if (apt === null) return null;
  for (let round = 0; round < LIBRARY_ROUNDS_MAX && missingLibraries(program, place).length > 0; round++) {
    unpack(place, apt, librariesOf(apt, namesOf(place)));
  }
  if (programIn(program, place) === null) return null;
  rmSync(join(place, 'apt'), { recursive: true, force: true });
  try {
    renameSync(place, homeOf(program));
  } catch {
    // Somebody else was first. If what is there does not run, nothing will.
    if (inCache(program) === null) return null;
  }
  return inCache(program);
}

/**
 * Options for apt under which the program's packages can be had: the system's lists, else fresh ones of our
 * own.
 */
function aptFor(program, place) {
  if (unpack(place, [], program.packages)) return [];
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
  return unpack(place, apt, program.packages) ? apt : null;
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

function programIn(program, place) {
  const command = join(place, 'root', program.file);
  const env = { LD_LIBRARY_PATH: libraryPath(place) };
  return isFile(command) && runs(command, env) ? { command, env } : null;
}

function missingLibraries(program, place) {
  const command = join(place, 'root', program.file);
  const text = run('ldd', [command], undefined, { LD_LIBRARY_PATH: libraryPath(place) }) ?? '';
  return [...text.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name]) => name);
}

/** Every folder that holds a library: some have private ones in folders of their own. */
function libraryPath(place) {
  const roots = ['usr/lib', 'lib'].map((name) => join(place, 'root', name)).filter(existsSync);
  const files = roots.flatMap((root) =>
    readdirSync(root, { recursive: true }).map((name) => join(root, name)),
  );
  return [...new Set(files.filter((file) => /\.so(\.|$)/.test(file)).map(dirname))].join(':');
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
