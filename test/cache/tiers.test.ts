import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../scripts/redis-process.js';
import type { Bus } from '../../src/bus/bus.js';
import { createBus, openRedisLink } from '../../src/bus/create-bus.js';
import type { RedisLink } from '../../src/bus/redis-link.js';
import { createTiers } from '../../src/cache/tiers.js';
import { readConfig } from '../../src/config/environment.js';
import { IpcWire } from '../kit/ipc-wire.js';
import { silentLog } from '../kit/silent-log.js';

interface Chosen {
  readonly link: RedisLink | null;
  readonly bus: Bus;
  readonly tiers: Awaited<ReturnType<typeof createTiers>>;
}

describe('what the settings choose', () => {
  let chosen: Chosen | undefined;
  afterEach(async () => {
    await chosen?.bus.close();
    await chosen?.tiers.close();
    await chosen?.link?.close();
  });

  async function choose(environment: Record<string, string>, mode: 'prod' | 'dev' = 'prod'): Promise<string> {
    const config = readConfig({ DATA_DIR: 'data', ...environment }, mode, '0');
    const link = await openRedisLink(config, silentLog);
    const bus = await createBus(config, { storeId: 's', link, ipc: new IpcWire().channel() });
    const tiers = await createTiers(config, {
      ...{ storeId: 's', secret: () => Buffer.alloc(32), link, l1BytesMax: 1_000_000 },
    });
    chosen = { link, bus, tiers };
    return [
      bus.kind,
      tiers.l1?.kind ?? '-',
      tiers.l2?.kind ?? '-',
      tiers.nearest.kind,
      link ? 'link' : '-',
    ].join(' ');
  }

  async function nowhere(): Promise<string> {
    return `redis://127.0.0.1:${await freePort()}`;
  }

  it('is memory and the primary by default', async () => {
    expect(await choose({})).toBe('ipc memory - memory -');
  });

  it('is no cache at all in development', async () => {
    expect(await choose({}, 'dev')).toBe('ipc - - noop -');
  });

  it('is a bus over Redis, and no second tier, when there is only a URL', async () => {
    expect(await choose({ REDIS_URL: await nowhere() })).toBe('redis memory - memory link');
  });

  it('is both tiers when Redis is switched on', async () => {
    expect(await choose({ REDIS_URL: await nowhere(), ENABLE_REDIS_CACHE: 'true', BUS: 'ipc' })).toBe(
      'ipc memory redis memory link',
    );
  });

  it('is Redis alone when memory is switched off', async () => {
    const environment = {
      REDIS_URL: await nowhere(),
      ENABLE_REDIS_CACHE: 'true',
      ENABLE_MEMORY_CACHE: 'false',
    };
    expect(await choose({ ...environment, BUS: 'none' })).toBe('none - redis redis link');
  });

  it('never opens a way to Redis that nobody needs', async () => {
    expect(await choose({ REDIS_URL: await nowhere(), BUS: 'none' })).toBe('none memory - memory -');
  });
});
