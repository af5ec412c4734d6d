/** What every store promises of its feed: all commits in one order, each of them before it is shown. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTaskspace, deleteTaskspace, patchTaskspace } from '../../src/domain/command.js';
import { type Change, type Feed, positionOf, type Store } from '../../src/store/ports.js';
import { comparePositions, type Position, parsePosition, positionText } from '../../src/store/position.js';
import { eventually } from '../kit/eventually.js';
import {
  begun,
  create,
  post,
  present,
  QUIET,
  type StoreUnderTest,
  withMessages,
  write,
} from './store-under-test.js';

export function feedContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`the feed of a store in ${name}`, () => {
    let made: StoreUnderTest;
    let store: Store;
    let other: Store;
    let near: Heard;
    let far: Heard;
    beforeEach(async () => {
      made = await make();
      [store, other] = [made.open(), made.open()];
      [near, far] = [new Heard(store.feed), new Heard(other.feed)];
      expect(store.feed.segmentId).toBe('');
      for (const one of [store, other]) one.begin();
    });
    afterEach(() => {
      for (const one of [store, other]) one.close();
      made.close();
    });

    it('names for all processes the part that they read from its beginning', () => {
      expect(store.feed.segmentId).not.toBe('');
      expect(other.feed.segmentId).toBe(store.feed.segmentId);
    });

    it('has a change before its commit is acknowledged, with its owners and the types of its events', async () => {
      const taskspace = store.open('t');
      await present(taskspace);
      await write(taskspace, createTaskspace({ owner: 'ann' }));
      expect(near.changes).toMatchObject([
        { id: 't', from: 1, to: 1, owners: ['ann'], types: ['taskspace.created'] },
      ]);
      await write(taskspace, patchTaskspace({ owner: 'bob' }, {}));
      const last = near.changes.at(-1);
      expect([...(last?.owners ?? [])].sort()).toEqual(['ann', 'bob']);
      expect(last?.types).toEqual(['taskspace.updated']);
      expect(near.published).toEqual(['t', 't']);
      expect(far.changes).toEqual([]);
      other.feed.poll();
      expect(far.changes).toEqual(near.changes);
      expect(far.published).toEqual([]);
    });

    it('has what is shown to anybody, whoever has written it', async () => {
      await withMessages(other, 't', 2);
      expect((await present(store.open('t'))).commit).toBe(3);
      store.feed.poll();
      expect(near.changes.at(-1)?.to).toBe(3);
    });

    it('has each commit once and all in one order, for every process and who comes later', async () => {
      const handles = [store, other].flatMap((one) => ['a', 'b', 'c'].map((id) => one.open(id)));
      await Promise.all(handles.slice(0, 3).map((handle) => write(handle, create)));
      for (let n = 0; n < 5; n++) await Promise.all(handles.map((handle) => write(handle, post('x'))));
      await Promise.all(handles.slice(0, 3).map((handle) => write(handle, deleteTaskspace({}))));
      for (const one of [store, other]) one.feed.poll();
      expect(near.changes.length).toBeGreaterThan(12);
      expect(far.changes).toEqual(near.changes);
      for (const id of ['a', 'b', 'c']) {
        const own = near.changes.filter((change) => change.id === id);
        expect(own.flatMap(numbersOf)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
      }
      const later = made.open();
      const heard = new Heard(later.feed);
      later.begin();
      expect(heard.changes).toEqual(near.changes);
      later.close();
    });

    it('has positions that grow, that stand still while nothing happens, and that a text can carry', async () => {
      const { feed } = store;
      const seen: Position[] = [feed.position];
      for (const id of ['a', 'b', 'c']) {
        await write(store.open(id), create);
        seen.push(feed.poll());
        expect(feed.poll()).toEqual(seen.at(-1));
        expect(feed.position).toEqual(seen.at(-1));
      }
      for (const [n, position] of seen.entries()) {
        expect(parsePosition(positionText(position))).toEqual(position);
        if (n > 0) expect(comparePositions(position, seen[n - 1] as Position)).toBeGreaterThan(0);
        // A derived result is named after the place of the last change: it must not be that of the next one.
        const change = near.changes[n];
        if (change) expect(change.at).toBeGreaterThan(position.at);
      }
    });

    it('polls at the end of a turn once for all who ask in it, and everything acknowledged is in it', async () => {
      await write(other.open('t'), create);
      const asked = [store.feed.pollSoon(), store.feed.pollSoon()];
      expect(near.changes).toEqual([]);
      const [first, second] = await Promise.all(asked);
      expect(second).toEqual(first);
      expect(first).toEqual(store.feed.position);
      expect(near.changes).toHaveLength(1);
      const { polledAt } = store.feed;
      await store.feed.pollSoon();
      expect(store.feed.polledAt).toBeGreaterThan(polledAt);
    });

    it('calls no listener that has left', async () => {
      near.leave();
      await write(store.open('t'), create);
      expect([near.changes, near.published]).toEqual([[], []]);
    });

    it('continues where no poll leads, if it does', async () => {
      await write(store.open('t'), create);
      for (const one of [store, other]) one.feed.checkContinuity();
      other.feed.poll();
      expect([near.missed, far.missed, far.changes.length]).toEqual([0, 0, 1]);
    });

    it('gives what follows a position, up to a limit, also from the middle of a change', async () => {
      for (const id of ['a', 'b', 'c', 'd']) await withMessages(store, id, 1);
      const { feed } = store;
      const all = near.changes;
      expect(await feed.after(feed.oldest(), 100)).toEqual(all);
      expect([...feed.latest()]).toEqual([...all].reverse());
      expect(await feed.after(feed.poll(), 100)).toEqual([]);
      for (const [n, change] of all.entries()) {
        expect(await feed.after(positionOf(change, change.to), 3)).toEqual(all.slice(n + 1, n + 4));
        const [rest] = await feed.after(positionOf(change, 0), 1);
        expect(rest).toEqual(change);
      }
      other.feed.poll();
      expect(await other.feed.after(feed.oldest(), 3)).toEqual(all.slice(0, 3));
    });

    it('says of positions that it does not know, or not any more, that they are gone', async () => {
      await withMessages(store, 't', 3);
      const { feed } = store;
      const here = feed.poll();
      const gone = expect.objectContaining({ code: 'position_gone' });
      for (const there of [
        { ...here, epoch: '00000000' },
        { ...here, segment: here.segment + 1 },
        { ...here, at: here.at + 1_000_000 },
      ])
        await expect(feed.after(there, 10)).rejects.toEqual(gone);
      const first = feed.oldest();
      await made.forget(store, 't');
      expect(comparePositions(feed.oldest(), first)).toBeGreaterThan(0);
      const later = begun(made);
      await expect(later.feed.after(first, 10)).rejects.toEqual(gone);
      later.close();
      const now = feed.poll();
      await write(store.open('t'), post('x'));
      expect(await feed.after(now, 10)).toMatchObject([{ id: 't' }]);
      expect((await feed.after(feed.oldest(), 10)).length).toBeGreaterThan(0);
    });

    it('lets nobody miss a change without saying so', async () => {
      await withMessages(store, 't', 3);
      await made.forget(store, 't');
      other.feed.poll();
      other.feed.checkContinuity();
      const { commit } = await present(store.open('t'));
      const numbers = far.changes.flatMap(numbersOf);
      expect(numbers.at(-1)).toBe(commit);
      if (far.missed === 0) expect(numbers).toEqual(Array.from({ length: commit }, (_, n) => n + 1));
    });

    it('is complete while one process keeps the store up, and stays so when another one dies', async () => {
      await withMessages(other, 't', 1);
      const upkeep = store.keepUp(QUIET);
      await eventually(() => upkeep.isFeedComplete);
      upkeep.processDied();
      await eventually(() => upkeep.isFeedComplete);
      store.feed.poll();
      expect(near.changes.flatMap(numbersOf)).toEqual([1, 2]);
      await upkeep.close();
    });

    it('says that a taskspace is gone, where others than the store can remove it', async (test) => {
      test.skip(made.remove === undefined, `nobody but the store removes what is in ${name}`);
      await withMessages(store, 't', 1);
      made.remove?.('t');
      expect(store.mark('t')).toBeNull();
      const upkeep = store.keepUp(QUIET);
      upkeep.processDied();
      await eventually(() => {
        other.feed.poll();
        return far.changes.at(-1)?.to === 0;
      });
      await upkeep.close();
      expect(far.changes.at(-1)?.id).toBe('t');
      await present(await withMessages(other, 't', 1));
      expect(far.changes.at(-1)).toMatchObject({ id: 't', to: 2 });
    });
  });
}

function numbersOf({ from, to }: Change): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

/** Everything that a feed tells its listeners. */
class Heard {
  readonly changes: Change[] = [];
  readonly published: string[] = [];
  missed = 0;
  private readonly leaving: (() => void)[];

  constructor(feed: Feed) {
    this.leaving = [
      feed.subscribe({
        onChange: (change) => this.changes.push(change),
        onUnreadable: () => {
          this.missed++;
        },
      }),
      feed.onPublish((id) => this.published.push(id)),
    ];
  }

  leave(): void {
    for (const leave of this.leaving) leave();
  }
}
