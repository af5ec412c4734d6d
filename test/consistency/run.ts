/**
 * One configuration from its start to its end: a cluster of its own, all phases, and what came out of each.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisProcess } from '../../scripts/redis-process.js';
import { Cluster } from '../kit/cluster.js';
import { background } from './background.js';
import { choices } from './choices.js';
import { Client } from './client.js';
import type { Configuration } from './configurations.js';
import { anyOf, type Scene } from './faults.js';
import { Notes } from './notes.js';
import { writeHereDerivedThere } from './pairs.js';
import { allServe, type PhasePlan, type PhaseResult, runPhase } from './phase.js';
import { measurePropagation, type Propagation } from './propagation.js';

export interface Form {
  readonly healthyMs: number;
  readonly faultMs: number;
  /** At the end all faults go on until so many reads have been checked; the second is for bounded mode. */
  readonly reads: readonly [strict: number, bounded: number];
  readonly propagationWrites: number;
  /** Writes on one worker with a derived read on another after each; strict only. */
  readonly pairs: number;
}

export interface RunResult {
  readonly configuration: string;
  readonly bounded: boolean;
  readonly phases: readonly PhaseResult[];
  /** Null: strict, where every read looks for itself. */
  readonly propagation: Propagation | null;
  readonly backgroundAnswers: number;
}

const CLIENTS = 8;

/** @param onPhase is told of each phase as it ends. @param env on top of the configuration's. */
export async function runConfiguration(
  configuration: Configuration,
  form: Form,
  seed: number,
  onPhase: (result: PhaseResult) => void = () => undefined,
): Promise<RunResult> {
  const { name, workers, bounded, faults } = configuration;
  const stage = await openStage(configuration, choices(seed, name));
  const { cluster } = stage.scene;
  const clients = Array.from(
    { length: CLIENTS },
    (_, i) =>
      new Client(
        cluster.port,
        1 + (i % workers),
        choices(seed, `${name} client ${i}`),
        new Notes('first', { broken: false }),
      ),
  );
  try {
    const [maker] = clients;
    const propagation =
      bounded && maker && form.propagationWrites > 0
        ? await measurePropagation(cluster.port, workers, form.propagationWrites, stage.scene.chance, maker)
        : null;
    const load = background(cluster.port);
    const phases: PhaseResult[] = [];
    try {
      for (const [i, plan] of plans(configuration, form).entries()) {
        const checked = phases.reduce((sum, { reads }) => sum + reads, 0);
        const reads = Math.max(0, plan.reads - checked);
        if (plan.forMs === 0 && reads === 0) continue;
        const idleWorker = configuration.idle ? workers : null;
        const result = await runPhase(stage.scene, clients, `p${i}`, { ...plan, reads, idleWorker });
        phases.push(result);
        onPhase(result);
      }
    } finally {
      await load.stop();
    }
    if (configuration.pairs && form.pairs > 0) {
      await allServe(cluster);
      const result = await writeHereDerivedThere(stage.scene, workers, form.pairs, seed);
      phases.push(result);
      onPhase(result);
    }
    return { configuration: name, bounded, phases, propagation, backgroundAnswers: load.answered };
  } finally {
    for (const client of clients) client.close();
    await stage.close();
  }

  function plans(of: Configuration, { healthyMs, faultMs, reads }: Form): PhasePlan[] {
    const healthy = of.redis === 'absent' ? 'healthy, no Redis there' : 'healthy';
    return [
      { name: healthy, fault: null, forMs: healthyMs, reads: 0 },
      ...faults.map((fault) => ({ name: fault.name, fault, forMs: faultMs, reads: 0 })),
      { name: 'all of these', fault: anyOf(faults), forMs: 0, reads: reads[of.bounded ? 1 : 0], hot: true },
    ];
  }
}

export interface Stage {
  readonly scene: Scene;
  close(): Promise<void>;
}

export async function openStage(
  { workers, redis: kind, env }: Configuration,
  chance: Scene['chance'],
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'taskspace-consistency-'));
  const redis = kind === 'none' ? null : await RedisProcess.start();
  const close = async (): Promise<void> => {
    await cluster?.end();
    await redis?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  let cluster: Cluster | undefined;
  try {
    if (kind === 'absent') await redis?.kill();
    const dataDir = join(folder, 'data');
    const url = redis ? { REDIS_URL: redis.url } : {};
    cluster = await Cluster.start({ dataDir, workers, env: { ...url, ...env } });
    const { store } = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as { store: string };
    return { scene: { cluster, redis, storeId: store, chance }, close };
  } catch (error) {
    await close();
    throw error;
  }
}
