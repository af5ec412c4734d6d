/**
 * Compares the rows of the catalog with what the store has, by the marks of both, some at a time.
 *
 * It finds what differs although the feed says nothing of it, or no longer can: rows of another feed, files
 * that were changed behind their last record, links beside them. Each step is followed by the caller's
 * handling of the result; nothing is changed here.
 */

import { FairYield } from '../platform/yield-fairly.js';
import { isOdd, type Marked, type Store } from '../store/ports.js';
import type { Calls } from './calls.js';
import type { CatalogWriting } from './catalog-writing.js';

const IDS_AT_ONCE = 500;
/** The slow comparison: the interval between steps, and the least time that a whole one takes. */
const SLOW_STEP_MS = 500;
const SLOW_PASS_MS = 5_000;

export interface ComparedStep {
  /** Taskspaces checked in this step. */
  readonly looked: number;
  /** Those that differ from what the catalog knows. */
  readonly ids: readonly string[];
}

/** What is there, and differs. Errors: 503 `store_unavailable`. */
export async function* differingRows(
  store: Store,
  writer: Calls<CatalogWriting>,
): AsyncGenerator<ComparedStep> {
  let asked: Promise<ComparedStep> | null = null;
  for await (const some of store.marks()) {
    const marks: Marked[] = [];
    const odd: string[] = [];
    for (const one of some) {
      if (isOdd(one.mark)) odd.push(one.id);
      else if (one.mark !== '') marks.push(one);
    }
    // Asked now and yielded with the next: else each step would wait for the work given to the writer.
    if (asked) yield await asked;
    asked = writer.call('differing', marks).then((ids) => ({ looked: some.length, ids: [...odd, ...ids] }));
    // If the work in between fails, that is the error to report.
    asked.catch(() => undefined);
  }
  if (asked) yield await asked;
}

/** The same, then rows of what is not there any more. Nothing is gone while the store is not there. */
export async function* allDifferingRows(
  store: Store,
  writer: Calls<CatalogWriting>,
): AsyncGenerator<ComparedStep> {
  const turns = new FairYield();
  yield* differingRows(store, writer);
  for (let after = ''; ; ) {
    const known = await writer.call('journals', { after, limit: IDS_AT_ONCE });
    const last = known.at(-1);
    if (last === undefined) return;
    const gone: string[] = [];
    for (const id of known) {
      if (store.mark(id) === null) gone.push(id);
      await turns.next();
    }
    if (gone.length > 0 && store.isThere) yield { looked: 0, ids: gone };
    after = last;
  }
}

/**
 * The comparison that never ends: a step at a time, the first at once. What is gone comes by the feed, which
 * derived results follow as well.
 */
export class SlowComparison {
  private running: AsyncGenerator<ComparedStep> | null = null;
  private stepAt = Number.NEGATIVE_INFINITY;
  private beginAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: Store,
    private readonly writer: Calls<CatalogWriting>,
  ) {}

  /** The next step, when it is due. `isFirst`: a comparison begins with it. */
  async step(): Promise<(ComparedStep & { readonly isFirst: boolean }) | null> {
    const now = performance.now();
    if (now < this.stepAt) return null;
    this.stepAt = now + SLOW_STEP_MS;
    const isFirst = this.running === null;
    if (isFirst && now < this.beginAt) return null;
    if (isFirst) this.beginAt = now + SLOW_PASS_MS;
    const running = this.running ?? differingRows(this.store, this.writer);
    // One that fails is begun anew.
    this.running = null;
    const { value, done } = await running.next();
    if (done) return null;
    this.running = running;
    return { ...value, isFirst };
  }
}
