/** The one place where the bus and the way to Redis are chosen: by configuration, once. */
import type { Config } from '../config/config.js';
import type { Log } from '../observe/log.js';
import type { Bus } from './bus.js';
import { IpcBus, type IpcChannel } from './ipc-bus.js';
import { NoneBus } from './none-bus.js';
import { RedisBus } from './redis-bus.js';
import { RedisLink } from './redis-link.js';

export interface BusDeps {
  readonly storeId: string;
  /** Of `openRedisLink`. */
  readonly link: RedisLink | null;
  /** To the other processes of this server; null: there are none. */
  readonly ipc: IpcChannel | null;
}

/** The way to Redis that the bus and the tier share, or null when neither is wanted. Errors: ConfigError. */
export function openRedisLink(
  { bus, cache, redis }: Pick<Config, 'bus' | 'cache' | 'redis'>,
  log: Log,
): RedisLink | null {
  if (redis.url === null || (bus !== 'redis' && !cache.redis)) return null;
  return new RedisLink({ url: redis.url, connections: redis.connections, log });
}

export function createBus(
  { bus, redis }: Pick<Config, 'bus' | 'redis'>,
  { storeId, link, ipc }: BusDeps,
): Bus {
  if (bus === 'redis' && link) return new RedisBus({ link, prefix: redis.prefix, storeId });
  if (bus === 'ipc' && ipc) return new IpcBus(ipc);
  return new NoneBus();
}
