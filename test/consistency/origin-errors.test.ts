/**
 * Fault 18: one regression test for each error and race of the origin's kind, on two workers over one data
 * folder, both of which have everything in their caches before it is changed.
 */
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hotAnswer } from '../../scripts/bench/hot-answer.js';
import type { Caller } from '../../src/app/caller.js';
import type { MessageQuery } from '../../src/app/messages/message-pages.js';
import type { UseCases } from '../../src/app/use-cases.js';
import { ANN, Crew } from '../app/cache-scene.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const ALL: MessageQuery = {
  ...{ conversation: null, from: null, to: null, role: null, after: null, before: null },
  ...{ order: 'asc', limit: 100, cursor: null },
};
const PAGE = { limit: 50, cursor: null };
const dataDir = temporaryFolder();
let crew: Crew;
let here: UseCases;
let there: UseCases;

beforeEach(async () => {
  crew = new Crew(dataDir());
  [here, there] = [await crew.start(1), await crew.start(2)];
  await here.taskspaces.create(ANN, { id: 't', description: 'old', data: { deep: { list: [1] } } }, null);
  await here.plan.put(
    ANN,
    't',
    { goal: 'old', tasks: [{ id: 'a', name: 'A', metadata: { deep: [1] } }] },
    {},
  );
});

afterEach(() => crew.close());

function json(answer: { body: Buffer }): Record<string, unknown> {
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}

async function exported(service: UseCases, caller: Caller = ANN): Promise<Record<string, unknown>> {
  const answer = await service.taskspaces.exportJson(caller, 't');
  if (!('body' in answer)) throw new Error('a small export is no stream');
  return json(answer);
}

function putArtifact(service: UseCases, text: string): Promise<unknown> {
  const upload = { length: text.length, sha256: null, contentType: 'text/plain', metadata: {}, message: '' };
  return service.artifacts.put(
    ANN,
    't',
    'x.txt',
    { ...upload, stream: Readable.from([Buffer.from(text)]) },
    {},
  );
}

describe('what went wrong elsewhere and does not here', () => {
  it('a cache of one process that nobody invalidates: the other worker shows the new state, on every path', async () => {
    for (const service of [here, there]) {
      expect(json(await service.taskspaces.get(ANN, 't')).description).toBe('old');
      expect(await hotAnswer(service, ANN, 't', 'detail')).toBeDefined();
      expect(json(await service.plan.get(ANN, 't')).goal).toBe('old');
    }
    await here.taskspaces.patch(ANN, 't', { description: 'new' }, {});
    await here.plan.put(ANN, 't', { goal: 'new', tasks: [] }, {});
    for (const service of [there, here]) {
      const hot = (await hotAnswer(service, ANN, 't', 'detail')) ?? (await service.taskspaces.get(ANN, 't'));
      expect(json(hot).description).toBe('new');
      expect(
        json((await hotAnswer(service, ANN, 't', 'plan')) ?? (await service.plan.get(ANN, 't'))).goal,
      ).toBe('new');
    }
  });

  it('a summary that some changes forget: every kind of write reaches it, on both workers', async () => {
    const writes: [string, () => Promise<unknown>][] = [
      ['metadata', () => here.taskspaces.patch(ANN, 't', { description: 'new' }, {})],
      ['plan', () => here.plan.put(ANN, 't', { goal: '', tasks: [{ id: 'b', name: 'B' }] }, {})],
      ['task', () => here.plan.patchTask(ANN, 't', 'b', { status: 'completed' }, {})],
      ['added task', () => here.plan.addTask(ANN, 't', { id: 'c', name: 'C' }, null)],
      ['removed task', () => here.plan.removeTask(ANN, 't', 'c', {})],
      ['message', () => here.messages.post(ANN, 't', [{ content: 'x' }], false, null)],
      ['artifact', () => putArtifact(here, 'one')],
      ['artifact metadata', () => here.artifacts.patch(ANN, 't', 'x.txt', { metadata: { a: 1 } }, {})],
      ['deleted artifact', () => here.artifacts.remove(ANN, 't', 'x.txt', {})],
    ];
    for (const [what, write] of writes) {
      const before = json(await there.taskspaces.summary(ANN, 't')).commit as number;
      expect((await there.taskspaces.summary(ANN, 't')).cache).toBe('l1');
      await write();
      for (const service of [there, here]) {
        expect(json(await service.taskspaces.summary(ANN, 't')).commit, what).toBe(before + 1);
        expect((await exported(service)).commit, what).toBe(before + 1);
      }
    }
  });

  it('a deleted revision that is still served: gone on the other worker at once, older ones by number alone', async () => {
    await putArtifact(here, 'one');
    for (const service of [here, there]) await service.artifacts.content(ANN, 't', 'x.txt', null);
    await here.artifacts.remove(ANN, 't', 'x.txt', {});
    for (const service of [there, here]) {
      await expect(service.artifacts.content(ANN, 't', 'x.txt', null)).rejects.toMatchObject({
        code: 'deleted',
      });
      expect((await exported(service)).artifacts).toEqual([]);
      expect((await service.artifacts.content(ANN, 't', 'x.txt', 1)).artifact.revision).toBe(1);
    }
  });

  it('a deleted taskspace that is still served: gone on the other worker at once, with all that was made from it', async () => {
    for (const service of [here, there]) {
      await service.taskspaces.summary(ANN, 't');
      await service.messages.conversations(ANN, 't', PAGE);
      await exported(service);
    }
    await here.taskspaces.remove(ANN, 't', {});
    for (const service of [there, here]) {
      expect(await hotAnswer(service, ANN, 't', 'detail')).toBeUndefined();
      for (const read of [
        () => service.taskspaces.get(ANN, 't'),
        () => service.taskspaces.summary(ANN, 't'),
        () => service.messages.conversations(ANN, 't', PAGE),
        () => exported(service),
      ])
        await expect(read()).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('a cached object that its receiver changes: what an answer holds is no part of any cache or state', async () => {
    const answers = [
      await here.taskspaces.patch(ANN, 't', { description: 'new' }, {}),
      await here.plan.patchTask(ANN, 't', 'a', { goal: 'new' }, {}),
      await here.messages.post(ANN, 't', [{ content: 'x', metadata: { deep: [1] } }], false, null),
    ];
    const before = [await exported(here), await exported(there)];
    for (const { body } of answers) spoil(body);
    await here.messages.post(ANN, 't', [{ content: 'y' }], false, null);
    const after = [await exported(here), await exported(there)];
    for (const [i, { taskspace, plan, messages }] of after.entries()) {
      expect({ taskspace, plan }).toEqual({ taskspace: before[i]?.taskspace, plan: before[i]?.plan });
      expect(messages).toEqual(expect.arrayContaining(before[i]?.messages as unknown[]));
    }
  });

  it('a key without the owner: an export stays one and the same when the owner changes, and is dropped by either', async () => {
    expect((await exported(there)).taskspace).toMatchObject({ owner: 'ann' });
    await here.taskspaces.patch(ANN, 't', { owner: 'bob' }, {});
    expect((await exported(there)).taskspace).toMatchObject({ owner: 'bob' });
    expect((await there.cache.keys(ANN, { ...PAGE, pattern: 'export:bob:*' })).items).toHaveLength(1);
    await here.taskspaces.create({ ...ANN, actor: 'eve' }, { id: 'u' }, null);
    await there.taskspaces.exportJson(ANN, 'u');
    await here.cache.invalidate(ANN, { owner: 'eve' });
    expect((await there.cache.keys(ANN, { ...PAGE, pattern: 'export:eve:*' })).items).toEqual([]);
    expect((await there.cache.keys(ANN, { ...PAGE, pattern: 'export:bob:*' })).items).toHaveLength(1);
  });

  it('a key without the caller: who may not see a taskspace does not get it from what others have read', async () => {
    await exported(there);
    await there.taskspaces.summary(ANN, 't');
    const stranger: Caller = { ...ANN, globs: ['other-*'] };
    expect(await hotAnswer(there, stranger, 't', 'detail')).toBeUndefined();
    for (const read of [
      () => there.taskspaces.summary(stranger, 't'),
      () => there.messages.conversations(stranger, 't', PAGE),
      () => exported(there, stranger),
    ])
      await expect(read()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('conversation `a` that answers for `a_b`: names are compared whole', async () => {
    for (const conversation of ['a_b', 'a', 'A', 'a_b_c', 'default'])
      await here.messages.post(ANN, 't', [{ conversation, content: `to ${conversation}` }], false, null);
    for (const conversation of ['a', 'a_b', 'A', 'a_', '%', 'a*']) {
      const { items } = json(await there.messages.list(ANN, 't', { ...ALL, conversation })) as {
        items: { content: string }[];
      };
      const expected = ['a', 'a_b', 'A'].includes(conversation) ? [`to ${conversation}`] : [];
      expect(items.map(({ content }) => content)).toEqual(expected);
    }
    const first = json(await there.messages.conversations(ANN, 't', { limit: 1, cursor: null }));
    const rest = json(
      await there.messages.conversations(ANN, 't', { limit: 50, cursor: String(first.nextCursor) }),
    );
    const names = [first, rest].flatMap(({ items }) => items as { conversation: string }[]);
    expect(names.map(({ conversation }) => conversation)).toEqual(['A', 'a', 'a_b', 'a_b_c', 'default']);
  });
});

/** Changes everything in it that can be changed. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const member of Object.values(value)) spoil(member);
  for (const name of [...Object.keys(value), 'more']) Reflect.set(value, name, 'spoiled');
}
