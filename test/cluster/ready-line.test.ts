import { describe, expect, it } from 'vitest';
import { readyLine } from '../../src/cluster/ready-line.js';
import { readConfig } from '../../src/config/environment.js';

function line(env: Record<string, string>, taskspaces: number, mode: 'prod' | 'dev' = 'prod'): string {
  return readyLine(readConfig({ WORKERS: '4', ...env }, mode, '1.2.3'), taskspaces);
}

describe('the ready line', () => {
  it('names version, URL, workers, cache, bus, data folder and who may come', () => {
    expect(line({}, 3)).toBe(
      'Taskspace 1.2.3 ready: http://127.0.0.1:7770 · 4 workers · cache l1 128 MiB · bus ipc · ' +
        'data ./data (3 folders) · open to this machine (no token)',
    );
  });

  it('says what is off, and who else may come', () => {
    const off = { WORKERS: '1', ENABLE_MEMORY_CACHE: 'off', BUS: 'none' };
    expect(line({ HOST: '::', AUTH: 'off', DATA_DIR: '/srv/t', ...off }, 1)).toBe(
      'Taskspace 1.2.3 ready: http://[::]:7770 · 1 worker · cache off · bus none · ' +
        'data /srv/t (1 folder) · open to everybody who reaches it (AUTH=off)',
    );
  });

  it('says what Redis is used for, and how stale a read may be', () => {
    const env = {
      ENABLE_REDIS_CACHE: 'yes',
      REDIS_URL: 'redis://cache',
      CONSISTENCY: 'bounded',
      MAX_STALENESS_MS: '200',
    };
    expect(line(env, 0)).toContain('cache l1 128 MiB + l2 redis · stale for at most 200 ms · bus redis');
  });

  it('says where everything is lost at exit', () => {
    expect(line({ STORE: 'memory' }, 0, 'dev')).toContain(' · data in memory, all of it lost at exit · ');
  });

  it('claims no bus for a process that is alone', () => {
    expect(line({}, 0, 'dev')).toContain('cache off · bus none');
  });
});
