/**
 * The other processes, as far as use cases need them: one question to all workers, itself included, and to the steward,
 * which answers as number 0 and serves nobody.
 *
 * Deliberately absent: order, delivery to workers that start later. Who does not answer in time is left out.
 */

import type { BusStats } from '../bus/bus.js';
import type { Kind, WorkerStatistics } from '../cache/statistics.js';
import type { TierHealth, TierKey, TierStats } from '../cache/tier.js';

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
  /** Of the one process that warms in the background; null in others. */
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
  /** Drops entries of L1 that match a glob, or those of an owner; how many there were. */
  cacheDrop: { question: { pattern: string } | { owner: string }; answer: number };
  /** Loads these taskspaces past the caches and fills them. */
  cacheWarm: { question: WarmQuestion; answer: Warmed };
  /** Somebody has met damage in the catalog; whether the asked one makes it anew. */
  catalogDamaged: { question: null; answer: boolean };
}

export interface WarmQuestion {
  /** Taskspaces. */
  readonly ids: readonly string[];
  /** Whose lists, dashboards and stats; null: everybody's. */
  readonly owners: readonly (string | null)[];
  readonly kinds: readonly Kind[];
  /** Absent: everything anew. Else only what is missing or ends within so many milliseconds, as far as there is room. */
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
