import { describe, expect, it } from 'vitest';
import { readyLine, tellNotBuilt } from '../../src/cluster/ready-line.js';
import { readConfig } from '../../src/config/environment.js';

function line(env: Record<string, string>, taskspaces: number): string {
  return readyLine(readConfig({ WORKERS: '4', ...env }, 'prod', '1.2.3'), taskspaces);
}

function told(env: Record<string, string>): string[] {
  const messages: string[] = [];
  const note = (_: object, message: string) => {
    messages.push(message);
  };
  tellNotBuilt(readConfig(env, 'prod', '0'), { debug: note, info: note, warn: note, error: note });
  return messages;
}

describe('the ready line', () => {
  it('names version, URL, workers, cache, bus, data folder and who may come', () => {
    expect(line({}, 3)).toBe(
      'Taskspace 1.2.3 ready: http://127.0.0.1:7770 · 4 workers · cache l1 128 MiB · bus none · ' +
        'data ./data (3 taskspaces) · open to this machine (no token)',
    );
  });

  it('says what is off, and who else may come', () => {
    const env = { HOST: '::', AUTH: 'off', WORKERS: '1', ENABLE_MEMORY_CACHE: 'off', DATA_DIR: '/srv/t' };
    expect(line(env, 1)).toBe(
      'Taskspace 1.2.3 ready: http://[::]:7770 · 1 worker · cache off · bus none · ' +
        'data /srv/t (1 taskspace) · open to everybody who reaches it (AUTH=off)',
    );
  });
});

describe('settings that this version cannot follow', () => {
  it('are told in one line when they are asked for', () => {
    expect(told({})).toEqual([]);
    expect(told({ BUS: 'none' })).toEqual([]);
    expect(told({ REDIS_URL: 'redis://h', ENABLE_REDIS_CACHE: 'yes', CONSISTENCY: 'bounded' })).toEqual([
      'This version does not have ENABLE_REDIS_CACHE, BUS=redis, CONSISTENCY=bounded yet: ' +
        'it runs strict, without Redis and bus',
    ]);
  });
});
