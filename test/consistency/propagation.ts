/**
 * How long a write that was acknowledged on one worker takes until each other worker shows it, in bounded
 * mode: from the acknowledgement to the beginning of the first read there that shows it; 0 when it was faster
 * than its own answer.
 */
import type { Chance } from '../kit/seed.js';
import type { Client } from './client.js';
import { oneToEach } from './one-to-each.js';
import { percentiles } from './percentiles.js';
import type { Reply, Wire } from './wire.js';

export interface Propagation {
  readonly writes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const TYPE = 'Content-Type: application/merge-patch+json\r\n';
const PATH = '/api/taskspaces/propagation';

export async function measurePropagation(
  port: number,
  workers: number,
  writes: number,
  chance: Chance,
  maker: Client,
): Promise<Propagation> {
  await maker.create('propagation');
  const wires = await oneToEach(port, workers);
  const delays: number[] = [];
  for (let n = 0; n < writes; n++) {
    const writer = chance.pick(wires);
    const others = wires.filter((wire) => wire !== writer);
    // Warm: what is looked for is an entry that must be noticed to be old.
    for (const other of others) await other.ask('GET', PATH);
    const written = writer.ask('PATCH', PATH, TYPE, JSON.stringify({ description: `n${n}` }));
    const shown = others.map((other) => firstShowing(other, `"n${n}"`));
    const { end, status } = await written;
    if (status !== 200) throw new Error(`A write was answered with ${status}`);
    for (const reply of await Promise.all(shown)) delays.push(Math.max(0, reply.start - end));
  }
  for (const wire of wires) wire.close();
  const { p50, p99, max } = percentiles(delays);
  return { writes, p50Ms: p50, p99Ms: p99, maxMs: max };
}

async function firstShowing(wire: Wire, mark: string): Promise<Reply> {
  for (;;) {
    const reply = await wire.ask('GET', PATH);
    if (reply.status !== 200) throw new Error(`A read was answered with ${reply.status}`);
    if (reply.body.includes(mark)) return reply;
  }
}
