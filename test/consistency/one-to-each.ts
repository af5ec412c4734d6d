/** Connections to all workers of a cluster: the primary deals them out, so it takes some tries. */
import { setTimeout as delay } from 'node:timers/promises';
import { Wire, workerOf } from './wire.js';

const CONNECTIONS_TRIED_MAX = 1000;
/** A worker whose place is being filled answers nobody for a while. */
const PAUSE_MS = 20;

/** One connection to each worker, in the order of their numbers. */
export async function oneToEach(port: number, workers: number): Promise<Wire[]> {
  const found = new Map<number, Wire>();
  for (let tried = 0; found.size < workers; tried++) {
    if (tried === CONNECTIONS_TRIED_MAX) throw new Error(`Only workers ${[...found.keys()]} answer`);
    const wire = await Wire.open(port);
    if (wire === null) continue;
    const worker = workerOf(await wire.ask('GET', '/health'));
    if (worker === null || found.has(worker)) wire.close();
    else found.set(worker, wire);
    if (tried > 4 * workers) await delay(PAUSE_MS);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, wire]) => wire);
}
