/**
 * What every store promises of its taskspaces, whatever it is made of: the sentences of `src/store/ports.ts`.
 * Of bytes, messages and the feed: the files beside this one.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteTaskspace } from '../../src/domain/command.js';
import type { Event } from '../../src/domain/event.js';
import { grantLease } from '../../src/domain/lease-command.js';
import { EVERY_MESSAGE } from '../../src/domain/message-filter.js';
import { KEY_TTL_MS } from '../../src/domain/state.js';
import type { Mark, Store, Taskspace } from '../../src/store/ports.js';
import {
  begun,
  create,
  post,
  present,
  QUIET,
  range,
  type StoreUnderTest,
  withMessages,
  write,
} from './store-under-test.js';

const TOKEN = { hash: 'h'.repeat(43), nonce: 'n'.repeat(22), leaseSeconds: 60 };
const KEY = { key: 'a'.repeat(32), body: 'b'.repeat(32) };

export function storeContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`a store in ${name}`, () => {
    let made: StoreUnderTest;
    /** Two processes of one server. */
    let store: Store;
    let other: Store;
    beforeEach(async () => {
      made = await make();
      [store, other] = [begun(made), begun(made)];
    });
    afterEach(() => {
      for (const one of [store, other]) one.close();
      made.close();
    });

    describe('as a whole', () => {
      it('has one id, one secret and one start for all processes', () => {
        expect(store.id).toMatch(/^\S+$/);
        expect(other.id).toBe(store.id);
        expect(store.secret).toHaveLength(32);
        expect(other.secret.equals(store.secret)).toBe(true);
        expect(other.startId).toBe(store.startId);
      });

      it('can be read, and has room', async () => {
        expect(store.isThere).toBe(true);
        await store.check();
        expect(await store.room()).toBeGreaterThan(0);
      });

      it('keeps nothing of what was only asked for', async () => {
        const nothing = store.open('nothing');
        expect((await present(nothing)).commit).toBe(0);
        expect([nothing.exists, nothing.mark, nothing.storedBytes, nothing.isPublished]).toEqual([
          ...[false, null, 0, true],
        ]);
        expect(await nothing.messages(EVERY_MESSAGE, range({}))).toEqual([]);
        expect(await nothing.commits(1, 9, ({ number }) => number)).toEqual([]);
        expect([await store.count(), await marksOf(store), store.mark('nothing')]).toEqual([0, {}, null]);
      });

      it('counts and marks all taskspaces, the deleted ones too, some at a time', async () => {
        const ids = Array.from({ length: 12 }, (_, n) => `t${n}`);
        for (const id of ids) await write(store.open(id), create);
        await write(store.open('t3'), deleteTaskspace({}));
        expect([await store.count(), await other.count()]).toEqual([12, 12]);
        expect(Object.keys(await marksOf(store)).sort()).toEqual([...ids].sort());
      });

      it('marks a content: equal while nothing is written, for every process, and another one afterwards', async () => {
        const taskspace = await withMessages(store, 't', 1);
        await present(taskspace);
        const { mark } = taskspace;
        expect(mark).not.toBeNull();
        expect([store.mark('t'), other.mark('t'), (await marksOf(other)).t]).toEqual([mark, mark, mark]);
        await write(other.open('t'), post('x'));
        expect(store.mark('t')).not.toBe(mark);
        await present(taskspace);
        expect(taskspace.mark).toBe(store.mark('t'));
      });

      it('knows of no damage where there is none, and repairs nothing', async () => {
        const taskspace = await withMessages(store, 't', 1);
        expect([store.damageVersion('t'), store.hasDamage('t'), taskspace.isLinked]).toEqual([
          '',
          false,
          false,
        ]);
        expect(taskspace.damagedArtifacts()).toEqual([]);
        const { mark } = taskspace;
        await taskspace.repairMirror();
        await present(taskspace);
        expect(taskspace.mark).toBe(mark);
      });

      it('is kept up in the background, and settles', async () => {
        const upkeep = store.keepUp(QUIET);
        upkeep.processDied();
        await withMessages(store, 't', 1);
        await upkeep.close();
        await store.settle();
      });
    });

    describe('of a state', () => {
      it('shows that of a moment after the call, whoever has written', async () => {
        const taskspace = await withMessages(store, 't', 1);
        const far = other.open('t');
        for (let n = 2; n < 20; n++) {
          await write(n % 2 ? taskspace : far, post('x'));
          expect((await present(n % 2 ? far : taskspace)).messages.count).toBe(n);
        }
      });

      it('shows nothing that is not published', async () => {
        const taskspace = await withMessages(store, 't', 3);
        await present(taskspace);
        expect(taskspace.isPublished).toBe(true);
      });

      it('continues what it showed before, under the same number of loads', async () => {
        const taskspace = await withMessages(store, 't', 1);
        await present(taskspace);
        const { loads } = taskspace;
        await write(other.open('t'), post('x'));
        await write(taskspace, post('y'));
        await present(taskspace);
        expect([taskspace.loads, taskspace.state.messages.count]).toEqual([loads, 3]);
      });

      it('says what it weighs and how many bytes are stored', async () => {
        const taskspace = await withMessages(store, 't', 1);
        await present(taskspace);
        const { storedBytes } = taskspace;
        expect(taskspace.weight).toBeGreaterThan(0);
        await write(taskspace, post('x'.repeat(1000)));
        await present(taskspace);
        expect(taskspace.storedBytes).toBeGreaterThanOrEqual(storedBytes + 1000);
      });

      it('is the same over two handles of one process, and over one that was released', async () => {
        const [one, two] = [await withMessages(store, 't', 1), store.open('t')];
        await write(two, post('x'));
        expect((await present(one)).messages.count).toBe(2);
        one.close();
        await write(one, post('y'));
        expect((await present(two)).messages.count).toBe(3);
      });
    });

    describe('of a write', () => {
      it('answers from the state after its commit, which has the next number and a new head', async () => {
        const taskspace = store.open('t');
        const first = await write(taskspace, create);
        const second = await write(taskspace, post('x'), { by: 'bob' });
        expect([first.commit, second.commit]).toEqual([1, 2]);
        expect(first.appended?.id).toMatch(/^[0-9a-f]{16}$/);
        expect(second).toMatchObject({
          answer: { commit: 2, head: second.appended?.id },
          appended: { number: 2, by: 'bob', events: [{ type: 'message.posted' }] },
          replayed: false,
        });
        expect(second.appended?.id).not.toBe(first.appended?.id);
      });

      it('decides on the present state, and lets the author depend on it', async () => {
        const taskspace = await withMessages(store, 't', 1);
        await write(other.open('t'), post('x'));
        const { appended } = await write(
          taskspace,
          (state, { owner, by, time }) => {
            expect([state.messages.count, owner, by]).toEqual([2, 'eve', 'after 3']);
            expect(Date.parse(time)).toBeGreaterThan(Date.parse(state.time));
            return post('y')(state, { owner, by, time, clock: store.clock.moment() });
          },
          { by: ({ commit }) => `after ${commit}`, owner: 'eve' },
        );
        expect(appended).toMatchObject({ number: 4, by: 'after 3' });
      });

      it('that changes nothing leaves nothing, and says at which commit it found that', async () => {
        const taskspace = await withMessages(store, 't', 1);
        const mark = store.mark('t');
        const { answer, ...rest } = await write(taskspace, () => []);
        expect(rest).toEqual({ commit: 2, appended: null, replayed: false });
        expect(answer.commit).toBe(2);
        expect(store.mark('t')).toBe(mark);
      });

      it('that is refused leaves nothing', async () => {
        const taskspace = await withMessages(store, 't', 1);
        const mark = store.mark('t');
        await expect(write(taskspace, create)).rejects.toMatchObject({ code: 'already_exists' });
        await expect(write(store.open('no'), post('x'))).rejects.toMatchObject({ code: 'not_found' });
        expect([store.mark('t'), await store.count()]).toEqual([mark, 1]);
        expect((await write(taskspace, post('y'))).commit).toBe(3);
      });

      it('of what no reader accepts is refused as a defect and leaves nothing', async () => {
        const taskspace = await withMessages(store, 't', 1);
        const odd = { type: 'message.posted', message: { seq: 'two' } } as unknown as Event;
        await expect(write(taskspace, () => [odd])).rejects.toThrow('no fold accepts');
        expect((await present(taskspace)).messages.count).toBe(1);
        expect((await write(taskspace, post('y'))).commit).toBe(3);
      });

      it('has a time that grows by a millisecond at least, also while the clock stands or goes back', async () => {
        const taskspace = await withMessages(store, 't', 3);
        made.clock.nowMs -= 60_000;
        await write(other.open('t'), post('x'));
        made.clock.nowMs += 600_000;
        await write(taskspace, post('y'));
        const times = await taskspace.commits(1, 9, ({ time }) => Date.parse(time));
        expect(times).toHaveLength(6);
        for (const [n, time] of times.entries()) expect(time).toBeGreaterThan(times[n - 1] ?? 0);
        expect(times.at(-1)).toBe(made.clock.nowMs);
      });

      it('loses nothing among concurrent writers, and gives each commit one number', async () => {
        const handles = [await withMessages(store, 't', 0), store.open('t'), other.open('t')];
        const rounds = Array.from({ length: 60 }, (_, n) => `n${n}`);
        const written = await Promise.all(
          rounds.map((text, n) => write(handles[n % 3] as Taskspace, post(text))),
        );
        expect(written.map(({ commit }) => commit).sort((a, b) => a - b)).toEqual(
          rounds.map((_, n) => n + 2),
        );
        for (const handle of handles) {
          await present(handle);
          const found = await handle.messages(EVERY_MESSAGE, range({}));
          expect(found.map(({ content }) => content).sort()).toEqual([...rounds].sort());
          expect(found.map(({ seq }) => seq)).toEqual(rounds.map((_, n) => n + 1));
        }
      });
    });

    describe('of a write with a key', () => {
      it('answers the same again from its first commit, by every process, and decides nothing', async () => {
        const taskspace = await withMessages(store, 't', 1);
        const first = await write(taskspace, post('x'), { key: KEY });
        await write(taskspace, post('y'));
        for (const handle of [taskspace, store.open('t'), other.open('t')]) {
          const again = await write(handle, () => expect.fail('it was decided again'), { key: KEY });
          expect(again).toEqual({ answer: first.answer, commit: 3, appended: null, replayed: true });
        }
        expect((await present(taskspace)).messages.count).toBe(3);
      });

      it('refuses the key with another body', async () => {
        const taskspace = await withMessages(store, 't', 1);
        await write(taskspace, post('x'), { key: KEY });
        const otherBody = { key: { ...KEY, body: 'c'.repeat(32) } };
        const refused = expect.objectContaining({ code: 'idempotency_key_reused' });
        await expect(write(other.open('t'), post('x'), otherBody)).rejects.toEqual(refused);
        expect((await present(taskspace)).messages.count).toBe(2);
      });

      it('takes it once among concurrent ones', async () => {
        const handles = [await withMessages(store, 't', 0), store.open('t'), other.open('t')];
        const written = await Promise.all(handles.map((handle) => write(handle, post('x'), { key: KEY })));
        expect(new Set(written.map(({ commit }) => commit))).toEqual(new Set([2]));
        expect(written.filter(({ replayed }) => !replayed)).toHaveLength(1);
      });

      it('forgets the key after a day, and not before', async () => {
        const taskspace = await withMessages(store, 't', 0);
        await write(taskspace, post('x'), { key: KEY });
        made.clock.pass(KEY_TTL_MS - 1000);
        expect((await write(taskspace, post('x'), { key: KEY })).replayed).toBe(true);
        made.clock.pass(2000);
        expect(await write(taskspace, post('x'), { key: KEY })).toMatchObject({ commit: 3, replayed: false });
      });
    });

    describe('of time', () => {
      it('lets a lease last as long as it was granted for, whatever the clock of the host does', async () => {
        const taskspace = await withMessages(store, 't', 0);
        await write(taskspace, grantLease('l', 'ann', TOKEN));
        const left = (): number => {
          const lease = taskspace.state.leases.get('l');
          return lease ? store.clock.moment().leftMs(lease) : Number.NaN;
        };
        await present(taskspace);
        expect([store.clock.nowMs(), left()]).toEqual([made.clock.nowMs, 60_000]);
        made.clock.nowMs -= 3_600_000;
        expect(left()).toBe(60_000);
        made.clock.pass(59_000);
        expect(left()).toBe(1_000);
        made.clock.pass(1_001);
        expect(left()).toBeLessThanOrEqual(0);
      });

      it('counts a lease from when it was published, for a process that looks only later, too', async () => {
        await write(await withMessages(store, 't', 0), grantLease('l', 'ann', TOKEN));
        other.feed.poll();
        made.clock.nowMs -= 3_600_000;
        made.clock.pass(60_001);
        for (const one of [store, other]) {
          const lease = (await present(one.open('t'))).leases.get('l');
          expect(lease && one.clock.moment().leftMs(lease)).toBeLessThanOrEqual(0);
        }
      });
    });
  });
}

async function marksOf(store: Store): Promise<Record<string, Mark>> {
  const found: Record<string, Mark> = {};
  for await (const some of store.marks()) for (const { id, mark } of some) found[id] = mark;
  return found;
}
