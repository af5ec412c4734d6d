import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { RedisProcess } from '../../scripts/redis-process.js';
import { describeWithRedis } from './with-redis.js';

describeWithRedis('a Redis of a test', () => {
  let redis: RedisProcess | undefined;
  afterEach(() => redis?.close());

  it('answers, forgets on flushall, and is empty after a restart on the same port', async () => {
    redis = await RedisProcess.start();
    const { port } = redis;
    await redis.command('SET', 'a', '1');
    expect(String(await redis.command('GET', 'a'))).toBe('1');
    await redis.flushall();
    expect(await redis.command('GET', 'a')).toBeNull();
    await redis.command('SET', 'a', '1');
    await redis.restart();
    expect(redis.port).toBe(port);
    expect(await redis.command('GET', 'a')).toBeNull();
  });

  it('answers nothing while it is stopped, and the kept question afterwards', async () => {
    redis = await RedisProcess.start();
    const client = new Redis({ port: redis.port });
    await client.ping();
    redis.pause();
    let answered = false;
    const answer = client.ping().then(() => {
      answered = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    redis.resume();
    await answer;
    client.disconnect();
  });

  it('takes no connection once it is killed', async () => {
    redis = await RedisProcess.start();
    await redis.kill();
    await expect(redis.command('PING')).rejects.toThrow();
  });
});
