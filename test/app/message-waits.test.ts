import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MessageQuery } from '../../src/app/messages/message-pages.js';
import type { UseCases } from '../../src/app/use-cases.js';
import type { MessageInput } from '../../src/domain/message.js';
import { TaskspaceFolder } from '../../src/store/files/taskspace-folder.js';
import { ANN, Crew } from './cache-scene.js';

const ALL: MessageQuery = {
  conversation: null,
  from: null,
  to: null,
  role: null,
  after: null,
  before: null,
  order: 'asc',
  limit: 50,
  cursor: null,
};
/** Longer than a test may take: who is not woken fails it. */
const patience = () => ({ waitSeconds: 600, signal: new AbortController().signal });

let dataDir: string;
let crew: Crew;
let one: UseCases;
let two: UseCases;

/** Two workers without a bus: each learns from the feed what the other has done, by looking. */
beforeEach(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-waits-'));
  crew = new Crew(dataDir);
  one = await crew.start(1);
  two = await crew.start(2);
  await one.taskspaces.create(ANN, { id: 't' }, null);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await crew.close();
  fs.rmSync(dataDir, { recursive: true });
});

const post = (service: UseCases, ...messages: MessageInput[]) =>
  service.messages.post(ANN, 't', messages, true, null);

async function seqs(answer: Promise<{ body: Buffer }>): Promise<number[]> {
  const { items } = JSON.parse((await answer).body.toString()) as { items: { seq: number }[] };
  return items.map(({ seq }) => seq);
}

/** How many pages are read from the log from here on. */
function countReads(): { readonly reads: number } {
  const spy = vi.spyOn(TaskspaceFolder.prototype, 'messages');
  return {
    get reads() {
      return spy.mock.calls.length;
    },
  };
}

/** All have looked once and wait: each look is one read, and reads nothing as the log is empty. */
async function settled(counter: { readonly reads: number }, reads: number): Promise<void> {
  await vi.waitFor(() => expect(counter.reads).toBe(reads), { timeout: 10_000, interval: 1 });
}

describe('readers that wait for messages', () => {
  it('hear of one that another worker posts', async () => {
    const waiting = two.messages.list(ANN, 't', ALL, patience());
    const filtered = two.messages.list(ANN, 't', { ...ALL, to: 'bob' }, patience());
    await post(one, { to: 'carol' });
    expect(await seqs(waiting)).toEqual([1]);
    await post(one, { to: 'bob' });
    expect(await seqs(filtered)).toEqual([2]);
  });

  it('share one read for a change, whatever their filters, and one body if they asked the same', async () => {
    const counter = countReads();
    const same = Array.from({ length: 50 }, () => one.messages.list(ANN, 't', ALL, patience()));
    const inboxes = Array.from({ length: 50 }, (_, i) =>
      one.messages.list(ANN, 't', { ...ALL, to: `agent-${i}` }, patience()),
    );
    await settled(counter, 100);
    await post(one, { to: 'nobody' });
    const bodies = new Set((await Promise.all(same)).map(({ body }) => body));
    expect(bodies.size).toBe(1);
    expect(counter.reads).toBe(101);
    await post(one, ...inboxes.map((_, i) => ({ to: `agent-${i}` })));
    for (const [i, inbox] of inboxes.entries()) expect(await seqs(inbox)).toEqual([2 + i]);
    expect(counter.reads).toBe(102);
  });

  it('are woken once by 500 messages in one post', async () => {
    const counter = countReads();
    const waiting = one.messages.list(ANN, 't', { ...ALL, from: 'never', limit: 500 }, patience());
    await settled(counter, 1);
    await post(one, ...Array.from({ length: 500 }, () => ({ content: 'x' })));
    await post(one, { from: 'never' });
    expect(await seqs(waiting)).toEqual([501]);
    // One look of its own, one that found 500 others, one that found it: the last two may have been one.
    expect(counter.reads).toBeLessThanOrEqual(3);
  });

  it('find what is behind more than a hub reads at a time', async () => {
    const reads = countReads();
    const waiting = two.messages.list(ANN, 't', { ...ALL, from: 'bob' }, patience());
    await post(one, { from: 'carol' });
    await vi.waitFor(() => expect(reads.reads).toBeGreaterThan(1), { timeout: 10_000, interval: 1 });
    const crowd = Array.from({ length: 500 }, () => ({ from: 'carol' }));
    // The other worker looks every 250 ms: it finds these together.
    await post(one, ...crowd);
    await post(one, ...crowd.slice(1), { from: 'bob' });
    expect(await seqs(waiting)).toEqual([1001]);
  });

  it('are not woken by what happens to the plan', async () => {
    const counter = countReads();
    const waiting = one.messages.list(ANN, 't', ALL, patience());
    await settled(counter, 1);
    for (let n = 0; n < 10; n++) await one.plan.addTask(ANN, 't', { name: `task ${n}` }, null);
    await post(one, { content: 'now' });
    await waiting;
    expect(counter.reads).toBe(2);
  });

  it('do not look again at what did not pass', async () => {
    const counter = countReads();
    const waiting = one.messages.list(ANN, 't', { ...ALL, from: 'bob' }, patience());
    await settled(counter, 1);
    const reads = () =>
      vi.mocked(TaskspaceFolder.prototype.messages).mock.calls.map(([, { after }]) => after);
    for (let n = 1; n <= 5; n++) {
      await post(one, { from: 'carol' });
      await vi.waitFor(() => expect(reads().at(-1)).toBeGreaterThanOrEqual(n - 1), {
        timeout: 10_000,
        interval: 1,
      });
    }
    await post(one, { from: 'bob' });
    expect(await seqs(waiting)).toEqual([6]);
    expect(reads().at(-1)).toBeGreaterThanOrEqual(4);
    expect(reads()).toEqual([...reads()].sort((a, b) => a - b));
  });

  it('look again when others were handed what came while they looked', async () => {
    const original = TaskspaceFolder.prototype.messages;
    let looked = false;
    let letGo: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const spy = vi.spyOn(TaskspaceFolder.prototype, 'messages');
    const other = one.messages.list(ANN, 't', ALL, patience());
    await vi.waitFor(() => expect(spy).toHaveBeenCalledTimes(1), { timeout: 10_000, interval: 1 });
    spy.mockImplementationOnce(async function (this: TaskspaceFolder, ...asked) {
      const found = await original.apply(this, asked);
      looked = true;
      await held;
      return found;
    });
    const late = one.messages.list(ANN, 't', ALL, patience());
    await vi.waitFor(() => expect(looked).toBe(true), { timeout: 10_000, interval: 1 });
    await post(one, { content: 'now' });
    expect(await seqs(other)).toEqual([1]);
    letGo();
    expect(await seqs(late)).toEqual([1]);
  });

  it('each get a cursor that fits their own query when more passes than fits their page', async () => {
    const queries = [
      { ...ALL, limit: 3 },
      { ...ALL, limit: 3, to: 'bob' },
      { ...ALL, limit: 3, after: 0 },
    ];
    const waiting = queries.map((query) => two.messages.list(ANN, 't', query, patience()));
    await post(one, ...Array.from({ length: 600 }, () => ({ to: 'bob' })).slice(0, 500));
    for (const [i, query] of queries.entries()) {
      const answer = await waiting[i];
      const page = JSON.parse(String(answer?.body)) as { nextCursor: string };
      const next = two.messages.list(ANN, 't', { ...query, cursor: page.nextCursor });
      expect(await seqs(next)).toEqual([4, 5, 6]);
    }
  });

  it('end with 404 when the taskspace is deleted on another worker', async () => {
    const refused = expect(two.messages.list(ANN, 't', ALL, patience())).rejects.toMatchObject({
      code: 'not_found',
    });
    await one.taskspaces.remove(ANN, 't', {});
    await refused;
  });

  it('end with 404 also when the id is used again before anybody has looked', async () => {
    const reads = countReads();
    const refused = expect(
      two.messages.list(ANN, 't', { ...ALL, from: 'bob' }, patience()),
    ).rejects.toMatchObject({ code: 'not_found' });
    // Two rounds of the hub: after them this worker does not look before its next turn.
    for (let n = 0; n < 2; n++) {
      const before = reads.reads;
      await post(one, { from: 'carol' });
      await vi.waitFor(() => expect(reads.reads).toBeGreaterThan(before), { timeout: 10_000, interval: 1 });
    }
    await one.taskspaces.remove(ANN, 't', {});
    await one.taskspaces.create(ANN, { id: 't' }, null);
    await refused;
  });

  it('find what a journal holds that was put back from an older copy', async () => {
    const file = path.join(dataDir, 'taskspaces', 't', 'journal.jsonl');
    await post(one, { from: 'carol' });
    fs.copyFileSync(file, `${file}.old`);
    await post(one, { from: 'carol' }, { from: 'carol' });
    const waiting = two.messages.list(ANN, 't', { ...ALL, from: 'bob' }, patience());
    await seqs(two.messages.list(ANN, 't', ALL));
    fs.renameSync(`${file}.old`, file);
    await post(one, { from: 'bob' });
    expect(await seqs(waiting)).toEqual([2]);
  });

  it('are answered with what there is when the service closes', async () => {
    const waiting = two.messages.list(ANN, 't', ALL, patience());
    await seqs(two.messages.list(ANN, 't', ALL));
    const closing = crew.close();
    expect(await seqs(waiting)).toEqual([]);
    await closing;
  });
});
