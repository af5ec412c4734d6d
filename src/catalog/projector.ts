/**
 * Projects the feed into the catalog. One process of the server does it (the steward; in dev the only one),
 * and it may be killed at any time.
 *
 * A catalog that is missing, of another version or damaged is made anew (bulk-build.ts); from then on it
 * follows the feed (follower.ts). Whatever fails, the catalog is opened again.
 */
import { TaskspaceError } from '../domain/errors.js';
import type { CatalogState } from './catalog-writing.js';
import { CatalogDamaged } from './failures.js';
import { CatalogFollower, type FollowerDeps } from './follower.js';
import { MarkedIds } from './marked-ids.js';
import { Pace } from './pace.js';

const RETRY_MS = 1_000;
const DAMAGED_AGAIN_MS = 5_000;
/** More wait for the slow comparison. */
const MET_MAX = 1_000;

export type ProjectorDeps = Omit<FollowerDeps, 'marked' | 'requests'>;

export class CatalogProjector {
  private readonly ending = new AbortController();
  private readonly requests = { isSpoiled: false, met: new Set<string>(), pace: new Pace() };
  private readonly marked = {
    poisoned: new MarkedIds('poisoned'),
    linked: new MarkedIds('linked'),
    rotten: new MarkedIds('rotten'),
  };
  private readonly running: Promise<void>;
  private damagedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly deps: ProjectorDeps) {
    this.running = this.run();
  }

  /** A reader has found damage in the catalog. */
  remake(): void {
    this.requests.isSpoiled = true;
  }

  /** Trouble of this taskspace was met, or is over, in any process. */
  look(id: string): void {
    if (this.requests.met.size < MET_MAX) this.requests.met.add(id);
  }

  /** A reader, of any process, waits for what is not projected yet. */
  want(): void {
    this.requests.pace.want();
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.running;
    await this.deps.writer.close();
  }

  private get ended(): boolean {
    return this.ending.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.ended) {
      try {
        await this.project();
      } catch (error) {
        if (this.ended) return;
        this.deps.onTrouble(error);
        if (error instanceof CatalogDamaged) await this.damaged();
        else if (isForGood(error)) return;
        else await this.deps.grown(RETRY_MS, this.ending.signal);
      }
    }
  }

  private async project(): Promise<void> {
    const { deps, marked, requests } = this;
    const state = await this.open();
    for (const ids of Object.values(marked)) ids.restore(state.notes);
    const follower = new CatalogFollower({ ...deps, marked, requests }, this.ending.signal);
    try {
      await follower.run(state);
    } finally {
      follower.close();
    }
  }

  private async open(): Promise<CatalogState> {
    const { writer, store } = this.deps;
    const state = await writer.call('open', { anew: this.requests.isSpoiled });
    this.requests.isSpoiled = false;
    // A build of another start did not wait for the disk: a power failure may have cut it.
    const isCut = Boolean(state.notes.bulk) && state.notes.bulk !== store.startId;
    return isCut ? writer.call('open', { anew: true }) : state;
  }

  /** Rebuilds at once, but not repeatedly without a pause: the disk itself may be what is damaged. */
  private async damaged(): Promise<void> {
    this.requests.isSpoiled = true;
    const isAgain = performance.now() < this.damagedAt + DAMAGED_AGAIN_MS;
    this.damagedAt = performance.now();
    if (isAgain) await this.deps.grown(RETRY_MS, this.ending.signal);
  }
}

/** Without SQLite there is nothing to retry. */
function isForGood(error: unknown): boolean {
  return error instanceof TaskspaceError && error.code === 'catalog_unavailable' && !error.extras.headers;
}
