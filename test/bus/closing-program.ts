/**
 * Opens the way to a Redis, the bus and a tier, uses all, closes all and must then end by itself. For tests.
 */
import { RedisBus } from '../../src/bus/redis-bus.js';
import { RedisLink } from '../../src/bus/redis-link.js';
import { RedisTier } from '../../src/cache/redis-tier.js';
import { silentLog } from '../kit/silent-log.js';

const [url = ''] = process.argv.slice(2);
const link = new RedisLink({ url, connections: 2, log: silentLog });
const bus = new RedisBus({ link, prefix: 'p:', storeId: 's' });
const tier = new RedisTier({ link, prefix: 'p:', storeId: 's', secret: Buffer.alloc(32) });
await bus.ready;
bus.publish({ type: 'drop', pattern: '*' });
await tier.set('k', { body: Buffer.from('x'), etag: null, ttlMs: 1_000 });
await tier.get('k');
await bus.close();
await tier.close();
await link.close();
console.log('closed');
