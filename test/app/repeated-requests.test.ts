import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { hotAnswer } from '../../scripts/bench/hot-answer.js';
import { openCaller } from '../../src/app/caller.js';
import type { RequestKey } from '../../src/app/context.js';
import { openApp, type RunningApp } from '../../src/app/open-app.js';
import type { TaskspacesQuery } from '../../src/app/overview/lists.js';
import type { UseCases } from '../../src/app/use-cases.js';
import { openStore } from '../../src/compose.js';
import type { Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/environment.js';
import { Mirror } from '../../src/store/files/mirror/mirror.js';
import { openDescriptors, temporaryFolder } from '../kit/files/temporary-folder.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const ANN = openCaller('ann');
const BOB = openCaller('bob');
const dataDir = temporaryFolder();
const running: RunningApp[] = [];

afterEach(async () => {
  for (const { close } of running.splice(0)) await close();
});

let now = Date.parse('2026-05-01T00:00:00.000Z');

/** One worker: several of them may stand on one data folder. */
async function worker(env: Record<string, string> = {}): Promise<UseCases> {
  for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir(), name), { recursive: true });
  const config: Config = readConfig({ DATA_DIR: dataDir(), WORKERS: '1', ...env }, 'prod', '0.0.0-test');
  const log = { warn: () => {} };
  const store = openStore(config, log, { now: () => now });
  const started = await openApp({ config, log, store });
  running.push(started);
  return started.service;
}

function key(name: string, body = '{}', where = '/api/taskspaces'): RequestKey {
  return { key: name, path: where, digest: createHash('sha256').update(body).digest('base64url') };
}

const messages = (body: Buffer): { items: { seq: number; content: string }[] } => JSON.parse(body.toString());
const ALL = {
  conversation: null,
  from: null,
  to: null,
  role: null,
  after: null,
  before: null,
  order: 'asc',
  limit: 500,
  cursor: null,
} as const;

describe('a repeated POST', () => {
  it('gets the first answer again, on another worker too, and has one effect', async () => {
    const [one, two] = [await worker(), await worker()];
    await one.taskspaces.create(ANN, { id: 'a' }, null);
    const post = (service: UseCases) =>
      service.messages.post(ANN, 'a', [{ content: 'x' }], false, key('k', 'x', '/m'));
    const first = await post(one);
    await one.messages.post(ANN, 'a', [{ content: 'between' }], false, null);
    for (const again of [await post(one), await post(two)])
      expect(again).toEqual({ ...first, replayed: true });
    expect(
      messages((await two.messages.list(ANN, 'a', ALL)).body).items.map(({ content }) => content),
    ).toEqual(['x', 'between']);
  });

  it('that comes as twins at once on two workers has one effect and one answer', async () => {
    const workers = [await worker(), await worker()];
    await workers[0]?.taskspaces.create(ANN, { id: 'a' }, null);
    for (let round = 0; round < 20; round++) {
      const twins = await Promise.all(
        [...workers, ...workers].map((service) =>
          service.messages.post(ANN, 'a', [{ content: 'x' }], false, key(`k${round}`, 'x', '/m')),
        ),
      );
      expect(new Set(twins.map(({ commit }) => commit)).size).toBe(1);
      expect(new Set(twins.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(twins.filter(({ replayed }) => !replayed)).toHaveLength(1);
    }
  });

  it('is another request with another caller, path or key, and 422 with another body', async () => {
    const service = await worker();
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    const post = (caller: typeof ANN, request: RequestKey) =>
      service.messages.post(caller, 'a', [{}], false, request);
    await post(ANN, key('k', 'x', '/m'));
    for (const other of [
      () => post(BOB, key('k', 'x', '/m')),
      () => post(ANN, key('k', 'x', '/n')),
      () => post(ANN, key('K', 'x', '/m')),
    ])
      expect((await other()).replayed).toBe(false);
    await expect(post(ANN, key('k', 'y', '/m'))).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('runs again after 24 hours', async () => {
    const service = await worker();
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    const post = () => service.messages.post(ANN, 'a', [{}], false, key('k', 'x', '/m'));
    await post();
    now += DAY_MS - 1000;
    expect((await post()).replayed).toBe(true);
    now += 2000;
    expect((await post()).replayed).toBe(false);
    expect((await post()).replayed).toBe(true);
  });

  it('that was refused runs again', async () => {
    const service = await worker();
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    const add = () => service.plan.addTask(ANN, 'a', { name: 'n', dependencies: ['b'] }, key('k', 'x', '/t'));
    await expect(add()).rejects.toMatchObject({ code: 'invalid_plan' });
    await service.plan.addTask(ANN, 'a', { id: 'b', name: 'n' }, null);
    expect(await add()).toMatchObject({ status: 201, replayed: false });
    expect(await add()).toMatchObject({ status: 201, replayed: true, body: { revision: 1 } });
  });

  it('of a creation without an id finds its taskspace by caller and key, and makes another one after 24 hours', async () => {
    const [one, two] = [await worker(), await worker()];
    const create = async (service: UseCases, caller = ANN): Promise<string> =>
      ((await service.taskspaces.create(caller, {}, key('k'))).body as { id: string }).id;
    const twins = await Promise.all([create(one), create(two), create(one)]);
    expect(new Set(twins).size).toBe(1);
    expect(twins[0]).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
    expect(await create(two, BOB)).not.toBe(twins[0]);
    await expect(one.taskspaces.create(ANN, {}, key('k', 'other'))).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    now += DAY_MS + 1000;
    const later = await create(one);
    expect(later).not.toBe(twins[0]);
    expect(await create(two)).toBe(later);
  });

  it('of a creation is answered as first, though the taskspace has changed since', async () => {
    const service = await worker();
    const create = () => service.taskspaces.create(ANN, { id: 'a', name: 'first' }, key('k'));
    const first = await create();
    await service.taskspaces.patch(ANN, 'a', { name: 'second' }, {});
    expect(await create()).toEqual({ ...first, replayed: true });
    expect(JSON.parse((await service.taskspaces.get(ANN, 'a')).body.toString()).name).toBe('second');
  });
});

describe('an artifact', () => {
  const upload = (text: string) => ({
    stream: Readable.from([Buffer.from(text)]),
    length: null,
    sha256: null,
    contentType: 'text/plain',
    metadata: {},
    message: '',
  });

  it('is 201 when it becomes live, 200 when it changes, and 200 without a revision for the same bytes', async () => {
    const service = await worker();
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    const put = (text: string) => service.artifacts.put(ANN, 'a', 'p q/ü', upload(text), {});
    expect(await put('one')).toMatchObject({
      status: 201,
      commit: 2,
      location: '/api/taskspaces/a/artifacts/p%20q/%C3%BC',
    });
    expect(await put('one')).toMatchObject({ status: 200, commit: 2, location: null, body: { revision: 1 } });
    expect(await put('two')).toMatchObject({ status: 200, commit: 3 });
    await service.artifacts.remove(ANN, 'a', 'p q/ü', {});
    expect(await put('two')).toMatchObject({ status: 201, commit: 5, body: { revision: 4 } });
  });

  it('is refused before a byte is taken when its precondition or its path cannot hold', async () => {
    const service = await worker();
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    await service.artifacts.put(ANN, 'a', 'p', upload('x'), {});
    const stream = Readable.from([Buffer.from('never read')]);
    for (const [where, pre, code] of [
      ['p', { ifNoneMatch: '*' }, 'precondition_failed'],
      ['p/q', {}, 'path_conflict'],
    ] as const)
      await expect(
        service.artifacts.put(ANN, 'a', where, { ...upload(''), stream }, pre),
      ).rejects.toMatchObject({ code });
    expect(stream.readableDidRead).toBe(false);
    stream.destroy();
  });

  it('that was deleted by a writer that was killed at once takes its plain file along with the next look', async () => {
    const service = await worker();
    await service.taskspaces.create(ANN, { id: 'a' }, null);
    await service.artifacts.put(ANN, 'a', 'p', upload('x'), {});
    const real = Mirror.prototype.update;
    Mirror.prototype.update = () => Promise.resolve();
    await service.artifacts.remove(ANN, 'a', 'p', {});
    Mirror.prototype.update = real;
    const file = path.join(dataDir(), 'taskspaces/a/artifacts/p');
    expect(fs.existsSync(file)).toBe(true);
    await expect(service.artifacts.content(ANN, 'a', 'p', null)).rejects.toMatchObject({ code: 'deleted' });
    await expect.poll(() => fs.existsSync(file)).toBe(false);
  });
});

const BY_ID: TaskspacesQuery = {
  ...{ owner: null, statuses: [], tags: [], q: null, sort: 'id', order: 'asc', withSummary: false },
  ...{ limit: 2, cursor: null },
};

describe('what a caller sees', () => {
  const limited = { ...ANN, globs: ['team-*'] };

  it('ends at its globs: outside of them nothing exists', async () => {
    const service = await worker();
    for (const id of ['team-a', 'other']) await service.taskspaces.create(ANN, { id }, null);
    await expect(service.taskspaces.get(limited, 'other')).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.taskspaces.create(limited, { id: 'mine' }, null)).rejects.toMatchObject({
      code: 'forbidden',
    });
    const list = await service.taskspaces.list(limited, { ...BY_ID, limit: 10 });
    expect(JSON.parse(list.body.toString()).items.map(({ id }: { id: string }) => id)).toEqual(['team-a']);
    expect(await hotAnswer(service, limited, 'other', 'detail')).toBeUndefined();
    await expect(
      service.taskspaces.patch({ ...ANN, scopes: ['read'] }, 'other', {}, {}),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is paged with cursors that belong to one list', async () => {
    const service = await worker();
    for (const id of ['a', 'b', 'c', 'd', 'e']) await service.taskspaces.create(ANN, { id }, null);
    await service.taskspaces.remove(ANN, 'c', {});
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page = JSON.parse(
        (await service.taskspaces.list(ANN, { ...BY_ID, order: 'desc', cursor })).body.toString(),
      );
      ids.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(ids).toEqual(['e', 'd', 'b', 'a']);
    const { nextCursor } = JSON.parse(
      (await service.taskspaces.list(ANN, { ...BY_ID, order: 'desc' })).body.toString(),
    );
    await expect(service.taskspaces.list(ANN, { ...BY_ID, cursor: nextCursor })).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
    await expect(service.taskspaces.list(ANN, { ...BY_ID, cursor: 'nonsense' })).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  });
});

describe('the hot path', () => {
  it('gives the bytes and the tag of the slow path, never across a change', async () => {
    const [one, two] = [
      await worker({ ENABLE_MEMORY_CACHE: 'true' }),
      await worker({ ENABLE_MEMORY_CACHE: 'true' }),
    ];
    await one.taskspaces.create(ANN, { id: 'a' }, null);
    for (let n = 0; n < 20; n++) {
      await two.plan.put(ANN, 'a', { goal: String(n) }, {});
      await two.taskspaces.patch(ANN, 'a', { name: String(n) }, {});
      for (const what of ['detail', 'plan'] as const) {
        const slow = what === 'detail' ? await one.taskspaces.get(ANN, 'a') : await one.plan.get(ANN, 'a');
        const hot = await hotAnswer(one, ANN, 'a', what);
        expect(hot?.body.toString()).toBe(slow.body.toString());
        expect(hot?.etag).toBe(slow.etag);
        expect(hot?.body.toString()).toContain(`"${n}"`);
      }
    }
    await two.taskspaces.remove(ANN, 'a', {});
    expect(await hotAnswer(one, ANN, 'a', 'detail')).toBeUndefined();
  });

  it('leaves no descriptor open when the service closes', async () => {
    const service = await worker();
    for (let n = 0; n < 5; n++) await service.taskspaces.create(ANN, { id: `t${n}` }, null);
    for (const { close } of running.splice(0)) await close();
    expect(openDescriptors(dataDir())).toBe(0);
  });
});
