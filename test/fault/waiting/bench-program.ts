/**
 * What waiting costs. An idle server with 1,000 waiting readers and 200 event streams, and its CPU, over all
 * its processes. One post that wakes 5,000 readers of one taskspace. One reader more than a worker takes. A
 * stream that is not read.
 *
 * Readers and streams run in this process, on the same cores: where its own loop was late, that is in the
 * figures, and shown. Started by `npm run bench -- waiting`, which takes the lines as a message.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Line } from '../../../scripts/bench/lines.js';
import { percentiles } from '../../consistency/percentiles.js';
import { Cluster } from '../../kit/cluster.js';
import { eventually } from '../../kit/eventually.js';
import type { Connection } from '../../kit/http-connection.js';
import { api, demand } from '../../kit/recorder.js';
import { seeded } from '../../kit/seed.js';
import { Crowd } from './crowd.js';
import { EventStream } from './event-stream.js';
import { Meter, ms } from './figures.js';
import { MessageReader } from './message-reader.js';

const READERS = 1000;
const IDLE_FORM = {
  taskspaces: 50,
  readersEach: READERS / 50,
  taskspaceStreams: 160,
  serverStreams: 40,
  messagesEach: 20,
  perSecond: 150,
};
/**
 * V8 goes on compiling and collecting for minutes after a load: half of what a server costs in its first idle
 * minute.
 */
const COOLING_MS = 150_000;
const IDLE_MS = 30_000;
const IDLE_PERCENT_MAX = 2;

const CROWD = 5000;
/** src/http/wait.ts. */
const WAITS_MAX = 10_000;
const WAIT_SECONDS = 30;
/** A listener's backlog has an end. */
const OPENED_AT_ONCE = 100;

const WRITERS = 16;
/**
 * Their path is in each event: the kernel's buffers, 4 MiB for a sender, and the bound of 1 MiB are full the
 * sooner.
 */
const LONG_PATH = Array.from({ length: 4 }, () => 'x'.repeat(250)).join('/');
const PATCHES = 5000;

const lines = [await idle(), await crowd(), await oneTooMany(), await unreadStream()].flat();
process.send?.(lines, () => process.disconnect());

async function idle(): Promise<Line[]> {
  return served(4, async (cluster) => {
    const waiting = await Crowd.open(cluster, IDLE_FORM, seeded('the load before the idling'));
    await waiting.post();
    await waiting.settle();
    await delay(COOLING_MS);
    const meter = new Meter(cluster.pid);
    await delay(IDLE_MS);
    const percent = meter.serverPercent();
    waiting.close();
    return [
      {
        name: `idle with ${READERS} waiting readers, 200 streams`,
        ours: `${percent.toFixed(2)} % of a core`,
        claim: `< ${IDLE_PERCENT_MAX} %`,
        failed: Number(percent >= IDLE_PERCENT_MAX),
      },
    ];
  });
}

async function crowd(): Promise<Line[]> {
  return served(4, async (cluster, connection) => {
    const readers = await waiters(cluster, CROWD);
    const probe = probing(await cluster.pinned());
    const meter = new Meter(cluster.pid);
    const answered = await postTo(connection, readers);
    const heldMs = await probe.stop();
    console.log(meter.shown());
    return [
      {
        name: `one post wakes ${CROWD} on one taskspace: p50 / last`,
        ours: `${ms(answered.p50)} / ${ms(answered.max)}`,
        failed: answered.wrong,
      },
      { name: 'the longest that another request took meanwhile', ours: ms(heldMs), failed: 0 },
    ];
  });
}

async function oneTooMany(): Promise<Line[]> {
  return served(1, async (cluster, connection) => {
    const readers = await waiters(cluster, WAITS_MAX);
    const { status, body } = await connection.ask('GET', api('log', `/messages?wait=${WAIT_SECONDS}`));
    const refused = status === 503 && body.includes('"overloaded"');
    const answered = await postTo(connection, readers);
    demand(await connection.ask('GET', api('log', `/messages?wait=1&after=1`)), 200);
    return [
      {
        name: `waiter ${WAITS_MAX + 1} of a worker`,
        ours: String(status),
        claim: '503',
        failed: Number(!refused),
      },
      {
        name: `one post wakes ${WAITS_MAX} on one worker: p50 / last`,
        ours: `${ms(answered.p50)} / ${ms(answered.max)}`,
        failed: answered.wrong,
      },
    ];
  });
}

async function unreadStream(): Promise<Line[]> {
  return served(2, async (cluster, connection) => {
    const file = api('log', `/artifacts/${LONG_PATH}`);
    demand(await connection.ask('PUT', file, { body: Buffer.from('x') }), 201);
    const stream = new EventStream({ port: cluster.port, id: 'log', since: '2' });
    stream.open();
    await eventually(() => {
      if (stream.worker === 0) throw new Error('The stream has not begun');
    });
    stream.stopReading();
    let next = 0;
    const patch = async (writer: Connection): Promise<void> => {
      for (let n = next++; n < PATCHES; n = next++)
        demand(await writer.ask('PATCH', file, { body: { metadata: { n } } }), 200);
    };
    await Promise.all(Array.from({ length: WRITERS }, async () => patch(await cluster.connect())));
    stream.readOn();
    await eventually(() => {
      if (stream.seen.length < PATCHES) throw new Error(`Only ${stream.seen.length} events have come`);
    });
    stream.close();
    const wrong = stream.seen.filter(({ number }, i) => number !== i + 3).length + stream.resets;
    return [
      {
        name: `a stream unread during ${PATCHES} events of 1.2 kB: cut, then events missing`,
        ours: `${stream.ends.broken}×, ${wrong}`,
        claim: '1×, 0',
        failed: Number(stream.ends.broken !== 1 || wrong > 0),
      },
    ];
  });
}

/** Over an own data folder with the taskspace `log` in it. */
async function served(
  workers: number,
  measure: (cluster: Cluster, connection: Connection) => Promise<Line[]>,
): Promise<Line[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'taskspace-bench-'));
  const cluster = await Cluster.start({ dataDir, workers });
  try {
    const connection = await cluster.connect();
    demand(await connection.ask('PUT', api('log'), { body: {} }), 201);
    return await measure(cluster, connection);
  } finally {
    await cluster.end();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Readers of `log`, all of which wait: a request that comes later is answered after theirs were taken. */
async function waiters(cluster: Cluster, count: number): Promise<MessageReader[]> {
  const readers = Array.from(
    { length: count },
    () => new MessageReader({ port: cluster.port, id: 'log', waitSeconds: WAIT_SECONDS }),
  );
  for (let n = 0; n < count; n += OPENED_AT_ONCE) {
    for (const reader of readers.slice(n, n + OPENED_AT_ONCE)) reader.open();
    const connection = await cluster.connect();
    demand(await connection.ask('GET', '/health'), 200);
    connection.close();
  }
  for (const connection of await cluster.pinned()) {
    demand(await connection.ask('GET', '/health'), 200);
    connection.close();
  }
  return readers;
}

/**
 * Milliseconds from the answer to one post to its arrival at the readers; `wrong`: how many have not got it,
 * or not it alone.
 */
async function postTo(
  connection: Connection,
  readers: readonly MessageReader[],
): Promise<{ p50: number; max: number; wrong: number }> {
  const { end } = demand(
    await connection.ask('POST', api('log', '/messages'), { body: { content: 'now' } }),
    201,
  );
  await eventually(() => {
    if (readers.some(({ seen }) => seen.length === 0)) throw new Error('Some still wait');
  });
  const wrong = readers.filter(({ seen }) => seen.length !== 1 || seen[0]?.value !== 'now').length;
  for (const reader of readers) reader.close();
  return { ...percentiles(readers.map(({ seen }) => (seen[0]?.at ?? 0) - end)), wrong };
}

/** Asks each worker for its health, again and again. `stop` gives the longest that one took, in ms. */
function probing(connections: readonly Connection[]): { stop(): Promise<number> } {
  let longest = 0;
  let going = true;
  const loops = connections.map(async (connection) => {
    while (going) {
      const { start, end } = demand(await connection.ask('GET', '/health'), 200);
      longest = Math.max(longest, end - start);
      await delay(1);
    }
    connection.close();
  });
  return {
    async stop() {
      going = false;
      await Promise.all(loops);
      return longest;
    },
  };
}
