import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort, RedisProcess } from '../../scripts/redis-process.js';
import { IpcBus } from '../../src/bus/ipc-bus.js';
import { NoneBus } from '../../src/bus/none-bus.js';
import { RedisBus } from '../../src/bus/redis-bus.js';
import { RedisLink } from '../../src/bus/redis-link.js';
import { eventually } from '../kit/eventually.js';
import { IpcWire } from '../kit/ipc-wire.js';
import { silentLog } from '../kit/silent-log.js';
import { SlowProxy } from '../kit/slow-proxy.js';
import { describeWithRedis } from '../kit/with-redis.js';
import { busContract, type Heard, listenTo, published } from './bus.contract.js';

const CHANNEL = 'taskspace:v1:store:bus';
const PROGRAM = fileURLToPath(new URL('../bus/bus-program.ts', import.meta.url));

busContract('ipc', async () => {
  const wire = new IpcWire();
  const [near, far] = [new IpcBus(wire.channel()), new IpcBus(wire.channel())];
  return {
    near,
    far,
    inject: (value) => wire.carry(value, null),
    close: async () => void (await Promise.all([near.close(), far.close()])),
  };
});

describe('ipc bus', () => {
  it('tells of a gap once a message comes through after some were lost', async () => {
    const wire = new IpcWire();
    const [near, far] = [new IpcBus(wire.channel()), new IpcBus(wire.channel())];
    const heard = listenTo(far);
    near.publish(published('a'));
    await eventually(() => heard.messages.length === 1);
    wire.broken = true;
    near.publish(published('b'));
    await eventually(() => near.stats().published === 2);
    wire.broken = false;
    near.publish(published('c'));
    await eventually(() => heard.messages.length === 2);
    expect(heard).toMatchObject({ messages: [published('a'), published('c')], gaps: 1 });
  });
});

describe('none bus', () => {
  it('is ready, silent and off', async () => {
    const bus = new NoneBus();
    await bus.ready;
    const heard = listenTo(bus);
    bus.publish(published('a'));
    heard.leave();
    await bus.close();
    expect(heard).toMatchObject({ messages: [], gaps: 0 });
    expect(bus.stats()).toMatchObject({ state: 'off', published: 0 });
  });
});

describe('redis bus without a Redis', () => {
  it('is ready soon, says that it is down, and no call throws', async () => {
    const end = redisEnd(`redis://127.0.0.1:${await freePort()}`);
    await end.bus.ready;
    expect(end.bus.stats().state).toBe('down');
    for (let n = 0; n < 1_000; n++) end.bus.publish(published(`t${n}`));
    await eventually(() => end.bus.stats().published === 1_000);
    expect(end.bus.stats()).toMatchObject({ received: 0, gaps: 0 });
    await end.close();
  });
});

describeWithRedis('over a Redis', () => {
  let redis: RedisProcess;
  beforeAll(async () => {
    redis = await RedisProcess.start();
  });
  afterAll(() => redis.close());

  busContract('redis', async () => {
    const [near, far] = [redisEnd(redis.url), redisEnd(redis.url)];
    await eventually(() => near.link.state === 'ok' && far.link.state === 'ok');
    return {
      near: near.bus,
      far: far.bus,
      inject: async (value) => void (await redis.command('PUBLISH', CHANNEL, JSON.stringify(value))),
      close: async () => void (await Promise.all([near.close(), far.close()])),
    };
  });

  it('is subscribed when it says that it is ready, however long the way', async () => {
    const proxy = await SlowProxy.start(redis.port);
    proxy.delayMs = 100;
    const end = redisEnd(proxy.url, 'far away');
    await end.bus.ready;
    const [, count] = (await redis.command('PUBSUB', 'NUMSUB', 'taskspace:v1:far away:bus')) as [
      Buffer,
      number,
    ];
    expect(count).toBe(1);
    expect(end.bus.stats().gaps).toBe(0);
    await end.close();
    await proxy.close();
  });

  it('takes text that is not JSON, or too much of it, for no message', async () => {
    const end = redisEnd(redis.url);
    await end.bus.ready;
    await redis.command('PUBLISH', CHANNEL, 'not json');
    await redis.command('PUBLISH', CHANNEL, `"${'x'.repeat(2_000_000)}"`);
    await eventually(() => end.bus.stats().malformed === 2);
    await end.close();
  });

  it('hears nothing of another store or prefix', async () => {
    const [end, other] = [redisEnd(redis.url), redisEnd(redis.url, 'other')];
    await Promise.all([end.bus.ready, other.bus.ready]);
    const [heard, foreign] = [listenTo(end.bus), listenTo(other.bus)];
    await eventually(() => end.link.state === 'ok');
    const third = redisEnd(redis.url);
    await third.bus.ready;
    await eventually(() => third.link.state === 'ok');
    third.bus.publish(published('a'));
    await eventually(() => heard.messages.length === 1);
    expect(foreign.messages).toEqual([]);
    await Promise.all([end.close(), other.close(), third.close()]);
  });

  it('works over a cluster, where any server hears all messages', async () => {
    const cluster = await RedisProcess.start(
      '--cluster-enabled',
      'yes',
      '--cluster-announce-ip',
      '127.0.0.1',
    );
    await cluster.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    const url = `redis+cluster://127.0.0.1:${cluster.port}`;
    const [near, far] = [redisEnd(url), redisEnd(url)];
    await Promise.all([near.bus.ready, far.bus.ready]);
    await eventually(() => near.bus.stats().state === 'ok' && far.bus.stats().state === 'ok');
    const heard = listenTo(far.bus);
    near.bus.publish(published('a'));
    await eventually(() => heard.messages.length === 1);
    await Promise.all([near.close(), far.close()]);
    await cluster.close();
  });

  it('connects real processes', async () => {
    const end = redisEnd(redis.url);
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, redis.url, 'store'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await Promise.all([end.bus.ready, firstOutput(child)]);
      await eventually(() => end.link.state === 'ok');
      const heard = listenTo(end.bus);
      for (let n = 0; n < 200; n++) end.bus.publish(published(`question:${n}`));
      await eventually(() => heard.messages.length === 200);
      expect(heard.messages).toEqual(Array.from({ length: 200 }, (_, n) => published(`answer:${n}`)));
      expect(heard.gaps).toBe(0);
    } finally {
      child.stdin?.end();
      await once(child, 'exit');
    }
  });

  describe('in trouble', () => {
    let mortal: RedisProcess;
    let near: RedisEnd;
    let far: RedisEnd;
    let heard: Heard;
    beforeEach(async () => {
      mortal = await RedisProcess.start();
      near = redisEnd(mortal.url, 'store', 50);
      far = redisEnd(mortal.url, 'store', 50);
      await Promise.all([near.bus.ready, far.bus.ready]);
      await eventually(() => near.link.state === 'ok' && far.link.state === 'ok');
      heard = listenTo(far.bus);
    });
    afterEach(async () => {
      await Promise.all([near.close(), far.close()]);
      await mortal.close();
    });

    it('tells of a gap after its subscription was cut, and only once it hears again', async () => {
      let subscribers = -1;
      far.bus.subscribe({
        onMessage: () => undefined,
        onGap: async () => {
          const [, count] = (await mortal.command('PUBSUB', 'NUMSUB', CHANNEL)) as [Buffer, number];
          subscribers = count;
        },
      });
      await mortal.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await eventually(() => heard.gaps > 0 && subscribers >= 1);
      await eventually(() => {
        near.bus.publish(published('a'));
        return heard.messages.length > 0;
      });
      expect(far.bus.stats().state).toBe('ok');
    });

    it('is silent while Redis is dead, and comes back by itself with a gap', async () => {
      for (let death = 1; death <= 2; death++) {
        await mortal.kill();
        await eventually(() => far.bus.stats().state === 'down' && near.bus.stats().state === 'down');
        near.bus.publish(published('lost'));
        await mortal.restart();
        await eventually(() => far.bus.stats().state === 'ok' && near.bus.stats().state === 'ok');
        expect(heard.gaps).toBeGreaterThanOrEqual(death);
        near.bus.publish(published('a'));
        await eventually(() =>
          heard.messages.some((message) => message.type === 'told' && message.id === 'a'),
        );
        heard.messages.length = 0;
      }
    });

    it('notices a Redis that has stopped, holds nobody up, and comes back by itself', async () => {
      mortal.pause();
      await eventually(() => {
        for (let n = 0; n < 10; n++) near.bus.publish(published(`t${n}`));
        return far.bus.stats().state !== 'ok' && near.bus.stats().state === 'down';
      });
      mortal.resume();
      await eventually(() => far.bus.stats().state === 'ok' && near.bus.stats().state === 'ok', 20_000);
      expect(heard.gaps).toBeGreaterThanOrEqual(1);
      await eventually(() => {
        near.bus.publish(published('a'));
        return heard.messages.some((message) => message.type === 'told' && message.id === 'a');
      });
    });

    it('lets the others know of what it published and could not send, as soon as it can', async () => {
      const proxy = await SlowProxy.start(mortal.port);
      const sender = redisEnd(proxy.url);
      await eventually(() => sender.link.state === 'ok');
      sender.bus.publish(published('a'));
      await eventually(() => heard.messages.length === 1);
      proxy.refusing = true;
      proxy.cut();
      await eventually(() => sender.link.state === 'down');
      sender.bus.publish(published('lost'));
      await eventually(() => sender.bus.stats().published === 2);
      expect(heard.gaps).toBe(0);
      proxy.refusing = false;
      await eventually(() => heard.gaps === 1);
      expect(heard.messages).toEqual([published('a')]);
      await sender.close();
      await proxy.close();
    });
  });
});

interface RedisEnd {
  readonly link: RedisLink;
  readonly bus: RedisBus;
  close(): Promise<void>;
}

/** A message that is late is not lost here: whether it comes is the question. */
function redisEnd(url: string, storeId = 'store', budgetMs = 10_000): RedisEnd {
  const link = new RedisLink({ url, connections: 2, budgetMs, log: silentLog });
  const bus = new RedisBus({ link, prefix: 'taskspace:', storeId });
  return {
    link,
    bus,
    async close() {
      await bus.close();
      await link.close();
    },
  };
}

async function firstOutput(child: ChildProcess): Promise<void> {
  if (child.stdout) await once(child.stdout, 'data');
}
