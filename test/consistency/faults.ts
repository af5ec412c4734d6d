/**
 * What is done to a running cluster while clients read and write: each fault strikes again and again until it
 * is told to stop, and leaves everything running behind it.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf, runs, signal } from '../../scripts/process-table.js';
import type { RedisProcess } from '../../scripts/redis-process.js';
import { Feed } from '../../src/store/files/feed/feed.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import { feedFolder } from '../../src/store/files/paths.js';
import type { Cluster } from '../kit/cluster.js';
import type { Chance } from '../kit/seed.js';
import { plantFalseValues } from './planted-values.js';
import { Wire, workerOf } from './wire.js';

export interface Scene {
  readonly cluster: Cluster;
  /** Null: the configuration has none. */
  readonly redis: RedisProcess | null;
  readonly storeId: string;
  readonly chance: Chance;
}

export interface Fault {
  readonly name: string;
  /** Connections to workers break by it. */
  readonly breaks: boolean;
  readonly needsRedis: boolean;
  /**
   * It holds up the one who keeps the catalog: lists and search may answer 503 `catalog_behind`, never
   * something old.
   */
  readonly holdsCatalog?: true;
  /** Positions may be gone sooner than their clients come back. */
  readonly losesPositions?: true;
  /** One strike; resolves when everything runs again that was held, or when it is clear that it will. */
  strike(scene: Scene): Promise<void>;
}

const KILL_EVERY_MS = 500;
/** Longer than any bound on staleness that is tried, shorter than what counts as hung. */
const STOPPED_MS = 1300;
const BETWEEN_MS = 300;

/**
 * One that serves: a worker that is killed again and again before it does so is held back for longer and
 * longer.
 */
export const WORKERS_KILLED: Fault = {
  ...{ name: 'workers killed', breaks: true, needsRedis: false },
  async strike({ cluster }) {
    const wire = await Wire.open(cluster.port);
    const reply = await wire?.ask('GET', '/health');
    wire?.close();
    const worker = reply?.status === 200 ? workerOf(reply) : null;
    const found = cluster.workerProcesses().find((process) => process.worker === worker);
    if (found) signal(found.pid, 'SIGKILL');
    await delay(found ? KILL_EVERY_MS : BETWEEN_MS);
  },
};

export const WORKERS_STOPPED: Fault = {
  ...{ name: 'workers stopped', breaks: false, needsRedis: false },
  async strike({ cluster, chance }) {
    const workers = cluster.workerProcesses();
    if (workers.length > 0) await stopped(chance.pick(workers).pid);
    await delay(BETWEEN_MS);
  },
};

export const STEWARD: Fault = {
  ...{ name: 'steward killed, stopped', breaks: false, needsRedis: false, holdsCatalog: true },
  async strike({ cluster, chance }) {
    const pid = stewardOf(cluster);
    if (pid !== null) {
      if (chance.below(2) === 0) signal(pid, 'SIGKILL');
      else await stopped(pid);
    }
    await delay(BETWEEN_MS);
  },
};

export const REDIS_KILLED: Fault = {
  ...{ name: 'Redis killed, restarted', breaks: false, needsRedis: true },
  async strike({ redis }) {
    await redis?.kill();
    await delay(BETWEEN_MS);
    await redis?.restart();
    await delay(2 * BETWEEN_MS);
  },
};

export const REDIS_PAUSED: Fault = {
  ...{ name: 'Redis paused', breaks: false, needsRedis: true },
  async strike({ redis }) {
    redis?.pause();
    try {
      await delay(STOPPED_MS);
    } finally {
      redis?.resume();
    }
    await delay(2 * BETWEEN_MS);
  },
};

export const REDIS_EMPTIED: Fault = {
  ...{ name: 'FLUSHALL, subscriber cut', breaks: false, needsRedis: true },
  async strike({ redis, chance }) {
    if (chance.below(2) === 0) await redis?.flushall();
    else await redis?.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await delay(BETWEEN_MS / 3);
  },
};

export const REDIS_LIES: Fault = {
  ...{ name: 'false values in Redis', breaks: false, needsRedis: true },
  async strike({ redis, storeId, chance }) {
    if (redis) await plantFalseValues(redis, storeId, chance);
    await delay(BETWEEN_MS / 10);
  },
};

/** As the steward does, only that hardly anything is kept: who does not look meanwhile is passed by. */
export const FEED_PASSES: Fault = {
  ...{ name: 'feed rotated, segments gone', breaks: false, needsRedis: false },
  ...{ holdsCatalog: true, losesPositions: true },
  async strike({ cluster, chance }) {
    const feed = new Feed(feedFolder(cluster.dataDir), nodeFiles);
    feed.open();
    for (let n = 1 + chance.below(3); n > 0; n--) feed.rotate();
    feed.retain(1);
    feed.close();
    await delay(chance.below(BETWEEN_MS));
  },
};

export const ALL_FAULTS: readonly Fault[] = [
  WORKERS_KILLED,
  WORKERS_STOPPED,
  STEWARD,
  REDIS_KILLED,
  REDIS_PAUSED,
  REDIS_EMPTIED,
  REDIS_LIES,
];

/** Any of these, one after the other as chance has it. */
export function anyOf(faults: readonly Fault[]): Fault {
  return {
    name: 'all of these',
    breaks: faults.some(({ breaks }) => breaks),
    needsRedis: false,
    ...(faults.some(({ holdsCatalog }) => holdsCatalog) ? { holdsCatalog: true } : {}),
    ...(faults.some(({ losesPositions }) => losesPositions) ? { losesPositions: true } : {}),
    strike: (scene) => scene.chance.pick(faults).strike(scene),
  };
}

/** The steward's process; null while its place is empty. */
function stewardOf(cluster: Cluster): number | null {
  return childrenOf(cluster.pid).find((pid) => runs(pid) && argumentsOf(pid).includes('steward')) ?? null;
}

async function stopped(pid: number): Promise<void> {
  signal(pid, 'SIGSTOP');
  try {
    await delay(STOPPED_MS);
  } finally {
    signal(pid, 'SIGCONT');
  }
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
