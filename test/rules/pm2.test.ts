/** The entry for PM2, as PM2 reads it. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/environment.js';

interface Entry {
  readonly exec_mode: string;
  readonly instances: number;
  readonly treekill: boolean;
  readonly kill_timeout: number;
  readonly stop_exit_codes: readonly number[];
}

const { apps } = createRequire(import.meta.url)('../../ecosystem.config.cjs') as { apps: readonly Entry[] };

describe('the entry for PM2', () => {
  it('is one process, which forks its own workers and is signalled alone', () => {
    expect(apps).toHaveLength(1);
    expect(apps[0]).toMatchObject({ exec_mode: 'fork', instances: 1, treekill: false });
  });

  it('is given longer to stop than a drain takes', () => {
    const { shutdownSeconds } = readConfig({}, 'prod', '0.0.0');
    expect(apps[0]?.kill_timeout).toBeGreaterThan(shutdownSeconds * 1000);
  });

  it('starts again after SIGKILL, which PM2 takes for exit code 0, and not after wrong settings', () => {
    expect(apps[0]?.stop_exit_codes).toEqual([78]);
  });
});
