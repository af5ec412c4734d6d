/**
 * Pages of the server's order of commits: what the feed has told, with the commits read from their journals.
 *
 * A page opens each taskspace once, however often it was told of: a journal that is not in L1 is folded to be read. The
 * order is that of the tellings, and so the same for all readers.
 */
import { isOwnTrouble } from '../domain/errors.js';
import type { FeedHistory } from '../store/feed-history.js';
import { positionOf } from '../store/feed-history.js';
import { type FeedPosition, positionText } from '../store/feed-position.js';
import type { Told } from '../store/feed-segment.js';
import type { TaskspaceFolder } from '../store/taskspace-folder.js';
import { type Change, damagedChange, showChange } from './change.js';
import type { UseCaseContext } from './context.js';

export interface FeedPagesDeps {
  readonly l1: Pick<UseCaseContext['l1'], 'use'>;
  readonly history: FeedHistory;
}

export interface FeedItem {
  readonly change: Change;
  readonly place: FeedPosition;
}

export interface FeedPage {
  readonly items: readonly FeedItem[];
  /** Everything up to here has been looked at. */
  readonly end: FeedPosition;
  /** There may be more after `end`. */
  readonly more: boolean;
}

/**
 * Up to `limit` changes after `since`, of taskspaces that `sees` lets pass. Look at the feed first. Errors: 410
 * `position_gone`; those of a journal that cannot be read now. Of a damaged one there is what the feed knows.
 */
export async function feedPage(
  deps: FeedPagesDeps,
  since: FeedPosition,
  limit: number,
  sees: (taskspace: string) => boolean,
): Promise<FeedPage> {
  const items: FeedItem[] = [];
  let end = since;
  for (;;) {
    const wanted = limit - items.length;
    const tellings = await deps.history.after(end, wanted);
    const taken = firstCommits(tellings, wanted, sees);
    const found = await readChanges(
      deps,
      taken.filter(({ id }) => sees(id)),
    );
    for (const told of taken) {
      for (const change of found.get(told) ?? []) {
        const place = positionOf(told, change.commit);
        items.push({ change: { position: positionText(place), ...change }, place });
      }
      end = positionOf(told, told.to);
    }
    const all = taken.length === tellings.length && taken.at(-1)?.to === tellings.at(-1)?.to;
    if (all && tellings.length < wanted) return { items, end, more: false };
    if (items.length >= limit) return { items, end, more: true };
  }
}

/** The first tellings, as many as stand for `limit` commits that may be seen; the last of them cut to fit. */
function firstCommits(tellings: readonly Told[], limit: number, sees: (id: string) => boolean): Told[] {
  const taken: Told[] = [];
  let left = limit;
  for (const told of tellings) {
    if (left === 0) break;
    const count = sees(told.id) ? Math.min(left, told.to - told.from + 1) : 0;
    taken.push(count === 0 ? told : { ...told, to: told.from + count - 1 });
    left -= count;
  }
  return taken;
}

/** The changes of each telling, as far as the journal still has them. */
async function readChanges(
  { l1 }: FeedPagesDeps,
  tellings: readonly Told[],
): Promise<ReadonlyMap<Told, readonly Change[]>> {
  const byTaskspace = new Map<string, Told[]>();
  for (const told of tellings) {
    const own = byTaskspace.get(told.id);
    if (own) own.push(told);
    else byTaskspace.set(told.id, [told]);
  }
  const found = new Map<Told, Change[]>();
  for (const [id, own] of byTaskspace) {
    try {
      await l1.use(id, ({ folder }) => readRuns(folder, id, own, found));
    } catch (error) {
      if (!isOwnTrouble(error)) throw error;
      // One journal that can't be read must not keep everybody from what others do; that something was there is said.
      for (const told of own) found.set(told, damagedChanges(told));
    }
  }
  return found;
}

/** Of one taskspace. */
async function readRuns(
  folder: TaskspaceFolder,
  id: string,
  own: readonly Told[],
  found: Map<Told, readonly Change[]>,
): Promise<void> {
  for (const run of runsOf(own)) {
    const { from, to } = { from: run[0]?.from ?? 0, to: run.at(-1)?.to ?? 0 };
    const changes = await folder.commits(from, to, (commit) => showChange(id, commit));
    for (const told of run) found.set(told, changes.slice(told.from - from, told.to - from + 1));
  }
}

function damagedChanges({ id, from, to, types }: Told): Change[] {
  return Array.from({ length: to - from + 1 }, (_, i) => damagedChange(id, from + i, types));
}

/** Tellings of one taskspace, grouped so that those of a group continue each other: a replaced journal begins anew. */
function runsOf(tellings: readonly Told[]): Told[][] {
  const runs: Told[][] = [];
  for (const told of tellings) {
    const run = runs.at(-1);
    if (run && run.at(-1)?.to === told.from - 1) run.push(told);
    else runs.push([told]);
  }
  return runs;
}
