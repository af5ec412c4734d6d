import { describe, expect, it } from 'vitest';
import { readConfig, VARIABLES } from '../../src/config/environment.js';
import { ConfigError } from '../../src/config/start-error.js';

const MIB = 1024 * 1024;

function prod(env: Record<string, string> = {}) {
  return readConfig(env, 'prod', '1.2.3');
}

function refusal(env: Record<string, string>): string {
  try {
    prod(env);
  } catch (error) {
    if (error instanceof ConfigError) return `${error.exitCode} ${error.message}`;
    throw error;
  }
  throw new Error(`${JSON.stringify(env)} was taken`);
}

describe('settings', () => {
  it('have the documented defaults in prod', () => {
    const config = prod({ WORKERS: '3' });
    expect(config).toMatchObject({
      mode: 'prod',
      version: '1.2.3',
      host: '127.0.0.1',
      port: 7770,
      workers: 3,
      cache: { memory: true, redis: false, bytesMax: 128 * MIB, ttlDefaultSeconds: 3600, warming: true },
      redis: { url: null, prefix: 'taskspace:', connections: 2 },
      bus: 'ipc',
      consistency: { mode: 'strict', stalenessMsMax: 1000 },
      retention: { trashDays: 7, keepRevisions: 0, keepDays: 0, feedBytesMax: 256 * MIB },
      limits: { jsonBytesMax: MIB, batchBytesMax: 16 * MIB, artifactBytesMax: 1024 * MIB },
      access: { auth: false, ratePerMinute: 0, hosts: [], corsOrigins: [], loopback: true },
      log: { level: 'info', format: 'json' },
      shutdownSeconds: 25,
    });
    expect(config.cache.ttlSeconds).toEqual({
      detail: 1800,
      dashboard: 300,
      list: 600,
      export: 3600,
      stats: 900,
      search: 1200,
    });
    expect(config.store).toBe('files');
    expect(config.dataDir).toBe(`${process.cwd()}/data`);
    expect(config.external.ignore).toContain('.*.sw?');
  });

  it('differ in dev: one worker, no cache, a log for people', () => {
    expect(readConfig({}, 'dev', '0')).toMatchObject({
      workers: 1,
      cache: { memory: false },
      log: { format: 'text' },
    });
  });

  it.each([
    ['ENABLE_MEMORY_CACHE', 'off', ['cache', 'memory'], false],
    ['ENABLE_MEMORY_CACHE', 'YES', ['cache', 'memory'], true],
    ['ENABLE_BACKGROUND_WARMING', '0', ['cache', 'warming'], false],
    ['PORT', '0', ['port'], 0],
    ['PORT', '', ['port'], 7770],
    ['CACHE_MAX_MB', '64', ['cache', 'bytesMax'], 64 * MIB],
    ['CACHE_TTL_LIST', '5', ['cache', 'ttlSeconds', 'list'], 5],
    ['CONSISTENCY', 'bounded', ['consistency', 'mode'], 'bounded'],
    ['TRASH_DAYS', '0', ['retention', 'trashDays'], 0],
    ['ALLOWED_HOSTS', 'a.example, b.example:81,', ['access', 'hosts'], ['a.example', 'b.example:81']],
    ['CORS_ORIGINS', 'https://app.example', ['access', 'corsOrigins'], ['https://app.example']],
    ['EXTERNAL_IGNORE', '*.bak', ['external', 'ignore'], ['*.bak']],
    ['LOG_LEVEL', 'debug', ['log', 'level'], 'debug'],
    ['REDIS_URL', 'rediss://h:1', ['bus'], 'redis'],
    ['BUS', 'redis', ['redis', 'url'], 'redis://127.0.0.1:6379'],
    ['ENABLE_REDIS_CACHE', 'on', ['redis', 'url'], 'redis://127.0.0.1:6379'],
    ['ENABLE_REDIS_CACHE', 'on', ['bus'], 'ipc'],
    ['HOST', '::1', ['access', 'loopback'], true],
    ['HOST', '127.8.8.8', ['access', 'loopback'], true],
    ['DATA_DIR', '/srv/x', ['dataDir'], '/srv/x'],
  ])('%s=%s is taken', (name, value, path, expected) => {
    const found = path.reduce<unknown>(
      (node, key) => (node as Record<string, unknown>)[key],
      prod({ [name]: value }),
    );
    expect(found).toEqual(expected);
  });

  it.each([
    ['PORT', 'x', 'a whole number from 0 to 65535'],
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number from 0 to 65535'],
    ['PORT', '7e3', 'a whole number from 0 to 65535'],
    ['WORKERS', '0', 'a whole number from 1 to 256'],
    ['ENABLE_MEMORY_CACHE', 'maybe', 'true, 1, yes, on or false, 0, no, off'],
    ['BUS', 'kafka', 'redis, ipc, none'],
    ['CONSISTENCY', 'eventual', 'strict, bounded'],
    ['LOG_LEVEL', 'loud', 'trace, debug, info'],
    ['HOST', 'a b', 'a host name or an IP address'],
    ['CORS_ORIGINS', 'app.example', 'origins like https://app.example'],
    ['CORS_ORIGINS', '*', 'origins like https://app.example'],
    ['EXTERNAL_IGNORE', 'a/b', 'globs of names'],
    ['SHUTDOWN_SECONDS', '1.5', 'a whole number from 0 to 3600'],
  ])('%s=%s is refused with the variable, the value and what is allowed', (name, value, allowed) => {
    const line = refusal({ [name]: value });
    expect(line).toContain(`78 ${name}=${JSON.stringify(value)} is not allowed. Allowed: `);
    expect(line).toContain(allowed);
    expect(line).not.toContain('\n');
  });

  it('never show a password in a refusal', () => {
    const line = refusal({ REDIS_URL: 'http://user:hunter2@h' });
    expect(line).toContain('REDIS_URL');
    expect(line).not.toContain('hunter2');
  });

  it('refuse an address that others reach, unless AUTH=off says that they may', () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.4', 'files.example']) {
      expect(refusal({ HOST: host })).toMatch(/^78 HOST=.*no tokens yet.*AUTH=off/);
      expect(refusal({ HOST: host, AUTH: 'on' })).toContain('no tokens yet');
      expect(prod({ HOST: host, AUTH: 'off' }).access).toMatchObject({ auth: false, loopback: false });
    }
  });

  it('refuse AUTH=on, which would lock everybody out while there are no tokens', () => {
    expect(refusal({ AUTH: 'on' })).toContain('AUTH=on needs tokens');
  });

  it('are frozen all the way down', () => {
    const config = prod();
    expect(Object.isFrozen(config.cache.ttlSeconds)).toBe(true);
    expect(() => Object.assign(config.limits, { jsonBytesMax: 1 })).toThrow(TypeError);
    expect(() => (config.access.hosts as string[]).push('x')).toThrow(TypeError);
  });

  it('read every variable that they list, and no other', () => {
    const asked = new Set<string>();
    const env = new Proxy({} as Record<string, string>, {
      get(_, name) {
        asked.add(String(name));
        return undefined;
      },
    });
    readConfig(env, 'prod', '0');
    expect([...asked].sort()).toEqual([...VARIABLES].sort());
  });
});
