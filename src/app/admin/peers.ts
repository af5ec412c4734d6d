/**
 * The other processes, as far as use cases need them: one question to all workers, itself included, and to
 * the steward, which answers as number 0 and serves no requests.
 *
 * Deliberately absent: order, delivery to workers that start later. A worker that does not answer
 * in time is left out.
 */

import type { BusStats } from '../../bus/bus.js';
import type { Kind, WorkerStatistics } from '../../cache/statistics.js';
import type { TierHealth, TierKey, TierStats } from '../../cache/tier.js';

/** What one worker knows of its caches. */
export interface CacheReport {
  readonly l1: TierStats | null;
  readonly l2: TierStats | null;
  readonly statistics: WorkerStatistics;
  readonly bus: BusStats;
  readonly largest: readonly { readonly key: string; readonly n: number }[];
  readonly health: { readonly l2: TierHealth };
  /** Of the connections to Redis; null without. */
  readonly redis: RedisReport | null;
  /** Of the process that warms in the background; null in others. */
  readonly warming: WarmingReport | null;
}

export interface RedisReport {
  readonly state: 'ok' | 'degraded' | 'down';
  readonly breaker: string;
}

export interface WarmingReport {
  readonly lastRunAt: string | null;
  readonly warmed: number;
  readonly failed: number;
}

/** Every question, with its answer. */
export interface PeerCalls {
  cacheReport: { question: null; answer: CacheReport };
  /** Entries of L1 that match a glob. */
  cacheKeys: { question: { pattern: string; limit: number }; answer: readonly TierKey[] };
  /** Drops entries of L1 that match a glob, or those of an owner; returns how many there were. */
  cacheDrop: { question: { pattern: string } | { owner: string }; answer: number };
  /** Loads these taskspaces past the caches and fills them. */
  cacheWarm: { question: WarmQuestion; answer: Warmed };
  /** A process has met damage in the catalog; returns whether the asked process rebuilds it. */
  catalogDamaged: { question: null; answer: boolean };
  /** Trouble of one taskspace was met, or is over; returns whether the asked process looks at it. */
  taskspaceTrouble: { question: { id: string }; answer: boolean };
}

export interface WarmQuestion {
  /** Ids of taskspaces. */
  readonly ids: readonly string[];
  /** Owners of the lists, dashboards and stats; null: all owners. */
  readonly owners: readonly (string | null)[];
  readonly kinds: readonly Kind[];
  /**
   * Absent: everything is loaded again. Else only what is missing or expires within so many milliseconds, as
   * far as there is room.
   */
  readonly lifeMs?: number;
}

export interface Warmed {
  /** Entries filled. */
  readonly warmed: number;
  readonly failed: number;
  readonly errors: readonly string[];
}

export interface PeerAnswer<T> {
  readonly worker: number;
  readonly answer: T;
}

export type PeerHandlers = {
  readonly [K in keyof PeerCalls]: (
    question: PeerCalls[K]['question'],
  ) => PeerCalls[K]['answer'] | Promise<PeerCalls[K]['answer']>;
};

export interface Peers {
  /** The number of this worker. */
  readonly worker: number;
  ask<K extends keyof PeerCalls>(
    call: K,
    question: PeerCalls[K]['question'],
  ): Promise<PeerAnswer<PeerCalls[K]['answer']>[]>;
  /** What this worker answers; set once, before the first question. */
  serve(handlers: PeerHandlers): void;
}

/** For a server that is one process. */
export function soloPeers(worker: number): Peers {
  let handlers: PeerHandlers | undefined;
  return {
    worker,
    async ask(call, question) {
      if (!handlers) return [];
      return [{ worker, answer: (await handlers[call](question as never)) as never }];
    },
    serve(served) {
      handlers = served;
    },
  };
}
