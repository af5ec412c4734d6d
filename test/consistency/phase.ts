/**
 * One phase of a run: clients read and write new taskspaces while a fault strikes, and the verdict on what
 * they saw.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { finalState } from '../kit/final-state.js';
import type { Client } from './client.js';
import type { Fault, Scene } from './faults.js';
import { Notes } from './notes.js';
import { oneToEach } from './one-to-each.js';
import { percentiles } from './percentiles.js';
import { type Verdict, verdictOf } from './verdict.js';

export interface PhasePlan {
  readonly name: string;
  /** Null: nothing is done to the cluster. */
  readonly fault: Fault | null;
  /** It ends when both are reached. */
  readonly forMs: number;
  readonly reads: number;
  /** Most calls are of the hot path: many reads in little time. */
  readonly hot?: boolean;
  /** A worker whose clients come seldom. */
  readonly idleWorker?: number | null;
}

export interface PhaseResult extends Verdict {
  readonly phase: string;
  readonly strikes: number;
  /** Answers that may not be, and what else was wrong with them. */
  readonly failures: number;
  readonly failuresShown: readonly string[];
  /** Connections that broke, whether they may or not. */
  readonly broken: number;
  readonly seconds: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

const TASKSPACES = 4;
/** So long a client of the idle worker stays away, at most. */
const AWAY_MS_MAX = 600;

/** @param tag makes the names of the phase's taskspaces its own. */
export async function runPhase(
  scene: Scene,
  clients: readonly Client[],
  tag: string,
  { name, fault, forMs, reads, hot = false, idleWorker = null }: PhasePlan,
): Promise<PhaseResult> {
  const notes = new Notes(tag, {
    broken: fault?.breaks === true,
    behind: fault?.holdsCatalog === true,
    // A position may also be from a phase before.
    gone: idleWorker !== null,
  });
  const ids = Array.from({ length: TASKSPACES }, (_, i) => `${tag}-${i}`);
  await allServe(scene.cluster);
  for (const client of clients) {
    client.notes = notes;
    client.goHome();
    // Of what is not kept nobody can know the beginning.
    if (fault?.losesPositions) client.chain.beginAgain();
  }
  for (const [i, id] of ids.entries()) await clients[i % clients.length]?.create(id);
  const since = performance.now();
  let going = true;
  const goesOn = (): boolean => {
    if (performance.now() - since > forMs && notes.reads >= reads) going = false;
    return going;
  };
  const load = clients.map(async (client) => {
    while (goesOn()) {
      await client.step(ids, hot);
      if (client.worker !== null && client.worker === idleWorker)
        await delay(scene.chance.below(AWAY_MS_MAX));
    }
  });
  const strikes = fault ? await strikeWhile(fault, scene, goesOn) : 0;
  await Promise.all(load);
  const seconds = (performance.now() - since) / 1000;
  return {
    ...verdictOf(notes.history, finalState(scene.cluster.dataDir, ids)),
    phase: name,
    strikes,
    failures: notes.failures,
    failuresShown: notes.failuresShown,
    broken: notes.broken,
    seconds,
    latencyMs: percentiles(notes.latencies),
  };
}

/** What the phase before has killed is back. */
export async function allServe({ port, workers }: Scene['cluster']): Promise<void> {
  for (const wire of await oneToEach(port, workers)) wire.close();
}

async function strikeWhile(fault: Fault, scene: Scene, goesOn: () => boolean): Promise<number> {
  let strikes = 0;
  for (; goesOn(); strikes++) await fault.strike(scene);
  return strikes;
}
