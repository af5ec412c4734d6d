/** What every store promises of what was committed: commits by number, messages, generations. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTaskspace, deleteTaskspace, patchTaskspace } from '../../src/domain/command.js';
import type { Message } from '../../src/domain/message.js';
import { postMessages } from '../../src/domain/message-command.js';
import {
  EVERY_MESSAGE,
  type MessageFilter,
  type MessageRange,
  passes,
} from '../../src/domain/message-filter.js';
import type { Store } from '../../src/store/ports.js';
import {
  begun,
  create,
  post,
  present,
  range,
  type StoreUnderTest,
  withMessages,
  write,
} from './store-under-test.js';

export function messagesContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`commits and messages of a store in ${name}`, () => {
    let made: StoreUnderTest;
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

    it('gives what is shown of the commits from one to another, as far as there are any', async () => {
      const taskspace = await withMessages(store, 't', 9);
      const commits = (first: number, last: number): Promise<number[]> =>
        other.open('t').commits(first, last, ({ number }) => number);
      expect(await commits(1, 3)).toEqual([1, 2, 3]);
      expect(await commits(8, 99)).toEqual([8, 9, 10]);
      expect([await commits(11, 99), await commits(4, 3), await commits(-3, 0)]).toEqual([[], [], []]);
      expect(await taskspace.commits(2, 2, ({ events }) => events[0]?.type)).toEqual(['message.posted']);
    });

    it('finds messages by what they are and where they stand, in both orders', async () => {
      const taskspace = store.open('t');
      await write(taskspace, create);
      for (let n = 0; n < 40; n++)
        await write(
          taskspace,
          postMessages([messageLike(3 * n), messageLike(3 * n + 1), messageLike(3 * n + 2)]),
        );
      const all = await taskspace.messages(EVERY_MESSAGE, range({}));
      expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 120 }, (_, n) => n + 1));
      for (const filter of FILTERS) {
        for (const wanted of RANGES) {
          const found = await other.open('t').messages(filter, wanted);
          expect(found, JSON.stringify([filter, wanted])).toEqual(naively(all, filter, wanted));
        }
      }
    });

    it('begins anew with each generation, while all numbers go on', async () => {
      const taskspace = await withMessages(store, 't', 3);
      const born = taskspace.state.bornTag;
      await write(taskspace, deleteTaskspace({}));
      expect((await present(other.open('t'))).deleted).not.toBeNull();
      expect(taskspace.exists).toBe(true);
      await write(other.open('t'), createTaskspace({ owner: 'bob' }));
      const { commit } = await write(taskspace, post('again'));
      const state = await present(taskspace);
      expect([commit, state.metadata?.owner, state.deleted]).toEqual([7, 'bob', null]);
      expect(state.bornTag).not.toBe(born);
      const found = await taskspace.messages(EVERY_MESSAGE, range({}));
      expect(found.map(({ seq, content }) => [seq, content])).toEqual([[4, 'again']]);
      expect(await taskspace.messages(EVERY_MESSAGE, range({ before: 4 }))).toEqual([]);
      expect(await taskspace.commits(1, 99, ({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect((await write(taskspace, patchTaskspace({ name: 'x' }, {}))).commit).toBe(8);
    });
  });
}

function messageLike(n: number): object {
  return {
    content: `m${n}`,
    ...(n % 3 === 0 ? { conversation: 'side' } : {}),
    ...(n % 5 === 0 ? { from: 'bob' } : {}),
    ...(n % 4 === 0 ? { to: 'eve' } : n % 7 === 0 ? { to: 'bob' } : {}),
    ...(n % 2 === 0 ? { role: 'assistant' } : {}),
  };
}

const FILTERS: readonly MessageFilter[] = [
  EVERY_MESSAGE,
  { ...EVERY_MESSAGE, conversation: 'side' },
  { ...EVERY_MESSAGE, conversation: 'default', role: 'user' },
  { ...EVERY_MESSAGE, conversation: 'none' },
  { ...EVERY_MESSAGE, from: 'bob', to: 'eve' },
  { ...EVERY_MESSAGE, to: 'bob' },
];

const RANGES: readonly MessageRange[] = (['asc', 'desc'] as const).flatMap((order) => [
  range({ order }),
  range({ order, limit: 5 }),
  range({ order, limit: 0 }),
  range({ order, after: 100, limit: 3 }),
  range({ order, before: 20, limit: 7 }),
  range({ order, after: 30, before: 60 }),
  range({ order, after: 60, before: 61 }),
  range({ order, after: 500 }),
]);

function naively(
  all: readonly Message[],
  filter: MessageFilter,
  { after, before, order, limit }: MessageRange,
): Message[] {
  const found = all.filter(
    (message) => message.seq > after && message.seq < before && passes(message, filter),
  );
  return (order === 'asc' ? found : found.reverse()).slice(0, limit);
}
