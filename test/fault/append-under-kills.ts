/**
 * Eight clients append to one taskspace while workers are killed: used by the test and by `npm run fault --
 * appends`.
 */

import type { Cluster } from '../kit/cluster.js';
import type { Connection } from '../kit/http-connection.js';
import { api, demand, type Recorder } from '../kit/recorder.js';
import type { Chance } from '../kit/seed.js';
import { appendAll, killingWorkers } from './load.js';

const CLIENTS = 8;
const ID = 'log';

export interface Figures {
  readonly messages: number;
  readonly seconds: number;
  readonly kills: number;
  /** Calls whose outcome the client did not learn. */
  readonly unknown: number;
}

export async function appendUnderKills(
  cluster: Cluster,
  recorder: Recorder,
  chance: Chance,
  { messages, killEveryMs, killsMin }: { messages: number; killEveryMs: number; killsMin: number },
): Promise<Figures> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => cluster.connect()));
  const [first] = clients;
  if (!first) throw new Error('no client');
  demand(await recorder.create(first, ID), 201);
  const began = performance.now();
  const kills = await killingWorkers(cluster, chance, killEveryMs, (killed) =>
    appendAll(recorder, clients, ID, (acknowledged) => acknowledged < messages || killed() < killsMin),
  );
  const seconds = (performance.now() - began) / 1000;
  await readThroughEveryWorker(cluster, recorder, messages);
  const unknown = recorder.history.filter(({ outcome }) => outcome === 'unknown').length;
  const acknowledged = recorder.history.filter(({ outcome, kind }) => outcome === 'ok' && kind === 'write');
  const written = new Set(acknowledged.map(({ value }) => value)).size - 1;
  return { messages: written, seconds, kills, unknown };
}

/** Each worker must show the whole log, page by page, with a seq that has no gap. */
async function readThroughEveryWorker(cluster: Cluster, recorder: Recorder, count: number): Promise<void> {
  for (let worker = 1; worker <= cluster.workers; worker++) {
    const connection = await cluster.pinnedTo(worker);
    await recorder.readMessages(connection, ID);
    const seqs = await allSeqs(connection);
    if (seqs.length < count || seqs.some((seq, i) => seq !== i + 1))
      throw new Error(`Worker ${worker} shows ${seqs.length} messages of ${count}, or with a gap`);
  }
}

async function allSeqs(connection: Connection): Promise<number[]> {
  const seqs: number[] = [];
  for (;;) {
    const path = api(ID, `/messages?limit=500&after=${seqs.at(-1) ?? 0}`);
    const { items } = demand(await connection.ask('GET', path), 200).json as { items: { seq: number }[] };
    if (items.length === 0) return seqs;
    seqs.push(...items.map(({ seq }) => seq));
  }
}
