/**
 * The import rule as a pure function: which room may import which, and who alone may touch what.
 *
 * A room imports only rooms before it in `ROOMS`, and of these only what `NARROW` and `READERS` leave it;
 * client imports types alone, main.ts everything. Each package and each dangerous built-in belongs to the
 * rooms named in `OWNERS`. Scripts import no test: what runs one starts it as a process.
 */
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path/posix';
import { type Import, importsOf, type Source } from './source.js';

const ROOMS = [
  ...[
    'main',
    'config',
    'platform',
    'domain',
    'contract',
    'store',
    'store/files',
    'store/memory',
    'catalog',
    'bus',
    'cache',
    'app',
    'http',
  ],
  ...['cluster', 'client'],
];

/** Rooms that import less than what stands before them. */
const NARROW: Record<string, readonly string[]> = {
  domain: [],
  contract: ['domain'],
  store: ['domain', 'platform'],
  'store/files': ['store', 'domain', 'platform', 'config'],
  'store/memory': ['store', 'domain', 'platform'],
  client: ['contract'],
};

/** Rooms that are not for all that stand behind them. */
const READERS: Record<string, readonly string[]> = {
  contract: ['app', 'http', 'client'],
  // Adapters are for who composes the server alone.
  'store/files': [],
  'store/memory': [],
};

const FILE_ROOMS = ['store/files', 'catalog', 'cluster'];

/** A package that is not in this table belongs to nobody yet: whoever brings it in says here whose it is. */
const OWNERS: Record<string, readonly string[]> = {
  express: ['http'],
  zod: ['contract', 'http'],
  'proper-lockfile': FILE_ROOMS,
  chokidar: FILE_ROOMS,
  ioredis: ['cache', 'bus'],
  'better-sqlite3': ['catalog'],
  'node:sqlite': ['catalog'],
  'lru-cache': ['cache', 'store/files'],
  pino: ['platform'],
  'prom-client': ['platform'],
  'node:cluster': ['cluster'],
};

const READING_FS = new Set([
  ...['existsSync', 'readFileSync', 'readlinkSync', 'statSync', 'lstatSync', 'fstatSync', 'statfsSync'],
  ...['readdirSync', 'realpathSync', 'createReadStream', 'constants', 'readFile', 'readdir', 'stat', 'lstat'],
]);

/** @returns one line for each place that breaks the rule. */
export function roomFaults(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => [
    ...importsOf(source).flatMap((found) => importFaults(source, found)),
    ...environmentFaults(source),
  ]);
}

/** @returns one line for each import of a test file in scripts/. */
export function scriptFaults(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    importsOf(source)
      .filter(({ from }) => from.startsWith('.') && /^test\//.test(join(dirname(source.path), from)))
      .map(({ from }) => `${source.path} imports ${from}: scripts import no test file`),
  );
}

function importFaults(source: Source, found: Import): string[] {
  const room = roomOf(source.path);
  const fault = (why: string) => [`${source.path} imports ${found.from}: ${why}`];
  if (found.from.startsWith('.')) {
    const target = roomOf(join(dirname(source.path), found.from));
    if (target === room || room === 'main') return [];
    if (!ROOMS.includes(target)) return fault('that is not a room');
    if (NARROW[room]?.includes(target) === false) return fault(`${room} does not import ${target}`);
    if (READERS[target]?.includes(room) === false) return fault(`${target} is not for ${room}`);
    if (room === 'client' && !found.typeOnly) return fault('client imports types alone');
    return ROOMS.indexOf(target) < ROOMS.indexOf(room) ? [] : fault(`${room} stands before ${target}`);
  }
  const name = found.from.startsWith('node:') ? found.from : packageOf(found.from);
  const owners = OWNERS[name];
  if (owners !== undefined) return owners.includes(room) ? [] : fault(`it belongs to ${owners.join(', ')}`);
  if (builtinModules.includes(name)) return fault('built-in modules are named with node:');
  if (!name.startsWith('node:')) return fault('no room is named for this package in test/rules/rooms.ts');
  return fsFaults(room, found) ? fault('only store/files, catalog and cluster write files') : [];
}

function fsFaults(room: string, { from, names, typeOnly }: Import): boolean {
  if (!/^node:fs(\/promises)?$/.test(from) || typeOnly || FILE_ROOMS.includes(room)) return false;
  return names.length === 0 || names.some((name) => !READING_FS.has(name));
}

function environmentFaults({ path, text }: Source): string[] {
  return /\bprocess\s*\.\s*env\b/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')) &&
    roomOf(path) !== 'config'
    ? [`${path} reads process.env: only config does`]
    : [];
}

function roomOf(path: string): string {
  const [top, room, adapter, file] = path.split('/');
  if (top !== 'src' || room === undefined) return '';
  if (room === 'store' && file !== undefined) return `store/${adapter}`;
  return /^(main|compose)\.(ts|js)$/.test(room) ? 'main' : room;
}

function packageOf(from: string): string {
  const parts = from.split('/');
  return parts.slice(0, from.startsWith('@') ? 2 : 1).join('/');
}
