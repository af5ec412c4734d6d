import { describe, expect, it } from 'vitest';
import { type FeedPagesDeps, feedPage } from '../../src/app/changes/feed-pages.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import type { Commit } from '../../src/domain/event.js';
import { type Change, positionOf } from '../../src/store/ports.js';
import { comparePositions, type Position } from '../../src/store/position.js';

const EVERYTHING = (): boolean => true;
const FEED = { epoch: '0a1b2c3d', segment: 1 };
const START: Position = { ...FEED, at: 0, commit: 0 };

/** A feed of these tellings over journals of these lengths; `opened` are the taskspaces opened, in order. */
function scene(changes: readonly (readonly [id: string, from: number, to: number])[], lengths: object) {
  const feed = changes.map(
    ([id, from, to], i): Change => ({ ...FEED, at: 100 * (i + 1), id, from, to, owners: [], types: [] }),
  );
  const opened: string[] = [];
  const ranges: string[] = [];
  const after = async (since: Position, limit: number): Promise<Change[]> =>
    feed
      .filter((change) => comparePositions(positionOf(change, change.to), since) > 0)
      .slice(0, limit)
      .map((change) => (change.at === since.at ? { ...change, from: since.commit + 1 } : change));
  const folder = (id: string) => ({
    async commits<T>(first: number, last: number, show: (commit: Commit) => T): Promise<T[]> {
      ranges.push(`${id} ${first}-${last}`);
      const until = Math.min(last, Number(Object.entries(lengths).find(([name]) => name === id)?.[1] ?? 0));
      const numbers = Array.from({ length: Math.max(0, until - first + 1) }, (_, i) => first + i);
      return numbers.map((number) => show({ id: '', number, time: '', by: '', events: [] }));
    },
  });
  const use = async (id: string, work: (cached: unknown) => unknown): Promise<unknown> => {
    opened.push(id);
    return work({ folder: folder(id) });
  };
  return { deps: { l1: { use }, feed: { after } } as unknown as FeedPagesDeps, opened, ranges };
}

/** All pages, one after the other, as `<taskspace> <commit>`. */
async function pages(deps: FeedPagesDeps, limit: number, sees = EVERYTHING): Promise<string[][]> {
  const found: string[][] = [];
  for (let since = START; ; ) {
    const page = await feedPage(deps, since, limit, sees);
    found.push(page.items.map(({ change }) => `${change.taskspace} ${change.commit}`));
    since = page.end;
    if (!page.more) return found;
  }
}

describe('a page of the order of commits', () => {
  it('opens each taskspace once, however often it has changed, and keeps the order of the changes', async () => {
    const { deps, opened, ranges } = scene(
      [
        ['a', 1, 1],
        ['b', 1, 2],
        ['a', 2, 2],
        ['b', 3, 3],
        ['a', 3, 4],
      ],
      { a: 4, b: 3 },
    );
    expect(await pages(deps, 100)).toEqual([['a 1', 'b 1', 'b 2', 'a 2', 'b 3', 'a 3', 'a 4']]);
    expect([opened, ranges]).toEqual([
      ['a', 'b'],
      ['a 1-4', 'b 1-3'],
    ]);
  });

  it('goes on over a damaged journal, of which it says what the feed knows, and not over one that is away for now', async () => {
    const { deps } = scene(
      [
        ['a', 1, 1],
        ['broken', 1, 2],
        ['a', 2, 2],
      ],
      { a: 2 },
    );
    const { use } = deps.l1;
    let code: 'damaged' | 'store_unavailable' = 'damaged';
    deps.l1.use = (id, work) =>
      id === 'broken' ? Promise.reject(new TaskspaceError(code, 'of the test')) : use(id, work);
    const { items } = await feedPage(deps, START, 10, EVERYTHING);
    expect(items.map(({ change }) => [change.taskspace, change.commit, change.damaged])).toEqual([
      ['a', 1, undefined],
      ['broken', 1, true],
      ['broken', 2, true],
      ['a', 2, undefined],
    ]);
    code = 'store_unavailable';
    await expect(feedPage(deps, START, 10, EVERYTHING)).rejects.toMatchObject({ code });
  });

  it.each([1, 2, 3, 5, 8])(
    'is cut at a limit of %i, also within a change, and nothing is lost between pages',
    async (limit) => {
      const { deps } = scene(
        [
          ['a', 1, 7],
          ['b', 1, 2],
          ['a', 8, 12],
        ],
        { a: 12, b: 2 },
      );
      const all = await pages(deps, limit);
      const as = (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, i) => `a ${from + i}`);
      expect(all.flat()).toEqual([...as(1, 7), 'b 1', 'b 2', ...as(8, 12)]);
      for (const page of all.slice(0, -1)) expect(page).toHaveLength(limit);
    },
  );

  it('leaves out what the caller may not see, without opening it', async () => {
    const { deps, opened } = scene(
      [
        ['a', 1, 500],
        ['b', 1, 2],
        ['a', 501, 900],
      ],
      { a: 900, b: 2 },
    );
    expect(await pages(deps, 10, (id?: string) => id !== 'a')).toEqual([['b 1', 'b 2']]);
    expect(opened).toEqual(['b']);
  });

  it('gives what the journal still has, and begins anew where one was replaced', async () => {
    const { deps, ranges } = scene(
      [
        ['a', 1, 4],
        ['a', 5, 9],
        ['a', 1, 3],
        ['a', 4, 4],
      ],
      { a: 4 },
    );
    expect(await pages(deps, 100)).toEqual([['a 1', 'a 2', 'a 3', 'a 4', 'a 1', 'a 2', 'a 3', 'a 4']]);
    expect(ranges).toEqual(['a 1-9', 'a 1-4']);
  });
});
