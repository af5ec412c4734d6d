/**
 * The sweep: compares every journal's file with what the catalog knows of it, step by step.
 *
 * It finds what a killed writer did not publish, folders that were copied in, folders that were removed, and
 * what stands in place of a folder.
 * Each step is a few hundred `stat`, followed by the caller's handling of the result; nothing is changed
 * here.
 */

import { FairYield } from '../platform/yield-fairly.js';
import { isOdd, type Marked, type Store } from '../store/ports.js';
import type { Calls } from './calls.js';
import type { CatalogWriting } from './catalog-writing.js';

const IDS_AT_ONCE = 500;
/** The slow sweep: the interval between steps, and the least time that a whole sweep takes. */
const SLOW_STEP_MS = 500;
const SLOW_SWEEP_MS = 5_000;

export interface SweepStep {
  /** Journals checked in this step. */
  readonly looked: number;
  /** Those that differ from what the catalog knows. */
  readonly ids: readonly string[];
}

/** Errors: 503 `store_unavailable`; then no journal has been reported gone. */
export async function* sweep(store: Store, writer: Calls<CatalogWriting>): AsyncGenerator<SweepStep> {
  const turns = new FairYield();
  let asked: Promise<SweepStep> | null = null;
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
  for (let after = ''; ; ) {
    const known = await writer.call('journals', { after, limit: IDS_AT_ONCE });
    const last = known.at(-1);
    if (last === undefined) return;
    const gone: string[] = [];
    for (const id of known) {
      const mark = store.mark(id);
      if (mark === null || isOdd(mark)) gone.push(id);
      await turns.next();
    }
    if (gone.length > 0 && store.isThere) yield { looked: 0, ids: gone };
    after = last;
  }
}

/** The sweep that never ends: a step at a time, the first at once. */
export class SlowSweep {
  private running: AsyncGenerator<SweepStep> | null = null;
  private stepAt = Number.NEGATIVE_INFINITY;
  private beginAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: Store,
    private readonly writer: Calls<CatalogWriting>,
  ) {}

  /** The next step, when it is due. `isFirst`: a sweep begins with it. */
  async step(): Promise<(SweepStep & { readonly isFirst: boolean }) | null> {
    const now = performance.now();
    if (now < this.stepAt) return null;
    this.stepAt = now + SLOW_STEP_MS;
    const isFirst = this.running === null;
    if (isFirst && now < this.beginAt) return null;
    if (isFirst) this.beginAt = now + SLOW_SWEEP_MS;
    const running = this.running ?? sweep(this.store, this.writer);
    // One that fails is begun anew.
    this.running = null;
    const { value, done } = await running.next();
    if (done) return null;
    this.running = running;
    return { ...value, isFirst };
  }
}
