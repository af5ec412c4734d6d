/** What the suites of the store's contract need of an adapter, and the words they are written in. */
import { createTaskspace, type Decide } from '../../src/domain/command.js';
import type { Commit } from '../../src/domain/event.js';
import { postMessages } from '../../src/domain/message-command.js';
import type { MessageRange } from '../../src/domain/message-filter.js';
import type { State } from '../../src/domain/state.js';
import type { Store, Taskspace, UpkeepOptions, Write, Written } from '../../src/store/ports.js';

/** A clock that only a test moves. */
export class TestClock {
  /** Milliseconds since 1970, as the host believes. */
  nowMs = Date.parse('2031-05-05T12:00:00.000Z');
  /** Of a clock that never goes back. */
  steadyMs = 1_000;

  pass(ms: number): void {
    this.nowMs += ms;
    this.steadyMs += ms;
  }
}

export interface StoreUnderTest {
  readonly clock: TestClock;
  /** A store over the data of this test that has not begun: one for each process of a server. */
  open(): Store;
  /** Makes the feeds forget their oldest changes, over what is written to `id` meanwhile. */
  forget(store: Store, id: string): Promise<void>;
  /** Removes a taskspace beside the store; absent: nobody but the store can. */
  remove?(id: string): void;
  close(): void;
}

/** Of an upkeep that has nothing to say: its trouble ends the test. */
export const QUIET: UpkeepOptions = {
  feedBytesMax: 0,
  onProgress: () => undefined,
  onTrouble(error) {
    throw error;
  },
};

/** Begins the store. */
export function begun(made: StoreUnderTest): Store {
  const store = made.open();
  store.begin();
  return store;
}

/** What a write answers in these tests. */
export interface Answer {
  readonly commit: number;
  readonly head: string;
}

export function writeOf(decide: Decide, more: Partial<Write<Answer>> = {}): Write<Answer> {
  return {
    by: 'ann',
    owner: 'ann',
    decide,
    answer: ({ commit, head }: State) => ({ commit, head }),
    replay: ({ number, id }: Commit) => ({ commit: number, head: id }),
    ...more,
  };
}

export function write(
  taskspace: Taskspace,
  decide: Decide,
  more: Partial<Write<Answer>> = {},
): Promise<Written<Answer>> {
  return taskspace.write(writeOf(decide, more));
}

export const create = createTaskspace({});

export function post(content: string, more: object = {}): Decide {
  return postMessages([{ content, ...more }]);
}

/** The state of a moment after this call. */
export async function present(taskspace: Taskspace): Promise<State> {
  while (!taskspace.catchUpNow()) await taskspace.catchUp();
  return taskspace.state;
}

/** A created taskspace with some messages. */
export async function withMessages(store: Store, id: string, count: number): Promise<Taskspace> {
  const taskspace = store.open(id);
  await write(taskspace, create);
  for (let n = 1; n <= count; n++) await write(taskspace, post(`m${n}`));
  return taskspace;
}

/** All messages, but for what `more` says. */
export function range(more: Partial<MessageRange>): MessageRange {
  return { after: 0, before: Number.MAX_SAFE_INTEGER, order: 'asc', limit: 1000, ...more };
}
