/**
 * Keeps the feed complete: compares every journal with what was published of it, and publishes what differs.
 * Done by the steward, which may be killed at any time.
 *
 * It finds what a killed writer did not publish, what a power cut took from the feed, folders that were
 * copied in, replaced or removed, and what stands in place of a folder. The last record of a journal shows
 * whether the feed contains it; only one of which another was published, or that was rewritten meanwhile, is
 * folded. Marks are remembered by this process alone, so that an unchanged journal costs one `stat`.
 */
import { isOwnTrouble, TaskspaceError } from '../../domain/errors.js';
import { FairYield } from '../../platform/yield-fairly.js';
import { isOdd, type Mark, type Marked, type UpkeepOptions } from '../ports.js';
import type { Feed } from './feed/feed.js';
import type { Reached } from './feed/segment-checkpoint.js';
import { isShortage } from './journal/failure.js';
import type { Link } from './journal/record.js';
import { mayContinue } from './mark.js';
import type { TaskspaceFolder } from './taskspace-folder.js';

/** While nothing is urgent: the pause between steps, and the least time from pass to pass. */
const STEP_MS = 500;
const PASS_MS = 5_000;
const RETRY_MS = 1_000;

export interface ReconciledStore {
  readonly feed: Feed;
  readonly isThere: boolean;
  open(id: string): TaskspaceFolder;
  mark(id: string): Mark | null;
  marks(): AsyncIterable<readonly Marked[]>;
  /** See last-link.ts. */
  lastLink(id: string): Link | null;
}

interface Met {
  /** Of the journal whose last record was found in the feed; null: not compared yet. */
  mark: Mark | null;
  /** The last pass that met something under this id. */
  pass: number;
}

export class Reconcile {
  /** What is known to exist, or to have existed. */
  private readonly met = new Map<string, Met>();
  private readonly turns = new FairYield();
  private readonly unlisten: () => void;
  private readonly running: Promise<void>;
  private pass = 0;
  private isWanted: boolean;
  private isNoted = false;
  /** How often publications may have been lost, and up to which of these times all is compared. */
  private losses: number;
  private mended = 0;
  private closed = false;
  private wake: () => void = () => undefined;

  /**
   * @param before whether the feed was complete when this process began to read it, and whether another one
   *   of the same start has seen to that: its end is like the death of any process.
   */
  constructor(
    private readonly store: ReconciledStore,
    before: { readonly wasComplete: boolean; readonly wasCompared: boolean },
    private readonly options: Pick<UpkeepOptions, 'onProgress' | 'onTrouble'> & { onCompared(): void },
  ) {
    this.losses = before.wasComplete ? 0 : 1;
    this.isWanted = before.wasCompared;
    this.unlisten = store.feed.subscribe({
      onChange: ({ id }) => this.know(id),
      onUnreadable: () => {
        this.losses++;
        this.isNoted = false;
        this.wake();
      },
    });
    this.running = this.run();
  }

  /** Whether the feed contains everything that was acknowledged. */
  get isComplete(): boolean {
    return this.mended === this.losses;
  }

  /** Compares every journal now, whatever is under way. */
  soon(): void {
    this.isWanted = true;
    this.wake();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.unlisten();
    this.wake();
    await this.running;
  }

  private get isUrgent(): boolean {
    return this.isWanted || !this.isComplete;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      const began = performance.now();
      const { isUrgent } = this;
      try {
        await this.compareAll(isUrgent);
        if (!this.isUrgent) await this.pause(began + PASS_MS - performance.now());
      } catch (error) {
        this.options.onTrouble(error);
        await this.pause(RETRY_MS);
        this.isWanted ||= isUrgent;
      }
    }
  }

  private async compareAll(isUrgent: boolean): Promise<void> {
    const { store, losses } = this;
    const began = performance.now();
    const trustsMarks = this.isComplete;
    const found = { looked: 0, differing: 0 };
    const isOver = (): boolean => this.closed || (!isUrgent && this.isUrgent);
    this.isWanted = false;
    this.pass++;
    if (this.pass === 1 || !trustsMarks) for (const id of store.feed.reachedIds()) await this.recall(id);
    for await (const some of store.marks()) {
      store.feed.poll();
      for (const one of some) {
        if (isOver()) return;
        if (!(await this.compare(one, trustsMarks))) found.differing++;
        found.looked++;
        await this.turns.next();
      }
      if (!isUrgent && !isOver()) await this.pause(STEP_MS);
    }
    for (const [id, { pass }] of this.met) {
      if (isOver()) return;
      if (pass !== this.pass && this.publishWhenGone(id)) this.met.delete(id);
      await this.turns.next();
    }
    if (!trustsMarks || (isUrgent && found.differing > 0))
      this.options.onProgress(
        { ...found, ms: Math.round(performance.now() - began) },
        'Every journal was looked at',
      );
    this.mended = losses;
    if (this.isNoted || !this.isComplete) return;
    this.options.onCompared();
    this.isNoted = true;
  }

  /** @returns whether the feed contained what is there. */
  private async compare({ id, mark }: Marked, trustsMarks: boolean): Promise<boolean> {
    const met = this.know(id);
    met.pass = this.pass;
    if (trustsMarks && met.mark === mark) return true;
    // A file that was replaced or rewritten may end as before, and be damaged before its end.
    const mayEndAsBefore = trustsMarks && met.mark !== null && !mayContinue(met.mark, mark);
    met.mark = mark;
    if (isOdd(mark)) this.store.feed.publishUnreadable(id, mark);
    else if (mark === '') this.publishWhenGone(id);
    else if (mayEndAsBefore || !this.isPublished(id)) {
      met.mark = null;
      if (this.publishFirst(id) || (await this.catchUp(id, mark))) met.mark = mark;
      return false;
    }
    return true;
  }

  /** Whether the last record of the journal is the last one that was published. */
  private isPublished(id: string): boolean {
    const { feed } = this.store;
    const reached = feed.reached(id);
    const last = reached ? this.lastLink(id) : null;
    if (last === null) return false;
    if (isLast(last, reached)) return true;
    feed.poll();
    return isLast(last, feed.reached(id));
  }

  /**
   * Publishes the last record of a journal of which nothing was published yet, without a fold: whoever
   * follows the feed folds it, and corrects a record that is not valid.
   */
  private publishFirst(id: string): boolean {
    const { feed } = this.store;
    const last = feed.reached(id) ? null : this.lastLink(id);
    if (last === null) return false;
    feed.publish({ id, to: last.number, head: last.id, owners: [], types: [] });
    return true;
  }

  private lastLink(id: string): Link | null {
    try {
      return this.store.lastLink(id);
    } catch {
      // The fold meets the same error, and tells whose trouble it is.
      return null;
    }
  }

  /** Folds the journal, which publishes what it holds. @returns false: it is worth another attempt. */
  private async catchUp(id: string, mark: Mark): Promise<boolean> {
    const { store } = this;
    const folder = store.open(id);
    try {
      await folder.catchUp();
      // An emptied journal publishes nothing by itself.
      if (folder.state.commit === 0) store.feed.publishGone(id);
      return true;
    } catch (error) {
      // What all taskspaces lack is not the trouble of this one.
      if (!(error instanceof TaskspaceError) || isShortage(error) || !store.isThere) throw error;
      store.feed.publishUnreadable(id, mark);
      return isOwnTrouble(error);
    } finally {
      folder.close();
    }
  }

  private publishWhenGone(id: string): boolean {
    const { store } = this;
    if (store.mark(id) !== null || !store.isThere) return false;
    store.feed.publishGone(id);
    return true;
  }

  private recall(id: string): Promise<void> {
    this.know(id);
    return this.turns.next();
  }

  private know(id: string): Met {
    const known = this.met.get(id);
    if (known) return known;
    const met = { mark: null, pass: 0 };
    this.met.set(id, met);
    return met;
  }

  private pause(ms: number): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isLast({ id, number }: Link, reached: Reached | undefined): boolean {
  return id === reached?.head && number === reached.to;
}
