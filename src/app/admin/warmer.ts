/**
 * Warming: loads past the caches what will be asked for again, before its entries expire.
 *
 * On request at once; in the background for owners whose taskspaces were written to lately, the most active
 * first: their dashboard, stats and first list pages, then the taskspaces; only what is missing or expires
 * within two rounds. The background takes a small share of one core in all: between two batches it rests many
 * times as long as all workers together took, and longer when the event loop is busy.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Kind } from '../../cache/statistics.js';
import type { WarmAnswer, WarmInput } from '../../contract/cache.js';
import type { Store } from '../../store/ports.js';
import { idsIn } from '../taskspaces/ids-in.js';
import type { Peers, Warmed, WarmingReport, WarmQuestion } from './peers.js';

export interface WarmerDeps {
  readonly store: Store;
  readonly peers: Peers;
  /** Up to `max` taskspaces of an owner, the latest first. */
  idsOf(owner: string, max: number): Promise<string[]>;
  isLive(id: string): Promise<boolean>;
  /** How often a round begins in the background, in ms; null: never. */
  readonly everyMs: number | null;
  onTrouble(error: unknown): void;
}

const BATCH = 20;
const OWNERS_BATCH = 5;
const OWNERS_MAX = 100;
const TASKSPACES_PER_OWNER_MAX = 50;
const ALL_MAX = 5_000;
const ERRORS_MAX = 20;
/** Rest after a batch, as a multiple of the time it took each worker: 1/25 of one core in all at most. */
const REST = 24;
const REST_MS_MAX = 30_000;
/** An entry that expires within so many rounds is loaded again. */
const ROUNDS_LEFT = 2;
/** An event loop later than this is busy: the rest is doubled. */
const BUSY_MS = 5;
const OWNER_KINDS: readonly Kind[] = ['dashboard', 'stats', 'list'];
const TASKSPACE_KINDS: readonly Kind[] = ['detail', 'export'];
const DEFAULT_KINDS: readonly Kind[] = ['detail', ...OWNER_KINDS];

export class Warmer {
  private lastRunAt: string | null = null;
  private warmed = 0;
  private failed = 0;
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private readonly closing = new AbortController();

  constructor(private readonly deps: WarmerDeps) {
    if (deps.everyMs !== null) this.timer = setTimeout(() => this.begin(), deps.everyMs).unref();
  }

  /** Warms on all workers: `{warmed, failed, durationMs, errors}`. */
  async warm(what: WarmInput): Promise<WarmAnswer> {
    const startedAt = performance.now();
    const kinds = what.kinds ?? DEFAULT_KINDS;
    let warmed = 0;
    // The same taskspace fails alike on every worker: it is named once.
    const errors = new Set<string>();
    const ids = kinds.some((kind) => TASKSPACE_KINDS.includes(kind)) ? await this.idsOf(what) : [];
    const owners = kinds.some((kind) => OWNER_KINDS.includes(kind)) ? this.ownersOf(what) : [];
    for (const part of partsOf(owners, ids)) {
      const batch = await this.batch({ ...part, kinds });
      warmed += batch.warmed;
      for (const error of batch.errors) errors.add(error);
    }
    return {
      warmed,
      failed: errors.size,
      errors: [...errors].slice(0, ERRORS_MAX),
      durationMs: Math.round(performance.now() - startedAt),
    };
  }

  /** For the statistics; null when this process does not warm in the background. */
  report(): WarmingReport | null {
    if (this.deps.everyMs === null) return null;
    return { lastRunAt: this.lastRunAt, warmed: this.warmed, failed: this.failed };
  }

  async close(): Promise<void> {
    this.closing.abort();
    if (this.timer) clearTimeout(this.timer);
    await this.running;
  }

  private begin(): void {
    this.running = this.round()
      .catch((error: unknown) => this.deps.onTrouble(error))
      .finally(() => {
        this.running = null;
        if (!this.closing.signal.aborted)
          this.timer = setTimeout(() => this.begin(), this.deps.everyMs ?? 0).unref();
      });
  }

  private async round(): Promise<void> {
    const active = this.active();
    const lifeMs = ROUNDS_LEFT * (this.deps.everyMs ?? 0);
    for (const part of partsOf([null, ...active.keys()], [...active.values()].flat())) {
      if (this.closing.signal.aborted) break;
      const startedAt = performance.now();
      const { warmed, failed, workers } = await this.batch({ ...part, kinds: DEFAULT_KINDS, lifeMs });
      this.warmed += warmed;
      this.failed += failed;
      await this.rest((performance.now() - startedAt) * workers);
    }
    this.lastRunAt = new Date().toISOString();
  }

  private async rest(tookMs: number): Promise<void> {
    const wantedMs = Math.min(tookMs * REST, REST_MS_MAX);
    const startedAt = performance.now();
    await this.pause(wantedMs);
    const lateMs = performance.now() - startedAt - wantedMs;
    if (lateMs > BUSY_MS) await this.pause(wantedMs);
  }

  /** Ends early when this is closed. */
  private async pause(ms: number): Promise<void> {
    const { signal } = this.closing;
    await pause(ms, undefined, { ref: false, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  private async batch(question: WarmQuestion): Promise<Warmed & { workers: number }> {
    const answers = await this.deps.peers.ask('cacheWarm', question);
    return {
      workers: answers.filter(({ worker }) => worker > 0).length,
      warmed: answers.reduce((sum, { answer }) => sum + answer.warmed, 0),
      failed: answers.reduce((sum, { answer }) => sum + answer.failed, 0),
      errors: answers.flatMap(({ answer }) => answer.errors),
    };
  }

  private async idsOf(what: WarmInput): Promise<string[]> {
    if (what.taskspaces) return [...new Set(what.taskspaces)];
    if (what.owner !== undefined) return this.deps.idsOf(what.owner, TASKSPACES_PER_OWNER_MAX);
    const ids = new Set([...[...this.active().values()].flat(), ...(await idsIn(this.deps.store))]);
    const live: string[] = [];
    // Deleted taskspaces are left out.
    for (const id of [...ids].slice(0, ALL_MAX)) if (await this.deps.isLive(id)) live.push(id);
    return live;
  }

  private ownersOf(what: WarmInput): (string | null)[] {
    if (what.taskspaces) return [];
    return what.owner === undefined ? [null, ...this.active().keys()] : [what.owner];
  }

  /**
   * Taskspaces with recent changes in the feed, by owner: the most active owner first, the
   * latest of each first.
   */
  private active(): Map<string, string[]> {
    const byOwner = new Map<string, Set<string>>();
    for (const { id, owners } of this.deps.store.feed.latest()) {
      const owner = owners.at(-1) ?? '';
      const ids = byOwner.get(owner) ?? new Set<string>();
      ids.add(id);
      byOwner.set(owner, ids);
    }
    const owners = [...byOwner].sort(([, a], [, b]) => b.size - a.size).slice(0, OWNERS_MAX);
    return new Map(owners.map(([owner, ids]) => [owner, [...ids].slice(0, TASKSPACES_PER_OWNER_MAX)]));
  }
}

/** What is requested at a time: owners first, then taskspaces. */
function* partsOf(
  owners: readonly (string | null)[],
  ids: readonly string[],
): Generator<{ owners: readonly (string | null)[]; ids: readonly string[] }> {
  for (let i = 0; i < owners.length; i += OWNERS_BATCH)
    yield { owners: owners.slice(i, i + OWNERS_BATCH), ids: [] };
  for (let i = 0; i < ids.length; i += BATCH) yield { owners: [], ids: ids.slice(i, i + BATCH) };
}
