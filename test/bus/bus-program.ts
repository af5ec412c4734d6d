/**
 * Another process on the bus: answers each publication about `question:<n>` with one about `answer:<n>`. For
 * tests.
 */
import { RedisBus } from '../../src/bus/redis-bus.js';
import { RedisLink } from '../../src/bus/redis-link.js';
import { silentLog } from '../kit/silent-log.js';

const [url = '', storeId = ''] = process.argv.slice(2);
const link = new RedisLink({ url, connections: 1, log: silentLog });
const bus = new RedisBus({ link, prefix: 'taskspace:', storeId });
bus.subscribe({
  onMessage(message) {
    if (message.type === 'told' && message.id.startsWith('question:')) {
      bus.publish({ ...message, id: message.id.replace('question', 'answer') });
    }
  },
  onGap: () => undefined,
});
await bus.ready;
console.log('ready');
process.stdin.resume().on('end', () => process.exit(0));
