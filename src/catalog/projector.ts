/**
 * Projects the feed into the catalog, rows before texts, and compares every journal when the feed alone
 * cannot be trusted. One process of the server does it (the steward; in dev the only one), and it may be
 * killed at any time.
 *
 * The checkpoint is written in the same transaction as the rows that it covers. Before it first moves after a
 * stop that was not clean, every journal has been compared. A catalog that is missing, of another version or
 * damaged is made anew.
 */
import { TaskspaceError } from '../domain/errors.js';
import { type Change, positionOf, type Store } from '../store/ports.js';
import { comparePositions, type Position } from '../store/position.js';
import type { Calls } from './calls.js';
import type { Behind, CatalogWriting } from './catalog-writing.js';
import type { JsonViews } from './changes-of-rows.js';
import { CatalogDamaged } from './failures.js';
import { FolderPool } from './folder-pool.js';
import { MarkedIds } from './marked-ids.js';
import type { Place } from './row-changes.js';
import { RowProjector } from './row-projector.js';
import { SlowSweep, sweep } from './sweep.js';
import { TextIndexer } from './text-indexer.js';

const CHANGES_AT_ONCE = 500;
/**
 * Poll interval when no message comes: long once nothing was published for a while; each poll is a wake-up.
 */
const POLL_MS = { busy: 50, idle: 250 };
const BUSY_MS = 5_000;
const RETRY_MS = 1_000;
const DAMAGED_AGAIN_MS = 5_000;
/** More wait for the sweep. */
const MET_MAX = 1_000;
const STANDS_MS = 1_000;
const PROGRESS_MS = 1_000;
const LOG_MS = 5_000;
const CLEAR_ROWS = 200;
const APPLYING_AT_ONCE = 4;
/** The note `texts` when no texts are behind; else the id of a start whose only projector is at work. */
const WHOLE = 'whole';
const TEXTS_AT_ONCE = 5_000;

export interface ProjectorDeps {
  readonly store: Store;
  readonly writer: Calls<CatalogWriting>;
  readonly views: JsonViews;
  /** Resolves when the feed has grown, the time is over, or the signal fires. */
  grown(timeoutMs: number, signal: AbortSignal): Promise<void>;
  onProgress(fields: object, text: string): void;
  onTrouble(error: unknown): void;
}

export class CatalogProjector {
  private readonly ending = new AbortController();
  private readonly marks = {
    poisoned: new MarkedIds('poisoned'),
    linked: new MarkedIds('linked'),
    rotten: new MarkedIds('rotten'),
  };
  private readonly running: Promise<void>;
  private readonly unlisten: () => void;
  private pool: FolderPool;
  private rows: RowProjector;
  private texts: TextIndexer;
  private since: Position = { epoch: '', segment: 0, at: 0, commit: 0 };
  /** Every journal is to be compared: soon, or before the place moves on. */
  private wanted: 'no' | 'soon' | 'first' = 'no';
  private anew = false;
  private bulk = false;
  private mayClear = true;
  private readonly slow: SlowSweep;
  /** Taskspaces in which trouble was met, or ended, in any process. */
  private readonly met = new Set<string>();
  private workedAt = 0;
  private progressAt = 0;
  private loggedAt = 0;
  private stoodAt = 0;
  private damagedAt = Number.NEGATIVE_INFINITY;
  private total = 0;
  /** The start of the server that this projector works for, as found when the catalog was opened. */
  private startId = '';

  constructor(private readonly deps: ProjectorDeps) {
    [this.pool, this.rows, this.texts] = this.begin();
    this.slow = new SlowSweep(deps.store, deps.writer);
    this.unlisten = deps.store.feed.subscribe({
      onChange: () => undefined,
      onUnreadable: () => {
        this.wanted = 'first';
      },
    });
    this.running = this.run();
  }

  /** A process has died that may not have published what it had committed. */
  sweepSoon(): void {
    if (this.wanted === 'no') this.wanted = 'soon';
  }

  /** A reader has found damage in the catalog. */
  remake(): void {
    this.anew = true;
  }

  /** Trouble of this taskspace was met, or is over. */
  look(id: string): void {
    if (this.met.size < MET_MAX) this.met.add(id);
  }

  async close(): Promise<void> {
    this.ending.abort();
    this.unlisten();
    await this.running;
    await this.deps.writer.close();
    this.pool.close();
  }

  private begin(): [FolderPool, RowProjector, TextIndexer] {
    const { store, writer, views: shows, onTrouble } = this.deps;
    const pool = new FolderPool(store);
    const rows = new RowProjector({ writer, pool, store, views: shows, marks: this.marks, onTrouble });
    return [pool, rows, new TextIndexer({ writer, pool, onTrouble })];
  }

  private get ended(): boolean {
    return this.ending.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.ended) {
      try {
        await this.open();
        await this.follow();
        await this.noteWhole();
      } catch (error) {
        if (this.ended) return;
        this.deps.onTrouble(error);
        if (error instanceof CatalogDamaged) await this.damaged();
        // Without SQLite there is nothing to retry.
        else if (
          error instanceof TaskspaceError &&
          error.code === 'catalog_unavailable' &&
          !error.extras.headers
        )
          return;
        else await this.deps.grown(RETRY_MS, this.ending.signal);
      }
    }
  }

  /** Rebuilds at once, but not repeatedly without a pause: the disk itself may be what is damaged. */
  private async damaged(): Promise<void> {
    this.anew = true;
    const isAgain = performance.now() < this.damagedAt + DAMAGED_AGAIN_MS;
    this.damagedAt = performance.now();
    if (isAgain) await this.deps.grown(RETRY_MS, this.ending.signal);
  }

  private async open(): Promise<void> {
    const { writer, store, onProgress } = this.deps;
    this.pool.close();
    [this.pool, this.rows, this.texts] = this.begin();
    const { start } = store;
    const startId = start.name;
    this.startId = startId;
    let state = await writer.call('open', { anew: this.anew });
    // A bulk build of another start did not wait for the disk: a power failure may have cut it.
    if (state.notes.bulk && state.notes.bulk !== startId) state = await writer.call('open', { anew: true });
    this.anew = false;
    for (const marked of Object.values(this.marks)) marked.restore(state.notes);
    const isOurs = state.notes.start === startId;
    // Of several projectors of one start none knows what another left, so none notes that all texts are in.
    const isOnly = !isOurs && state.notes.texts !== startId;
    await writer.call('note', { texts: isOnly ? startId : '' });
    this.bulk = Boolean(state.notes.bulk);
    store.feed.poll();
    if (!state.rows) {
      await this.noteProgress('rows', 0, true);
      this.bulk = true;
      this.pool.keeping = false;
      await writer.call('note', { bulk: startId });
      await writer.call('bulk', { on: true });
      onProgress({}, 'The catalog is made anew: lists, search and dashboards come when it is whole');
      this.wanted = 'first';
    } else {
      this.since = state.rows;
      this.wanted = isOurs ? 'soon' : start.clean ? 'no' : 'first';
    }
    // A sweep before the first list leaves texts to the search for those that are behind.
    const isWhole = state.notes.texts === WHOLE && this.wanted !== 'first';
    if (this.wanted === 'first') await this.sweepAll(startId);
    else await writer.call('note', { start: startId });
    this.texts.bulk = this.bulk;
    if (isWhole) this.texts.add([], this.since);
    else await this.addTextsBehind();
    this.total = this.texts.waiting;
    await this.noteProgress(this.bulk ? 'texts' : 'ready', 0, true);
  }

  private async follow(): Promise<void> {
    const { writer, grown } = this.deps;
    while (!this.ended) {
      if (this.anew) throw new CatalogDamaged('as somebody met it');
      await this.checkStands();
      if (this.wanted !== 'no') await this.sweepAll(null);
      const met = [...this.met];
      this.met.clear();
      await this.applyFound(met);
      const worked = await this.applyChanges();
      if (!this.texts.idle) {
        await this.texts.round((indexed) => this.betweenTexts(indexed));
        continue;
      }
      if (worked) continue;
      await this.endBulk();
      if (this.mayClear) {
        this.mayClear = await writer.call('clear', { max: CLEAR_ROWS });
        continue;
      }
      if (await this.sweepSlowly()) continue;
      if (!this.isBehind) await grown(this.pollMs, this.ending.signal);
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

  private get isBehind(): boolean {
    const { epoch, segment, at } = this.deps.store.feed.position;
    const { since } = this;
    return epoch !== since.epoch || segment !== since.segment || at > since.at;
  }

  private get pollMs(): number {
    return performance.now() < this.workedAt + BUSY_MS ? POLL_MS.busy : POLL_MS.idle;
  }

  /** Applies what was published since the last time. @returns whether there was anything. */
  private async applyChanges(): Promise<boolean> {
    const { feed } = this.deps.store;
    feed.poll();
    if (!this.isBehind || this.wanted === 'first') return false;
    this.workedAt = performance.now();
    const end = feed.position;
    const changes = await this.changesAfter(this.since);
    if (!changes) return true;
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

  /** Null: that part is not kept any more, or is of another feed, so that every journal has to be checked. */
  private async changesAfter(since: Position): Promise<readonly Change[] | null> {
    try {
      return await this.deps.store.feed.after(since, CHANGES_AT_ONCE);
    } catch (error) {
      if (!(error instanceof TaskspaceError) || error.code !== 'position_gone') throw error;
      this.wanted = 'first';
      return null;
    }
  }

  private async betweenTexts(indexed: number): Promise<void> {
    if (this.wanted !== 'no') await this.sweepAll(null);
    while (!this.ended && (await this.applyChanges()));
    // What was published in the meantime waits as well.
    this.total = Math.max(this.total, this.texts.waiting);
    // Half of the work is gathering texts, the other half indexing them.
    const gathered = this.total - this.texts.waiting;
    if (this.bulk)
      await this.noteProgress('texts', Math.max(0, Math.floor((gathered + indexed * this.total) / 2)));
    if (this.ended) throw new Error('the catalog is closed');
  }

  /** Compares every journal. The place moves to where the feed ended when this began. */
  private async sweepAll(startId: string | null): Promise<void> {
    const { store, writer, onProgress } = this.deps;
    const before = this.wanted === 'first';
    this.wanted = 'no';
    if (before) this.total = await store.count();
    const began = performance.now();
    const end = store.feed.poll();
    let looked = 0;
    let found = 0;
    const taking: Promise<void>[] = [];
    try {
      for await (const step of sweep(store, writer)) {
        if (this.ended) {
          await Promise.allSettled(taking);
          return;
        }
        looked += step.looked;
        found += step.ids.length;
        // While the writer works on some, the next are folded.
        if (taking.length >= APPLYING_AT_ONCE) await taking.shift();
        // With the first sweep, `addTextsBehind` supplies the texts, in a better order.
        const one = this.applyFound(step.ids, startId === null);
        // An error is thrown where the result is awaited.
        one.catch(() => undefined);
        taking.push(one);
        if (before) await this.noteProgress('rows', looked);
        else while (await this.applyChanges());
      }
      await Promise.all(taking);
    } catch (error) {
      await Promise.allSettled(taking);
      if (before) this.wanted = 'first';
      throw error;
    }
    if (before) {
      await this.rows.apply([], end, null);
      if (this.isBefore(this.since, end)) this.since = end;
      this.texts.add([], end);
    }
    if (startId !== null) await writer.call('note', { start: startId });
    if (found > 0 || before)
      onProgress({ looked, found, ms: Math.round(performance.now() - began) }, 'Every journal was looked at');
  }

  private async applyFound(found: readonly string[], withTexts = true): Promise<void> {
    const ids = this.rows.due(found);
    if (ids.length === 0) return;
    await this.rows.apply(ids, null, null);
    if (withTexts) this.texts.add(ids, null);
    this.mayClear = true;
  }

  private isBefore(a: Position, b: Position): boolean {
    return a.epoch !== b.epoch || comparePositions(a, b) < 0;
  }

  /** @returns whether there was anything to look at. */
  private async sweepSlowly(): Promise<boolean> {
    const step = await this.slow.step();
    if (step === null) return false;
    const { store } = this.deps;
    // What somebody has put right by hand is met by no request.
    const mended = step.isFirst ? [...this.marks.rotten].filter((id) => !store.hasDamage(id)) : [];
    await this.applyFound([...new Set([...step.ids, ...mended])]);
    return step.ids.length > 0;
  }

  /** Spares the next start the search for texts that are behind: half a second at 100,000 taskspaces. */
  private async noteWhole(): Promise<void> {
    const { texts, bulk, deps, startId } = this;
    if (texts.idle && !texts.leftSome && !bulk)
      await deps.writer.call('renote', { key: 'texts', from: startId, to: WHOLE });
  }

  /** Adds the taskspaces whose rows were written by an earlier process that did not reach their texts. */
  private async addTextsBehind(): Promise<void> {
    for (let after: Behind = { id: '', activeAt: Number.MIN_SAFE_INTEGER }; ; ) {
      const behind = await this.deps.writer.call('textsBehind', { after, limit: TEXTS_AT_ONCE });
      const last = behind.at(-1);
      const ids = behind.map(({ id }) => id);
      this.texts.add(ids, ids.length < TEXTS_AT_ONCE ? this.since : null);
      if (last === undefined || ids.length < TEXTS_AT_ONCE) return;
      after = last;
    }
  }

  private async endBulk(): Promise<void> {
    if (!this.bulk) return;
    await this.deps.writer.call('bulk', { on: false });
    await this.deps.writer.call('note', { bulk: '' });
    this.bulk = false;
    this.texts.bulk = false;
    this.pool.keeping = true;
    await this.noteProgress('ready', 0, true);
    this.deps.onProgress({}, 'The catalog is whole');
  }

  /** Notes what is being built, and how many taskspaces of `total` are done; logs at a steady pace. */
  private async noteProgress(state: 'rows' | 'texts' | 'ready', done: number, now = false): Promise<void> {
    if (!now && performance.now() < this.progressAt + PROGRESS_MS) return;
    this.progressAt = performance.now();
    const of = state === 'ready' ? 0 : this.total;
    await this.deps.writer.call('note', { progress: JSON.stringify({ state, done, of }) });
    if (performance.now() < this.loggedAt + LOG_MS || state === 'ready') return;
    this.loggedAt = performance.now();
    this.deps.onProgress({ state, done, of }, 'The catalog is being made');
  }
}
