import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/environment.js';
import { ConfigError } from '../../src/config/start-error.js';

const read = (env: Record<string, string>) => readConfig(env, 'prod', '0');

describe('a setting that is spelt wrong', () => {
  it.each([
    ['CACHE_MAXMB', 'CACHE_MAX_MB'],
    ['DATADIR', 'DATA_DIR'],
    ['data_dir', 'DATA_DIR'],
    ['ALLOWED_HOST', 'ALLOWED_HOSTS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['SHUTDOWN_SECS', 'SHUTDOWN_SECONDS'],
    ['ENABLE_REDIS_CAHCE', 'ENABLE_REDIS_CACHE'],
    ['MAX_STALENESS', 'MAX_STALENESS_MS'],
  ])('is refused with what was meant: %s', (name, meant) => {
    expect(() => read({ [name]: '1' })).toThrow(ConfigError);
    expect(() => read({ [name]: '1' })).toThrow(`Did you mean ${meant}?`);
  });

  it('is none when it belongs to another program, is empty, or ours is set as well', () => {
    const foreign = ['HOSTNAME', 'PORTS', 'HOSTS', 'LOG_FILE', 'LOG_DIR', 'CACHE_DIR', 'REDIS_PASSWORD'];
    foreign.push('REDIS_PORT', 'NODE_ENV', 'TASKSPACE_PORT', 'DATABASE_URL', 'WORKER', 'npm_config_cache');
    expect(() => read(Object.fromEntries(foreign.map((name) => [name, 'x'])))).not.toThrow();
    expect(() => read({ CACHE_MAXMB: '' })).not.toThrow();
    expect(() => read({ REDIS_URI: 'redis://a', REDIS_URL: 'redis://127.0.0.1:1' })).not.toThrow();
  });
});

describe('a data folder that cannot be what was meant', () => {
  it.each(['~/data', '~', '~bob/data', '/srv/~/data'])('is refused: %s', (DATA_DIR) => {
    expect(() => read({ DATA_DIR })).toThrow('only a shell turns into a home folder');
  });

  it('is refused when SQLite could not open files in it, and taken when a name only has a ~ in it', () => {
    expect(() => read({ DATA_DIR: `/${'d'.repeat(200)}/${'e'.repeat(200)}/${'é'.repeat(40)}` })).toThrow(
      /bytes long/,
    );
    expect(read({ DATA_DIR: '/srv/old~' }).dataDir).toBe('/srv/old~');
  });
});

describe('the path below which a proxy shows the server', () => {
  it('is one of plain segments, with a slash at its end or without', () => {
    expect(read({}).basePath).toBe('');
    const bases = ['/', '/tasks', '/tasks/', '/a/b.c'].map((BASE_PATH) => read({ BASE_PATH }).basePath);
    expect(bases).toEqual(['', '/tasks', '/tasks', '/a/b.c']);
    for (const BASE_PATH of [
      'tasks',
      '//',
      '/a//b',
      '/a/../b',
      '/.',
      '/a b',
      '/a%20b',
      '/a?b',
      '/a#b',
      'http://x/a',
    ])
      expect(() => read({ BASE_PATH })).toThrow('BASE_PATH');
  });
});

describe('the mask of files', () => {
  it('is three octal digits that leave the owner his own', () => {
    expect(read({}).umask).toBe(0o077);
    expect([read({ UMASK: '027' }).umask, read({ UMASK: '0022' }).umask]).toEqual([0o027, 0o022]);
    for (const UMASK of ['27', '777', '0x1f', '088', '-1']) expect(() => read({ UMASK })).toThrow('UMASK');
  });
});
