/** The one place where the tiers are chosen: by configuration, once. */
import type { RedisLink } from '../bus/redis-link.js';
import type { Config } from '../config/config.js';
import { MemoryTier } from './memory-tier.js';
import { NoopTier } from './noop-tier.js';
import type { RedisTier } from './redis-tier.js';
import type { Tier } from './tier.js';

export interface Tiers {
  readonly l1: MemoryTier | null;
  readonly l2: RedisTier | null;
  /** The nearest existing tier, for callers that need no more: L1, else L2, else one that keeps nothing. */
  readonly nearest: Tier;
  close(): Promise<void>;
}

export interface TiersDeps {
  /** Shared with the bus, which closes it; null: no Redis is configured. */
  readonly link: RedisLink | null;
  /** The random id of the store: two stores in one Redis never meet. */
  readonly storeId: string;
  /** The store's secret; requested only when there is a Redis. */
  secret(): Buffer;
  /** L1's bound for derived results, in bytes; the rest of `CACHE_MAX_MB` is for folded states. */
  readonly l1BytesMax: number;
}

export async function createTiers(
  { cache, redis }: Pick<Config, 'cache' | 'redis'>,
  { link, storeId, secret, l1BytesMax }: TiersDeps,
): Promise<Tiers> {
  const l1 = cache.memory && l1BytesMax > 0 ? new MemoryTier({ bytesMax: l1BytesMax }) : null;
  const l2 = cache.redis && link ? await redisTier(link) : null;
  const nearest = l1 ?? l2 ?? new NoopTier();
  return {
    l1,
    l2,
    nearest,
    async close() {
      await Promise.all([l1?.close(), l2?.close()]);
    },
  };

  async function redisTier(theLink: RedisLink): Promise<RedisTier> {
    const loaded = await import('./redis-tier.js');
    return new loaded.RedisTier({ link: theLink, prefix: redis.prefix, storeId, secret: secret() });
  }
}
