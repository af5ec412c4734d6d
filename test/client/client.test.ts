/** The client against the real program: what the contract says is what it gives back. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/client/index.js';
import { startDevServer } from '../kit/dev-server.js';
import { failure } from './failure.js';

let client: Client;

beforeAll(async () => {
  client = createClient({ url: await startDevServer(), actor: 'Zoë' });
});

async function numbersOf(items: AsyncIterable<{ readonly seq: number }>): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of items) seqs.push(seq);
  return seqs;
}

describe('a taskspace through the client', () => {
  it('is created, read, patched, replaced, listed and deleted', async () => {
    const created = await client.taskspaces.create({ id: 'life', tags: ['a'], data: { x: 1 } });
    expect(created).toMatchObject({ status: 201, commit: 1, worker: 1, replayed: false, cache: null });
    expect(created.value).toMatchObject({ id: 'life', owner: 'Zoë', createdBy: 'Zoë', revision: 1 });
    expect(created.requestId).toMatch(/^[A-Za-z0-9._-]+$/);

    const read = await client.taskspaces.get('life');
    expect(read.value).toEqual(created.value);
    expect(read.etag).toBe(created.etag);
    expect(read.cache).not.toBeNull();

    const patched = await client.taskspaces.patch('life', { data: { x: null, y: 2 } });
    expect(patched.value).toMatchObject({ data: { y: 2 }, revision: 2 });
    const put = await client.taskspaces.put('life', { name: 'Life' });
    expect(put.value).toMatchObject({ name: 'Life', data: {}, tags: [] });

    const listed = await client.taskspaces.list({ sort: 'id', limit: 1 }).toArray();
    expect(listed.map(({ id }) => id)).toContain('life');

    expect((await client.taskspaces.delete('life')).value).toBeUndefined();
    expect(await failure(client.taskspaces.get('life'))).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('is asked for and written on conditions', async () => {
    const { etag, value } = await client.taskspaces.create({ id: 'conditions' });
    const ifNoneMatch = etag ?? '';
    const same = await client.taskspaces.get('conditions', { ifNoneMatch });
    expect(same).toMatchObject({ status: 304, notModified: true, etag });
    await client.taskspaces.patch('conditions', { name: 'moved' }, { ifMatch: ifNoneMatch });
    const changed = await client.taskspaces.get('conditions', { ifNoneMatch });
    expect(changed).toMatchObject({ status: 200, notModified: false, value: { name: 'moved' } });

    const error = await failure(
      client.taskspaces.patch('conditions', { name: 'x' }, { ifMatch: ifNoneMatch }),
    );
    expect(error).toMatchObject({ status: 412, code: 'precondition_failed', etag: changed.etag });
    expect(error.problem).toMatchObject({ currentRevision: value.revision + 1, by: 'Zoë' });
    const again = client.taskspaces.put('conditions', {}, { ifNoneMatch: '*' });
    expect((await failure(again)).code).toBe('precondition_failed');
  });

  it('gives the first answer again under the same idempotency key', async () => {
    const options = { idempotencyKey: 'once' };
    const first = await client.taskspaces.create({ name: 'no id' }, options);
    const second = await client.taskspaces.create({ name: 'no id' }, options);
    expect(first.replayed).toBe(false);
    expect(second).toMatchObject({ replayed: true, value: first.value, commit: first.commit });
  });

  it('refuses a wrong body with the places in it', async () => {
    const error = await failure(client.taskspaces.create({ id: 'bad', tags: ['a,b'] }));
    expect(error).toMatchObject({ status: 422, code: 'invalid_body' });
    expect(error.errors.map(({ pointer }) => pointer)).toEqual(['/tags/0']);
  });
});

describe('a plan through the client', () => {
  it('is written, read, and gives out what is ready', async () => {
    await client.taskspaces.create({ id: 'plan' });
    expect((await client.plan.get('plan')).value).toMatchObject({ revision: 0, tasks: [] });
    const { value } = await client.plan.put('plan', {
      goal: 'Tea',
      tasks: [
        { id: 'boil', name: 'Boil water', agent: 'kettle' },
        { id: 'brew', name: 'Brew', dependencies: ['boil'] },
      ],
    });
    expect(value.progress).toMatchObject({ total: 2, ready: 1 });
    expect((await client.plan.ready('plan', { agent: 'kettle' })).value.items.map(({ id }) => id)).toEqual([
      'boil',
    ]);

    const done = await client.tasks.patch('plan', 'boil', { status: 'completed', result: { celsius: 96 } });
    expect((await client.tasks.get('plan', 'boil')).value).toEqual(done.value);
    const added = await client.tasks.add('plan', { name: 'Drink', dependencies: ['brew'] });
    expect(added.status).toBe(201);
    expect((await failure(client.tasks.delete('plan', 'brew'))).code).toBe('has_dependents');
    await client.tasks.delete('plan', added.value.id);
    const { etag } = await client.plan.get('plan');
    expect(await client.plan.get('plan', { ifNoneMatch: etag ?? '' })).toMatchObject({ notModified: true });
  });
});

describe('messages through the client', () => {
  it('are posted alone and in batches and come back one by one over all pages', async () => {
    await client.taskspaces.create({ id: 'talk' });
    const first = await client.messages.post('talk', { content: 'Grüß dich 👋', conversation: 'c1' });
    expect(first.value).toMatchObject({ seq: 1, from: 'Zoë', content: 'Grüß dich 👋' });
    const batch = Array.from({ length: 24 }, (_, i) => ({ content: `n ${i}`, role: 'assistant' as const }));
    const { value } = await client.messages.postBatch('talk', batch);
    expect(value.items).toHaveLength(24);

    expect(await numbersOf(client.messages.list('talk', { limit: 7 }))).toEqual(
      Array.from({ length: 25 }, (_, i) => i + 1),
    );
    expect(await numbersOf(client.messages.list('talk', { order: 'desc', limit: 10, after: 20 }))).toEqual([
      25, 24, 23, 22, 21,
    ]);
    const page = await client.messages.list('talk', { role: 'user' }).page();
    expect(page.value).toMatchObject({ items: [{ seq: 1 }], nextCursor: null, lastSeq: 25 });
    expect((await client.messages.get('talk', 25)).value.content).toBe('n 23');
    const names = await client.messages.conversations('talk').toArray();
    expect(names.map(({ conversation, count }) => [conversation, count])).toEqual([
      ['c1', 1],
      ['default', 24],
    ]);
  });
});

describe('artifacts through the client', () => {
  it('are bytes in and bytes out, with every revision', async () => {
    await client.taskspaces.create({ id: 'files' });
    const path = 'notes/ü 100% #1?.md';
    const put = await client.artifacts.put('files', path, '# One\n', {
      message: 'first – draft',
      metadata: { größe: 1 },
    });
    expect(put).toMatchObject({
      status: 201,
      value: { path, revision: 1, contentType: 'text/markdown', size: 6 },
    });
    expect(put.value).toMatchObject({ message: 'first – draft', metadata: { größe: 1 }, by: 'Zoë' });
    await client.artifacts.put('files', path, new TextEncoder().encode('# Two\n'), {
      ifMatch: put.etag ?? '',
    });

    const download = await client.artifacts.get('files', path);
    expect(download).toMatchObject({ revision: 2, contentType: 'text/markdown', size: 6 });
    expect(await download.text()).toBe('# Two\n');
    expect(await (await client.artifacts.get('files', path, { revision: 1 })).text()).toBe('# One\n');
    const ranged = await client.artifacts.get('files', path, { range: { first: 2, last: 4 } });
    expect([ranged.status, await ranged.text()]).toEqual([206, 'Two']);
    const ifNoneMatch = download.etag ?? '';
    expect(await client.artifacts.get('files', path, { ifNoneMatch })).toMatchObject({ notModified: true });
    expect((await client.artifacts.meta('files', path, { revision: 1 })).value).toEqual(put.value);

    const patched = await client.artifacts.patch('files', path, { contentType: 'text/plain' });
    expect(patched.value).toMatchObject({ revision: 3, contentType: 'text/plain', size: 6 });
    await client.artifacts.delete('files', path);
    const all = await client.artifacts.revisions('files', path, { limit: 2 }).toArray();
    expect(all.map(({ revision, deleted }) => [revision, deleted])).toEqual([
      [4, true],
      [3, false],
      [2, false],
      [1, false],
    ]);
    expect(await client.artifacts.list('files').toArray()).toEqual([]);
    expect(
      (await client.artifacts.list('files', { deleted: true }).toArray()).map(({ path }) => path),
    ).toEqual([path]);
    expect((await failure(client.artifacts.get('files', path))).code).toBe('deleted');
  });

  it('go in and out as streams, and are refused when the bytes are not the announced ones', async () => {
    await client.taskspaces.create({ id: 'streams' });
    const chunk = new Uint8Array(65_536).fill(7);
    const body = (): ReadableStream<Uint8Array> => {
      let left = 40;
      return new ReadableStream({
        pull(controller) {
          if (left-- > 0) controller.enqueue(chunk);
          else controller.close();
        },
      });
    };
    const { value } = await client.artifacts.put('streams', 'big.bin', body);
    expect(value.size).toBe(40 * 65_536);
    let size = 0;
    for await (const part of (await client.artifacts.get('streams', 'big.bin')).body) size += part.length;
    expect(size).toBe(40 * 65_536);

    const sha256 = value.sha256 ?? '';
    expect((await client.artifacts.put('streams', 'copy.bin', body(), { sha256 })).value.sha256).toBe(sha256);
    const error = await failure(client.artifacts.put('streams', 'other.bin', 'something else', { sha256 }));
    expect(error.code).toBe('digest_mismatch');
    expect((await failure(client.artifacts.meta('streams', 'other.bin'))).code).toBe('not_found');
  });

  it('keep paths that a careless client would resolve to others', async () => {
    await client.taskspaces.create({ id: 'odd' });
    for (const path of ['a/.hidden', '...', 'a+b', 'a%2Fb', 'sp ace', '__proto__', 'ünï/çode']) {
      await client.artifacts.put('odd', path, path);
      expect(await (await client.artifacts.get('odd', path)).text(), path).toBe(path);
    }
  });
});
