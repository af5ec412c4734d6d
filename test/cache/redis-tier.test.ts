import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisProcess } from '../../scripts/redis-process.js';
import { RedisLink } from '../../src/bus/redis-link.js';
import { RedisTier } from '../../src/cache/redis-tier.js';
import { encodeValue } from '../../src/cache/stored-value.js';
import { ValueMac } from '../../src/cache/value-mac.js';
import { value } from '../contract/tier.contract.js';
import { eventually } from '../kit/eventually.js';
import { silentLog } from '../kit/silent-log.js';
import { describeWithRedis } from '../kit/with-redis.js';

const SECRET = Buffer.alloc(32, 7);
const OTHER_SECRET = Buffer.alloc(32, 8);

describeWithRedis('the Redis tier', () => {
  let redis: RedisProcess;
  let link: RedisLink;
  let tier: RedisTier;
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.close());
  beforeEach(async () => {
    await redis.flushall();
    link = new RedisLink({ url: redis.url, connections: 2, budgetMs: 10_000, log: silentLog });
    tier = new RedisTier({ link, prefix: 'a*[b]:', storeId: 's1', secret: SECRET });
    await eventually(() => link.state === 'ok');
  });
  afterEach(() => link.close());

  async function names(): Promise<string[]> {
    return ((await redis.command('KEYS', '*')) as Buffer[]).map(String).sort();
  }

  it('gives every key its prefix, its store and an end', async () => {
    await tier.set('detail:x:1', value('x'));
    await tier.set('k'.repeat(10_000), value('x'));
    const kept = await names();
    expect(kept).toHaveLength(1);
    expect(kept[0]).toBe('a*[b]:v1:s1:c:detail:x:1');
    await tier.set('k'.repeat(8_000), value('x'));
    for (const name of await names()) {
      expect(name.startsWith('a*[b]:v1:s1:c:')).toBe(true);
      expect(name.length).toBeLessThan(300);
      expect(await redis.command('PTTL', name)).toBeGreaterThan(0);
    }
  });

  it('neither sees nor touches what other stores, prefixes and programs keep', async () => {
    const others = ['detail:x:1', 'aX[b]:v1:s1:c:detail:x:1', 'a*[b]:v1:s2:c:detail:x:1', 'a*b:v1:s1:c:k'];
    for (const name of others) await redis.command('SET', name, 'theirs');
    const neighbour = new RedisTier({ link, prefix: 'a*[b]:', storeId: 's2', secret: SECRET });
    await neighbour.set('detail:y:1', value('theirs'));
    await tier.set('detail:x:1', value('ours'));
    expect((await tier.keys('*', 100)).map(({ key }) => key)).toEqual(['detail:x:1']);
    expect(await tier.deleteMatching('*')).toBe(1);
    expect(await names()).toHaveLength(others.length + 1);
    expect(String((await neighbour.get('detail:y:1'))?.body)).toBe('theirs');
  });

  describe('refuses and removes', () => {
    const NAME = 'a*[b]:v1:s1:c:k';

    async function plant(bytes: Buffer | string, ...ttl: (string | number)[]): Promise<void> {
      await redis.command('SET', NAME, bytes, ...ttl);
      expect(await tier.get('k')).toBeNull();
      expect(tier.refusals).toBe(1);
      await eventually(async () => (await redis.command('EXISTS', NAME)) === 0);
    }

    it('a foreign value', () => plant('{"not":"ours"}', 'PX', 60_000));
    it('an empty value', () => plant('', 'PX', 60_000));

    it('one bit that is not as it was', async () => {
      await tier.set('k', value('x'.repeat(5_000)));
      const bytes = (await redis.command('GET', NAME)) as Buffer;
      const last = bytes.length - 1;
      bytes[last] = (bytes[last] ?? 0) ^ 1;
      await plant(bytes, 'PX', 60_000);
    });

    it('a value cut short', async () => {
      await tier.set('k', value('some text'));
      await plant(((await redis.command('GET', NAME)) as Buffer).subarray(0, -1), 'PX', 60_000);
    });

    it('what somebody made who knows the format but not the secret of the store', async () => {
      const lie = { body: Buffer.from('a lie'), etag: '"1"', lifeMs: 60_000 };
      const made = await encodeValue(new ValueMac(OTHER_SECRET), 'k', false, lie);
      await plant(made ?? '', 'PX', 60_000);
    });

    it('a value as versions before had it, with its right checksum', async () => {
      const [key, body] = ['k', Buffer.from('a lie')];
      const old = Buffer.alloc(20);
      old[0] = 0xc1;
      old.writeUIntBE(60_000, 6, 6);
      old.writeUInt32BE(body.length, 12);
      const whole = Buffer.concat([old, body]);
      whole.writeUInt32BE(crc32(whole.subarray(6), crc32(key, 0)), 2);
      await plant(whole, 'PX', 60_000);
    });

    it('every single bit that is not as it was', async () => {
      await tier.set('k', value('some text'));
      const good = (await redis.command('GET', NAME)) as Buffer;
      for (let bit = 0; bit < good.length * 8; bit += 5) {
        const bytes = Buffer.from(good);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await redis.command('SET', NAME, bytes, 'PX', 60_000);
        expect([bit, await tier.get('k')]).toEqual([bit, null]);
      }
    });

    it('a good value of the same name in another store', async () => {
      const other = new RedisTier({ link, prefix: 'a*[b]:', storeId: 's2', secret: OTHER_SECRET });
      await other.set('k', value('theirs'));
      await plant((await redis.command('GET', NAME.replace('s1', 's2'))) as Buffer, 'PX', 60_000);
      expect(String((await other.get('k'))?.body)).toBe('theirs');
    });

    it('a good value of another key', async () => {
      await tier.set('k@old', value('old'));
      await redis.command('COPY', `${NAME}@old`, NAME);
      expect(await tier.get('k')).toBeNull();
      expect(tier.refusals).toBe(1);
      expect(String((await tier.get('k@old'))?.body)).toBe('old');
    });

    it('a good value without an end', async () => {
      await tier.set('k', value('x'));
      await redis.command('PERSIST', NAME);
      expect(await tier.get('k')).toBeNull();
      await eventually(async () => (await redis.command('EXISTS', NAME)) === 0);
    });
  });

  it('treats a key of another type as a miss without opening the breaker', async () => {
    await redis.command('LPUSH', 'a*[b]:v1:s1:c:k', 'x');
    for (let n = 0; n < 50; n++) expect(await tier.get('k')).toBeNull();
    expect(link.breakerState).toBe('closed');
  });

  it('lists, counts and drops its own among keys of another type', async () => {
    const long = 'k'.repeat(500);
    await Promise.all([tier.set('detail:x:1', value('x')), tier.set(long, value('x'))]);
    await redis.command('LPUSH', 'a*[b]:v1:s1:c:detail:x:2', 'x');
    await redis.command('HSET', `a*[b]:v1:s1:c:${'h'.repeat(64)}#${'0'.repeat(64)}`, 'f', 'x');
    expect((await tier.keys('*', 10)).map(({ key }) => key).sort()).toEqual(['detail:x:1', long]);
    await tier.measure();
    expect(tier.stats().entries).toBe(2);
    expect(await tier.deleteMatching('k*')).toBe(1);
    expect(link.breakerState).toBe('closed');
  });

  it.each([
    ['may not be read', ['ACL', 'SETUSER', 'default', '-@read'], ['ACL', 'SETUSER', 'default', '+@all']],
    ['may not be written', ['ACL', 'SETUSER', 'default', '-@write'], ['ACL', 'SETUSER', 'default', '+@all']],
    ['is a replica that has lost its master', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ])(
    'misses, forgets nothing of its calls, and comes back when Redis %s for a while',
    async (_, away, back) => {
      await redis.command(...(away as [string]));
      for (let n = 0; n < 20; n++) {
        await tier.set(`new:${n}`, value('x'));
        await tier.get(`new:${n}`);
        await tier.keys('*', 10);
        await tier.delete(`new:${n}`);
        await tier.measure();
      }
      expect(link.breakerState).toBe('closed');
      await redis.command(...(back as [string]));
      await eventually(async () => {
        await tier.set('k', value('x'));
        return (await tier.get('k')) !== null;
      });
    },
  );

  it('tells the life that is left, not the one that was given', async () => {
    await tier.set('k', { ...value('x'), ttlMs: 60_000 });
    await redis.command('PEXPIRE', 'a*[b]:v1:s1:c:k', 5_000);
    expect((await tier.get('k'))?.ttlMs).toBeLessThanOrEqual(5_000);
    const [key] = await tier.keys('k', 1);
    expect(key?.ageMs).toBeGreaterThanOrEqual(55_000);
  });

  it('packs what shrinks, and nothing else', async () => {
    const text = Buffer.from('the same words again and again, '.repeat(1_000));
    await tier.set('text', { ...value(''), body: text });
    await tier.set('small', value('small'.repeat(10)));
    expect(await redis.command('STRLEN', 'a*[b]:v1:s1:c:text')).toBeLessThan(text.length / 10);
    expect(await redis.command('STRLEN', 'a*[b]:v1:s1:c:small')).toBe(32 + 50);
    expect((await tier.get('text'))?.body.equals(text)).toBe(true);
  });

  it('counts its entries and bytes when it is told to', async () => {
    for (let n = 0; n < 300; n++) await tier.set(`k:${n}`, value('0123456789'));
    await redis.command('SET', 'foreign', 'x'.repeat(1000));
    expect(tier.stats()).toMatchObject({ entries: 0, bytes: 0 });
    await Promise.all([tier.measure(), tier.measure()]);
    expect(tier.stats()).toMatchObject({ entries: 300, bytes: 300 * 42, maxBytes: 0 });
  });

  it('begins no more calls than can be answered in time, and forgets the rest', async () => {
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => tier.set(`burst:${n}`, value('x'))));
    expect(link.refusals).toBe(2_000 - 256);
    await eventually(async () => {
      await tier.set('k', value('x'));
      return (await tier.get('k')) !== null;
    });
  });

  it('misses in time when Redis is full', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory', 1);
    await tier.set('k', value('x'));
    expect(await tier.get('k')).toBeNull();
    expect(link.breakerState).toBe('closed');
    await redis.command('CONFIG', 'SET', 'maxmemory', 0);
    await tier.set('k', value('x'));
    expect(await tier.get('k')).not.toBeNull();
  });
});
