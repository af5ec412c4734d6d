import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort, RedisProcess } from '../../scripts/redis-process.js';
import { describeWithRedis } from '../kit/with-redis.js';

const PROGRAM = fileURLToPath(new URL('closing-program.ts', import.meta.url));

/**
 * Resolves with what it printed once it has ended; a process that does not end is killed, and that is seen.
 */
async function run(url: string): Promise<{ text: string; code: number | null }> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return { text, code };
}

describeWithRedis('a process that has closed its bus, tier and link', () => {
  let redis: RedisProcess;
  beforeEach(async () => {
    redis = await RedisProcess.start();
  });
  afterEach(() => redis.close());

  it('ends by itself', async () => {
    expect(await run(redis.url)).toEqual({ text: 'closed\n', code: 0 });
  });

  it('ends by itself when Redis has stopped', async () => {
    redis.pause();
    expect(await run(redis.url)).toEqual({ text: 'closed\n', code: 0 });
  });

  it('ends by itself when there is no Redis', async () => {
    expect(await run(`redis://127.0.0.1:${await freePort()}`)).toEqual({ text: 'closed\n', code: 0 });
  });
});
