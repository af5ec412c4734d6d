/**
 * Pages of the server's order of commits: the published changes, with the commits read from their journals.
 *
 * A page opens each taskspace once, however many of its changes it shows: a journal that is not in L1 is
 * folded to be read. The order is that of the feed, and so the same for all readers.
 */

import { damagedChange, toChangeJson } from '../../contract/change-view.js';
import type { Change as ShownChange } from '../../contract/changes.js';
import { isOwnTrouble } from '../../domain/errors.js';
import { type Change, type Feed, positionOf, type Taskspace } from '../../store/ports.js';
import { type Position, positionText } from '../../store/position.js';
import type { UseCaseContext } from '../context.js';

export interface FeedPagesDeps {
  readonly l1: Pick<UseCaseContext['l1'], 'use'>;
  readonly feed: Pick<Feed, 'poll' | 'position' | 'after'>;
}

export interface FeedItem {
  readonly change: ShownChange;
  readonly place: Position;
}

export interface FeedPage {
  readonly items: readonly FeedItem[];
  /** Everything up to here has been read. */
  readonly end: Position;
  /** There may be more after `end`. */
  readonly more: boolean;
}

/**
 * Up to `limit` changes after `since`, of taskspaces that `sees` lets pass. The feed must have been polled.
 * Of a damaged journal only what the feed knows is shown. Errors: 410 `position_gone`; those of a journal
 * that cannot be read now.
 */
export async function feedPage(
  deps: FeedPagesDeps,
  since: Position,
  limit: number,
  sees: (taskspace: string) => boolean,
): Promise<FeedPage> {
  const items: FeedItem[] = [];
  let end = since;
  for (;;) {
    const wanted = limit - items.length;
    const changes = await deps.feed.after(end, wanted);
    const taken = firstCommits(changes, wanted, sees);
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
    const all = taken.length === changes.length && taken.at(-1)?.to === changes.at(-1)?.to;
    if (all && changes.length < wanted) return { items, end, more: false };
    if (items.length >= limit) return { items, end, more: true };
  }
}

/** The first publications that hold `limit` visible commits; the last one is cut to fit. */
function firstCommits(changes: readonly Change[], limit: number, sees: (id: string) => boolean): Change[] {
  const taken: Change[] = [];
  let left = limit;
  for (const change of changes) {
    if (left === 0) break;
    const count = sees(change.id) ? Math.min(left, change.to - change.from + 1) : 0;
    taken.push(count === 0 ? change : { ...change, to: change.from + count - 1 });
    left -= count;
  }
  return taken;
}

/** The changes of each publication, as far as the journal still has them. */
async function readChanges(
  { l1 }: FeedPagesDeps,
  changes: readonly Change[],
): Promise<ReadonlyMap<Change, readonly ShownChange[]>> {
  const byTaskspace = new Map<string, Change[]>();
  for (const change of changes) {
    const own = byTaskspace.get(change.id);
    if (own) own.push(change);
    else byTaskspace.set(change.id, [change]);
  }
  const found = new Map<Change, ShownChange[]>();
  for (const [id, own] of byTaskspace) {
    try {
      await l1.use(id, ({ folder }) => readRuns(folder, id, own, found));
    } catch (error) {
      if (!isOwnTrouble(error)) throw error;
      // One unreadable journal must not hide the changes of others; that commits existed is shown.
      for (const told of own) found.set(told, damagedChanges(told));
    }
  }
  return found;
}

/** The same for one taskspace. */
async function readRuns(
  folder: Taskspace,
  id: string,
  own: readonly Change[],
  found: Map<Change, readonly ShownChange[]>,
): Promise<void> {
  for (const run of runsOf(own)) {
    const { from, to } = { from: run[0]?.from ?? 0, to: run.at(-1)?.to ?? 0 };
    const changes = await folder.commits(from, to, (commit) => toChangeJson(id, commit));
    for (const change of run) found.set(change, changes.slice(change.from - from, change.to - from + 1));
  }
}

function damagedChanges({ id, from, to, types }: Change): ShownChange[] {
  return Array.from({ length: to - from + 1 }, (_, i) => damagedChange(id, from + i, types));
}

/** Publications of one taskspace, grouped into runs without a gap: a replaced journal begins a new run. */
function runsOf(changes: readonly Change[]): Change[][] {
  const runs: Change[][] = [];
  for (const change of changes) {
    const run = runs.at(-1);
    if (run && run.at(-1)?.to === change.from - 1) run.push(change);
    else runs.push([change]);
  }
  return runs;
}
