/** A Redis of the benchmark's own, on the servers' core. */
import { Redis } from 'ioredis';
import { findRedis, redisNotice } from '../redis.mjs';
import { RedisProcess } from '../redis-process.js';
import { onServerCore } from './processes.js';

export interface BenchRedis {
  readonly url: string;
  readonly client: Redis;
  /** Bytes that Redis says it uses. */
  memoryBytes(): Promise<number>;
  stop(): Promise<void>;
}

/** Null when there is no redis-server; then it says so. */
export async function startRedis(): Promise<BenchRedis | null> {
  if (findRedis().command === undefined) {
    console.log(`\nNOT MEASURED: all lines that need a Redis. ${redisNotice()}`);
    return null;
  }
  const server = await RedisProcess.startAs(onServerCore);
  const client = new Redis(server.url);
  client.on('error', () => undefined);
  return {
    url: server.url,
    client,
    async memoryBytes() {
      return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    },
    async stop() {
      client.disconnect();
      await server.close();
    },
  };
}
