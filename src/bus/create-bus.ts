/**
 * The one place where the bus and the link to Redis are chosen: by configuration, once. The Redis client is
 * loaded only when it is wanted: loading takes a fifth of a worker's start.
 */
import type { Config } from '../config/config.js';
import type { Log } from '../platform/log.js';
import type { Bus } from './bus.js';
import { IpcBus, type IpcTransport } from './ipc-bus.js';
import { NoneBus } from './none-bus.js';
import type { RedisLink } from './redis-link.js';

export interface BusDeps {
  readonly storeId: string;
  /** Of `openRedisLink`. */
  readonly link: RedisLink | null;
  /** To the other processes of this server; null: there are none. */
  readonly ipc: IpcTransport | null;
}

/** The link to Redis that the bus and the tier share, or null when neither is wanted. Errors: ConfigError. */
export async function openRedisLink(
  { bus, cache, redis }: Pick<Config, 'bus' | 'cache' | 'redis'>,
  log: Log,
): Promise<RedisLink | null> {
  if (redis.url === null || (bus !== 'redis' && !cache.redis)) return null;
  const { RedisLink } = await import('./redis-link.js');
  return new RedisLink({ url: redis.url, connections: redis.connections, log });
}

export async function createBus(
  { bus, redis }: Pick<Config, 'bus' | 'redis'>,
  { storeId, link, ipc }: BusDeps,
): Promise<Bus> {
  if (bus === 'redis' && link) {
    const { RedisBus } = await import('./redis-bus.js');
    return new RedisBus({ link, prefix: redis.prefix, storeId });
  }
  if (bus === 'ipc' && ipc) return new IpcBus(ipc);
  return new NoneBus();
}
