/**
 * A write on one worker, and at once a read on another of something that was made from it: a summary, the
 * changes, a list, a search, a dashboard. Each lane has taskspaces of its own, so that read must show exactly
 * that write.
 */
import { finalState } from '../kit/final-state.js';
import { choices } from './choices.js';
import { Client, type Kind } from './client.js';
import type { Scene } from './faults.js';
import { Notes } from './notes.js';
import { percentiles } from './percentiles.js';
import type { PhaseResult } from './phase.js';
import { verdictOf } from './verdict.js';

const LANES = 8;
/** Then a lane goes on with a new taskspace. */
const WRITES_IN_ONE = 1000;
const WRITES: readonly Kind[] = ['patchMetadata', 'patchMetadata', 'putPlan', 'post'];
const READS: readonly Kind[] = ['summary', 'changes', 'list', 'search', 'dashboard'];

export async function writeHereDerivedThere(
  { cluster }: Scene,
  workers: number,
  pairs: number,
  seed: number,
): Promise<PhaseResult> {
  const notes = new Notes('d', { broken: false });
  const ids: string[] = [];
  const since = performance.now();
  let left = pairs;
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    Array.from(
      { length: workers },
      (_unused, i) => new Client(cluster.port, i + 1, choices(seed, `lane ${lane} ${i}`), notes),
    ),
  );
  for (const client of lanes.flat()) await client.followFromNow();
  await Promise.all(
    lanes.map(async (own, lane) => {
      const chance = choices(seed, `lane ${lane}`);
      for (let n = 0; left > 0; n++, left--) {
        const id = `d${lane}-${Math.floor(n / WRITES_IN_ONE)}`;
        const here = chance.pick(own);
        if (n % WRITES_IN_ONE === 0) {
          ids.push(id);
          await here.create(id);
        }
        await here.do(chance.pick(WRITES), id);
        await chance.pick(own.filter((other) => other !== here)).do(chance.pick(READS), id);
      }
    }),
  );
  for (const client of lanes.flat()) client.close();
  return {
    ...verdictOf(notes.history, finalState(cluster.dataDir, ids)),
    phase: 'write here, derived there',
    strikes: 0,
    failures: notes.failures,
    failuresShown: notes.failuresShown,
    broken: notes.broken,
    seconds: (performance.now() - since) / 1000,
    latencyMs: percentiles(notes.latencies),
  };
}
