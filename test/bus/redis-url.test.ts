import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from '../../src/bus/redis-url.js';
import { ConfigError } from '../../src/config/start-error.js';

describe('REDIS_URL', () => {
  it.each([
    ['redis://127.0.0.1:6380', { host: '127.0.0.1', port: 6380, db: 0 }],
    ['redis://cache', { host: 'cache', port: 6379, db: 0 }],
    ['redis://cache/', { host: 'cache', port: 6379, db: 0 }],
    ['redis://[::1]:7000/3', { host: '::1', port: 7000, db: 3 }],
    ['redis://:p%40ss@cache', { password: 'p@ss', host: 'cache', port: 6379, db: 0 }],
    [
      'rediss://me:word@cache',
      { username: 'me', password: 'word', tls: {}, host: 'cache', port: 6379, db: 0 },
    ],
    [
      'redis+sentinel://:word@one,two:2000/main/1',
      {
        password: 'word',
        sentinels: [
          { host: 'one', port: 26_379 },
          { host: 'two', port: 2000 },
        ],
        name: 'main',
        db: 1,
      },
    ],
  ])('%s is one data server', (url, way) => {
    expect(parseRedisUrl(url)).toMatchObject({ way, nodes: [] });
    expect(parseRedisUrl(url).way).toEqual(way);
  });

  it('names the nodes of a cluster', () => {
    expect(parseRedisUrl('redis+cluster://one,two:7001').nodes).toEqual([
      { host: 'one', port: 6379 },
      { host: 'two', port: 7001 },
    ]);
  });

  it.each([
    'http://cache',
    'redis://one,two',
    'redis://cache:0',
    'redis://cache:70000',
    'redis://cache/zero',
    'redis://secret@cache',
    'redis://:%zz@cache',
    'redis://cache?db=1',
    'redis+sentinel://one,two',
    'redis+cluster://one/0',
  ])('%s is refused', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(ConfigError);
  });

  it('is never shown with its password, neither refused nor taken', () => {
    expect(() => parseRedisUrl('redis://me:secret@one,two')).toThrow(expect.not.stringContaining('secret'));
    expect(parseRedisUrl('redis://me:secret@one').shown).toBe('redis://one');
  });
});
