import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort, RedisProcess } from '../../scripts/redis-process.js';
import { RedisLink } from '../../src/bus/redis-link.js';
import { MemoryTier } from '../../src/cache/memory-tier.js';
import { NoopTier } from '../../src/cache/noop-tier.js';
import { RedisTier } from '../../src/cache/redis-tier.js';
import type { Tier } from '../../src/cache/tier.js';
import { ChaosTier } from '../kit/chaos-tier.js';
import { eventually } from '../kit/eventually.js';
import { silentLog } from '../kit/silent-log.js';
import { SlowProxy } from '../kit/slow-proxy.js';
import { describeWithRedis } from '../kit/with-redis.js';
import { everyCall, type TierUnderTest, tierContract, value } from './tier.contract.js';

async function around(tier: Tier): Promise<TierUnderTest> {
  return { tier, close: () => tier.close() };
}

/** A Redis tier over a link of its own; `connected` once that is up. */
function redisTier(
  url: string,
  budgetMs = 50,
): TierUnderTest & { readonly link: RedisLink; readonly tier: RedisTier } {
  const link = new RedisLink({ url, connections: 2, budgetMs, log: silentLog });
  const tier = new RedisTier({ link, prefix: 'taskspace:', storeId: 'store', secret: Buffer.alloc(32) });
  return {
    link,
    tier,
    async close() {
      await tier.close();
      await link.close();
    },
  };
}

tierContract('memory', true, () => around(new MemoryTier({ bytesMax: 64 * 1024 * 1024 })));
tierContract('noop', false, () => around(new NoopTier()));
tierContract('chaotic, well', true, () =>
  around(new ChaosTier(new MemoryTier({ bytesMax: 64 * 1024 * 1024 }))),
);
tierContract('redis that is not there', false, async () =>
  redisTier(`redis://127.0.0.1:${await freePort()}`),
);

describeWithRedis('over a Redis', () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.close());
  beforeEach(() => redis.flushall());

  // What it keeps is not a matter of time.
  tierContract('redis', true, () => connected(redis.url, 10_000));

  describe('that is a cluster', () => {
    let cluster: RedisProcess;
    beforeAll(async () => {
      cluster = await RedisProcess.start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
      await cluster.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
      await eventually(async () => String(await cluster.command('CLUSTER', 'INFO')).includes('state:ok'));
    });
    afterAll(() => cluster.close());
    beforeEach(() => cluster.flushall());

    tierContract('redis', true, () => connected(`redis+cluster://127.0.0.1:${cluster.port}`, 10_000));
  });

  describe('that is slow', () => {
    let proxy: SlowProxy;
    beforeAll(async () => {
      proxy = await SlowProxy.start(redis.port);
    });
    afterAll(() => proxy.close());

    tierContract('redis', false, async () => {
      proxy.delayMs = 0;
      const made = await connected(proxy.url);
      proxy.delayMs = 500;
      return made;
    });
  });

  describe('that is killed', () => {
    tierContract('redis', false, async () => {
      const mortal = await RedisProcess.start();
      const made = await connected(mortal.url);
      await mortal.kill();
      return withProcess(made, mortal);
    });
  });

  describe('that is stopped', () => {
    tierContract('redis', false, async () => {
      const mortal = await RedisProcess.start();
      const made = await connected(mortal.url);
      mortal.pause();
      return withProcess(made, mortal);
    });
  });

  describe('that comes and goes', () => {
    let flapping: RedisProcess;
    let made: ReturnType<typeof redisTier>;
    beforeEach(async () => {
      flapping = await RedisProcess.start();
      made = await connected(flapping.url);
    });
    afterEach(async () => {
      await made.close();
      await flapping.close();
    });

    it('is used again by itself after each of its deaths, and no call is late or fails', async () => {
      for (let life = 0; life < 3; life++) {
        await usable(`${life}`);
        await flapping.kill();
        await everyCall(made.tier);
        await eventually(() => made.tier.health().status === 'down');
        await everyCall(made.tier);
        await flapping.restart();
        await eventually(async () => {
          await everyCall(made.tier);
          return made.tier.health().status === 'ok';
        });
      }
    });

    it('is not waited for again once the breaker has opened, and is used again after it woke', async () => {
      await usable('x', 'kept');
      flapping.pause();
      await Promise.all(Array.from({ length: 20 }, () => everyCall(made.tier)));
      expect(made.link.breakerState).not.toBe('closed');
      const startedAt = performance.now();
      for (let n = 0; n < 1000; n++) expect(await made.tier.get('kept')).toBeNull();
      expect(performance.now() - startedAt).toBeLessThan(1000 * 5);
      flapping.resume();
      await eventually(async () => (await made.tier.get('kept')) !== null);
    });

    it('forgets everything on FLUSHALL and goes on', async () => {
      await usable('x');
      await flapping.flushall();
      expect(await made.tier.get('k')).toBeNull();
      await usable('y');
    });

    async function usable(text: string, key = 'k'): Promise<void> {
      await eventually(async () => {
        await made.tier.set(key, value(text));
        return String((await made.tier.get(key))?.body) === text;
      });
    }
  });

  async function connected(url: string, budgetMs?: number): Promise<ReturnType<typeof redisTier>> {
    const made = redisTier(url, budgetMs);
    await eventually(() => made.link.state === 'ok');
    return made;
  }
});

function withProcess(made: TierUnderTest, redis: RedisProcess): TierUnderTest {
  return {
    tier: made.tier,
    async close() {
      await made.close();
      await redis.close();
    },
  };
}
