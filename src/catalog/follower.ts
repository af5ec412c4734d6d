/**
 * Follows the feed with an opened catalog, rows before texts.
 *
 * The checkpoint is written in the same transaction as the rows that it covers, and only while the feed is
 * complete. Where the feed does not continue the checkpoint, the rows are compared with the store itself;
 * so are they slowly all the time, for what the feed does not say.
 */
import { TaskspaceError } from '../domain/errors.js';
import { type Change, positionOf, type Store, type Upkeep } from '../store/ports.js';
import type { Position } from '../store/position.js';
import { BulkBuild } from './bulk-build.js';
import type { Calls } from './calls.js';
import type { CatalogState, CatalogWriting } from './catalog-writing.js';
import type { JsonViews } from './changes-of-rows.js';
import { allDifferingRows, SlowComparison } from './compare-rows.js';
import { CatalogDamaged } from './failures.js';
import { FolderPool } from './folder-pool.js';
import type { Pace } from './pace.js';
import { ProgressNotes } from './progress-notes.js';
import { isAtLeast, type Place } from './row-changes.js';
import { type MarkedSets, RowProjector } from './row-projector.js';
import { TextIndexer } from './text-indexer.js';
import { addTextsBehind, areTextsWhole, noteProjector, noteTextsWhole } from './whole-texts.js';

const CHANGES_AT_ONCE = 500;
/**
 * Poll interval when no message comes: long once nothing was published for a while; each poll is a wake-up.
 */
const POLL_MS = { busy: 50, idle: 250, incomplete: 10 };
const BUSY_MS = 5_000;
const STANDS_MS = 1_000;
const CLEAR_ROWS = 200;
const APPLYING_AT_ONCE = 4;

export interface FollowerDeps {
  readonly store: Store;
  readonly upkeep: Pick<Upkeep, 'isFeedComplete'>;
  readonly writer: Calls<CatalogWriting>;
  readonly views: JsonViews;
  readonly marked: MarkedSets;
  readonly requests: Requests;
  /** Resolves when the feed has grown, the time is over, or the signal fires. */
  grown(timeoutMs: number, signal: AbortSignal): Promise<void>;
  onProgress(fields: object, text: string): void;
  onTrouble(error: unknown): void;
}

/** What other processes have met. */
export interface Requests {
  /** The catalog is damaged. */
  readonly isSpoiled: boolean;
  /** Taskspaces in which trouble was met, or ended. */
  readonly met: Set<string>;
  /** Who waits for the catalog. */
  readonly pace: Pace;
}

export class CatalogFollower {
  private readonly pool: FolderPool;
  private readonly rows: RowProjector;
  private readonly texts: TextIndexer;
  private readonly progress: ProgressNotes;
  private readonly build: BulkBuild;
  private readonly slow: SlowComparison;
  /** What the rows contain. */
  private since: Position = { epoch: '', segment: 0, at: 0, commit: 0 };
  private mayClear = true;
  private workedAt = 0;
  private stoodAt = 0;

  constructor(
    private readonly deps: FollowerDeps,
    private readonly ending: AbortSignal,
  ) {
    const { store, writer, onProgress } = deps;
    const pool = new FolderPool(store);
    const texts = new TextIndexer({ ...deps, pool });
    const progress = new ProgressNotes(writer, onProgress);
    this.pool = pool;
    this.rows = new RowProjector({ ...deps, pool });
    this.texts = texts;
    this.progress = progress;
    this.build = new BulkBuild({ writer, pool, texts, progress, onProgress });
    this.slow = new SlowComparison(store, writer);
  }

  /** Resolves when the signal fires. Errors: CatalogDamaged, those of the store and of the writer. */
  async run({ rows, notes }: CatalogState): Promise<void> {
    const { writer, store } = this.deps;
    const { startId } = store;
    await noteProjector(writer, startId, notes);
    if (rows) this.since = rows;
    if (!rows) await this.makeRows(startId);
    else if (notes.bulk) this.build.resume();
    if (rows && areTextsWhole(notes)) this.texts.add([], rows);
    else await addTextsBehind(writer, this.texts, this.since);
    this.progress.total = this.texts.waiting;
    await this.noteState();
    await this.follow();
    if (this.texts.idle && !this.texts.leftSome && !this.build.isOn) await noteTextsWhole(writer, startId);
  }

  close(): void {
    this.pool.close();
  }

  private async makeRows(startId: string): Promise<void> {
    await this.build.begin(startId);
    // The texts come in a better order once all rows are there.
    await this.compareRows({ withTexts: false });
  }

  private async follow(): Promise<void> {
    const { writer, grown, requests } = this.deps;
    while (!this.ending.aborted) {
      if (requests.isSpoiled) throw new CatalogDamaged('as somebody met it');
      if (!this.build.isOn && this.texts.idle) await requests.pace.rest(this.ending);
      await this.checkStands();
      await this.applyFound(takeAll(requests.met));
      const worked = await this.applyChanges();
      if (!this.texts.idle) {
        await this.texts.round((indexed) => this.betweenTexts(indexed));
        continue;
      }
      if (worked) continue;
      if (this.build.isOn) await this.build.end();
      if (this.mayClear) {
        this.mayClear = await writer.call('clear', { max: CLEAR_ROWS });
        continue;
      }
      if (await this.compareSlowly()) continue;
      if (isAtLeast(this.since, this.deps.store.feed.position)) await grown(this.pollMs, this.ending);
    }
  }

  /** The files may have been removed; an open connection does not notice it. */
  private async checkStands(): Promise<void> {
    const now = performance.now();
    if (now < this.stoodAt + STANDS_MS) return;
    this.stoodAt = now;
    if (!(await this.deps.writer.call('stands', null)))
      throw new CatalogDamaged('somebody has removed or changed its files');
  }

  private get pollMs(): number {
    return performance.now() < this.workedAt + BUSY_MS ? POLL_MS.busy : POLL_MS.idle;
  }

  /** Where the feed ends, as soon as it is complete; null: the signal fires before that. */
  private async endOfFeed(): Promise<Position | null> {
    const { store, upkeep, grown } = this.deps;
    const end = store.feed.poll();
    if (upkeep.isFeedComplete) return end;
    const { state } = this.progress;
    await this.progress.begin('rows');
    while (!this.ending.aborted) {
      const complete = store.feed.poll();
      if (upkeep.isFeedComplete) {
        await this.progress.begin(state);
        return complete;
      }
      await grown(POLL_MS.incomplete, this.ending);
    }
    return null;
  }

  private noteState(): Promise<void> {
    return this.progress.begin(this.build.isOn ? 'texts' : 'ready');
  }

  /** Applies what was published since the last time. @returns whether there was anything. */
  private async applyChanges(): Promise<boolean> {
    const end = await this.endOfFeed();
    if (end === null || isAtLeast(this.since, end)) return false;
    this.workedAt = performance.now();
    this.deps.requests.pace.begin();
    const changes = await this.changesAfter(this.since);
    if (changes === null) {
      await this.compareRows({ withTexts: true });
      await this.noteState();
      return true;
    }
    const ids = [...new Set(changes.map(({ id }) => id))];
    const last = changes.at(-1);
    const newest: Place | null = last ? positionOf(last, last.to) : null;
    const place = newest && changes.length === CHANGES_AT_ONCE ? newest : end;
    await this.rows.apply(ids, place, newest);
    this.since = place;
    this.texts.add(ids, place);
    this.mayClear = true;
    return true;
  }

  /** Null: that part is not kept any more, or is of another feed. */
  private async changesAfter(since: Position): Promise<readonly Change[] | null> {
    try {
      return await this.deps.store.feed.after(since, CHANGES_AT_ONCE);
    } catch (error) {
      if (error instanceof TaskspaceError && error.code === 'position_gone') return null;
      throw error;
    }
  }

  private async betweenTexts(indexed: number): Promise<void> {
    if (this.deps.requests.pace.isOver) await this.applyChanges();
    const { progress, texts } = this;
    // What was published in the meantime waits as well.
    progress.total = Math.max(progress.total, texts.waiting);
    // Half of the work is gathering texts, the other half indexing them.
    const gathered = progress.total - texts.waiting;
    const done = Math.max(0, Math.floor((gathered + indexed * progress.total) / 2));
    if (this.build.isOn) await progress.reach('texts', done);
    if (this.ending.aborted) throw new Error('the catalog is closed');
  }

  /** Brings all rows to where the feed ends when this begins, by the store itself. */
  private async compareRows({ withTexts }: { withTexts: boolean }): Promise<void> {
    const { store, writer, onProgress } = this.deps;
    const end = await this.endOfFeed();
    if (end === null) return;
    const began = performance.now();
    this.progress.total = await store.count();
    let looked = 0;
    let found = 0;
    const applying: Promise<void>[] = [];
    try {
      for await (const step of allDifferingRows(store, writer)) {
        if (this.ending.aborted) break;
        looked += step.looked;
        found += step.ids.length;
        // While the writer works on some, the next are folded.
        if (applying.length >= APPLYING_AT_ONCE) await applying.shift();
        const one = this.applyFound(step.ids, withTexts);
        // An error is thrown where the result is awaited.
        one.catch(() => undefined);
        applying.push(one);
        await this.progress.reach('rows', looked);
      }
      await Promise.all(applying);
    } finally {
      await Promise.allSettled(applying);
    }
    if (this.ending.aborted) return;
    await this.rows.apply([], end, null);
    this.since = end;
    this.texts.add([], end);
    onProgress({ looked, found, ms: Math.round(performance.now() - began) }, 'Every row was compared');
  }

  private async applyFound(found: readonly string[], withTexts = true): Promise<void> {
    const ids = this.rows.due(found);
    if (ids.length === 0) return;
    await this.rows.apply(ids, null, null);
    if (withTexts) this.texts.add(ids, null);
    this.mayClear = true;
  }

  /** @returns whether there was anything to look at. */
  private async compareSlowly(): Promise<boolean> {
    const step = await this.slow.step();
    if (step === null) return false;
    const { store, marked } = this.deps;
    // What somebody has put right by hand is met by no request.
    const mended = step.isFirst ? [...marked.rotten].filter((id) => !store.hasDamage(id)) : [];
    await this.applyFound([...new Set([...step.ids, ...mended])]);
    return step.ids.length > 0;
  }
}

function takeAll(ids: Set<string>): string[] {
  const all = [...ids];
  ids.clear();
  return all;
}
