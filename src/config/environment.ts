/**
 * The environment becomes one frozen Config: read flat, decided once, never read again.
 *
 * Only this room reads process.env. A setting is either accepted or refused here with a ConfigError; no other
 * room has a fallback value.
 */
import { isIP } from 'node:net';
import type { Config, Mode } from './config.js';
import { usableCpus } from './cpus.js';
import { readDataDir } from './data-folder.js';
import { refuseMisspelt } from './misspelt.js';
import { ConfigError } from './start-error.js';
import { type Bounds, type Environment, frozen, Values } from './values.js';

/** Seconds until an entry of each kind expires, unless `CACHE_TTL_<KIND>` says otherwise. */
const TTL_SECONDS = {
  detail: 1800,
  dashboard: 300,
  list: 600,
  export: 3600,
  stats: 900,
  search: 1200,
} as const;

const MIB = 1024 * 1024;
const REDIS_LOCAL = 'redis://127.0.0.1:6379';
const REDIS_SCHEME = /^(redis|rediss|redis\+sentinel|redis\+cluster):\/\/\S+$/;
const IGNORED = '.git,node_modules,*~,.*.sw?,#*#,.#*,*.tmp,.DS_Store'.split(',');
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const COUNT: Bounds = { from: 0, to: 1_000_000_000 };
const DAYS: Bounds = { from: 0, to: 36_500 };
const SECONDS: Bounds = { from: 1, to: 31_536_000 };
const BYTES: Bounds = { from: 1024, to: Number.MAX_SAFE_INTEGER };

/** Every variable that exists. The README's table of settings lists these and no others. */
export const VARIABLES: readonly string[] = [
  ...[
    'PORT',
    'HOST',
    'STORE',
    'DATA_DIR',
    'WORKERS',
    'ENABLE_MEMORY_CACHE',
    'ENABLE_REDIS_CACHE',
    'REDIS_URL',
    'REDIS_PREFIX',
  ],
  ...['REDIS_CONNECTIONS', 'BUS', 'CONSISTENCY', 'MAX_STALENESS_MS', 'CACHE_MAX_MB', 'CACHE_DEFAULT_TTL'],
  ...Object.keys(TTL_SECONDS).map(ttlVariable),
  ...[
    'ENABLE_BACKGROUND_WARMING',
    'TRASH_DAYS',
    'KEEP_REVISIONS',
    'KEEP_DAYS',
    'FEED_KEEP_MB',
    'JSON_MAX_BYTES',
  ],
  ...[
    'BATCH_MAX_BYTES',
    'ARTIFACT_MAX_BYTES',
    'AUTH',
    'RATE_LIMIT_PER_MINUTE',
    'ALLOWED_HOSTS',
    'CORS_ORIGINS',
  ],
  ...['UMASK', 'BASE_PATH'],
  ...['EXTERNAL_IGNORE', 'LOG_LEVEL', 'LOG_FORMAT', 'LOG_REQUESTS', 'SHUTDOWN_SECONDS'],
];

/** The environment of this process, for `readConfig`. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * @param env the variables; names not in `VARIABLES` are ignored, unless they resemble one of them.
 * @param mode decides the defaults of workers, cache and log.
 * @returns deeply frozen; `dataDir` is absolute.
 * @throws ConfigError naming the variable, its value and what is allowed.
 */
export function readConfig(env: Environment, mode: Mode, version: string): Config {
  refuseMisspelt(env, VARIABLES);
  const values = new Values(env);
  const prod = mode === 'prod';
  const host = values.matching('HOST', '127.0.0.1', isHost, 'a host name or an IP address');
  const loopback = isLoopback(host);
  return frozen({
    mode,
    version,
    host,
    port: values.integer('PORT', 7770, { from: 0, to: 65_535 }),
    basePath: readBasePath(values),
    umask: readUmask(values),
    store: values.choice('STORE', 'files', ['files', 'memory']),
    dataDir: readDataDir(values),
    workers: values.integer('WORKERS', prod ? usableCpus() : 1, { from: 1, to: 256 }),
    cache: {
      memory: values.boolean('ENABLE_MEMORY_CACHE', prod),
      redis: values.boolean('ENABLE_REDIS_CACHE', false),
      bytesMax: values.integer('CACHE_MAX_MB', 128, { from: 1, to: 1_048_576 }) * MIB,
      ttlSeconds: readTtls(values),
      ttlDefaultSeconds: values.integer('CACHE_DEFAULT_TTL', 3600, SECONDS),
      warming: values.boolean('ENABLE_BACKGROUND_WARMING', true),
    },
    ...readRedis(values),
    consistency: {
      mode: values.choice('CONSISTENCY', 'strict', ['strict', 'bounded']),
      stalenessMsMax: values.integer('MAX_STALENESS_MS', 1000, { from: 10, to: 3_600_000 }),
    },
    retention: {
      trashDays: values.integer('TRASH_DAYS', 7, DAYS),
      keepRevisions: values.integer('KEEP_REVISIONS', 0, COUNT),
      keepDays: values.integer('KEEP_DAYS', 0, DAYS),
      feedBytesMax: values.integer('FEED_KEEP_MB', 256, { from: 0, to: 1_048_576 }) * MIB,
    },
    limits: {
      jsonBytesMax: values.integer('JSON_MAX_BYTES', MIB, BYTES),
      batchBytesMax: values.integer('BATCH_MAX_BYTES', 16 * MIB, BYTES),
      artifactBytesMax: values.integer('ARTIFACT_MAX_BYTES', 1024 * MIB, BYTES),
    },
    access: {
      auth: readAuth(values, host, loopback),
      ratePerMinute: values.integer('RATE_LIMIT_PER_MINUTE', 0, COUNT),
      hosts: values.list('ALLOWED_HOSTS', [], isHostPort, 'host names, comma between them'),
      corsOrigins: values.list(
        'CORS_ORIGINS',
        [],
        isOrigin,
        'origins like https://app.example, comma between them',
      ),
      loopback,
    },
    external: { ignore: values.list('EXTERNAL_IGNORE', IGNORED, isNameGlob, 'globs of names without "/"') },
    log: {
      level: values.choice('LOG_LEVEL', 'info', LOG_LEVELS),
      format: values.choice('LOG_FORMAT', prod ? 'json' : 'text', ['json', 'text']),
      requests: values.boolean('LOG_REQUESTS', true),
    },
    shutdownSeconds: values.integer('SHUTDOWN_SECONDS', 25, { from: 0, to: 3600 }),
  });
}

function readTtls(values: Values): Record<string, number> {
  const ttls: Record<string, number> = {};
  for (const [kind, seconds] of Object.entries(TTL_SECONDS)) {
    ttls[kind] = values.integer(ttlVariable(kind), seconds, SECONDS);
  }
  return ttls;
}

function ttlVariable(kind: string): string {
  return `CACHE_TTL_${kind.toUpperCase()}`;
}

function readRedis(values: Values): Pick<Config, 'redis' | 'bus'> {
  const allowed = 'redis://…, rediss://…, redis+sentinel://h1,h2/<master>, redis+cluster://h1,h2';
  const given = values.secret('REDIS_URL', (url) => REDIS_SCHEME.test(url), allowed);
  const bus = values.choice('BUS', given === null ? 'ipc' : 'redis', ['redis', 'ipc', 'none']);
  const wanted = bus === 'redis' || values.boolean('ENABLE_REDIS_CACHE', false);
  return {
    bus,
    redis: {
      url: given ?? (wanted ? REDIS_LOCAL : null),
      prefix: values.matching('REDIS_PREFIX', 'taskspace:', isPrefix, '1 to 64 letters, digits or ":._-"'),
      connections: values.integer('REDIS_CONNECTIONS', 2, { from: 1, to: 64 }),
    },
  };
}

/**
 * There are no tokens in this version, so requiring them would lock every client out: that is
 * refused, not ignored.
 */
function readAuth(values: Values, host: string, loopback: boolean): boolean {
  if (!values.boolean('AUTH', !loopback)) return false;
  if (loopback)
    throw new ConfigError('AUTH=on needs tokens, which this version does not have yet. Leave AUTH away.');
  throw new ConfigError(
    `HOST=${JSON.stringify(host)} would open this server to other machines, and this version has no tokens yet. ` +
      'Allowed: a loopback address (127.0.0.1), or AUTH=off if everybody who reaches it may read and write everything.',
  );
}

/**
 * One or several plain segments: what would need an encoding, or leads elsewhere, is no prefix
 * that a proxy sends.
 */
function readBasePath(values: Values): string {
  const accepts = (base: string) =>
    base === '/' || /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+\/?$/.test(base);
  const base = values.matching('BASE_PATH', '/', accepts, 'a path such as /tasks');
  return base.replace(/\/$/, '');
}

/** The owner's bits must not be removed: the server could not open what it has made. */
function readUmask(values: Values): number {
  const accepts = (mask: string) => /^0?0[0-7]{2}$/.test(mask);
  return Number.parseInt(
    values.matching('UMASK', '077', accepts, 'three octal digits from 000 to 077, such as 027'),
    8,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isHost(host: string): boolean {
  return isIP(host) !== 0 || /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(host);
}

function isHostPort(host: string): boolean {
  return isHost(
    host
      .replace(/:\d+$/, '')
      .replace(/\.$/, '')
      .replace(/^\[(.*)\]$/, '$1'),
  );
}

function isOrigin(origin: string): boolean {
  return URL.canParse(origin) && /^https?:/.test(origin) && new URL(origin).origin === origin;
}

function isPrefix(prefix: string): boolean {
  return /^[A-Za-z0-9:._-]{1,64}$/.test(prefix);
}

function isNameGlob(glob: string): boolean {
  return !glob.includes('/') && !glob.includes('\0');
}
