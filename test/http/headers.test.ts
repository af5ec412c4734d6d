import { beforeAll, describe, expect, it } from 'vitest';
import { type Running, startServer } from './harness.js';

const DEMO = '/api/taskspaces/demo';

describe('headers of every answer', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', DEMO, { json: {} });
  });

  it('name the request and the worker, on problems and pages too', async () => {
    for (const path of [
      DEMO,
      `${DEMO}/messages`,
      '/nowhere',
      '/api/taskspaces/BAD',
      '/',
      '/health',
      '/openapi.json',
    ]) {
      const sent = await server.ask('GET', path, { headers: { 'X-Request-Id': 'my.id_1-A' } });
      expect([path, sent.headers['x-request-id'], sent.headers['x-worker']]).toEqual([
        path,
        'my.id_1-A',
        '3',
      ]);
      for (const bad of ['a b', 'ä', '', 'x'.repeat(129), 'a/b']) {
        const made = await server.ask('GET', path, { headers: { 'X-Request-Id': bad } });
        expect(made.headers['x-request-id']).toMatch(/^[a-f0-9]{12}-[0-9a-z]+$/);
      }
    }
  });

  it('are made anew for every request', async () => {
    const ids = new Set<unknown>();
    for (let i = 0; i < 5; i++) ids.add((await server.ask('GET', DEMO)).headers['x-request-id']);
    expect(ids.size).toBe(5);
  });

  it('say where a read came from and that it must be checked again', async () => {
    const { headers } = await server.ask('GET', `${DEMO}/messages`);
    expect(headers).toMatchObject({
      'cache-control': 'private, no-cache',
      'x-cache': expect.stringMatching(/^(l1|store)$/),
    });
    expect(headers.etag).toMatch(/^"[^"]+"$/);
    expect(headers['content-encoding']).toBeUndefined();
  });

  it('say what a write did', async () => {
    const created = await server.ask('POST', '/api/taskspaces', { json: { id: 'w' } });
    expect(created.headers).toMatchObject({
      location: '/api/taskspaces/w',
      'x-commit': '1',
      etag: expect.stringMatching(/^"1-[0-9a-f]{8}"$/),
    });
    const gone = await server.ask('DELETE', '/api/taskspaces/w');
    expect([gone.status, gone.headers['x-commit'], gone.text]).toEqual([204, '2', '']);
    expect(gone.headers['content-length']).toBeUndefined();
  });

  it('have no ETag where the answer depends on the clock', async () => {
    expect((await server.ask('GET', `${DEMO}/plan/ready`)).headers.etag).toBeUndefined();
  });
});

describe('X-Actor', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
  });

  it('is the author and the default owner while the server runs open', async () => {
    const { json } = await server.ask('PUT', DEMO, {
      json: {},
      headers: { 'X-Actor': 'J%C3%BCrgen%20%F0%9F%90%99' },
    });
    expect(json).toMatchObject({ owner: 'Jürgen 🐙', createdBy: 'Jürgen 🐙' });
  });

  it.each(['%zz', '%ff', 'a%00b', '%0a', '', 'x'.repeat(129), '%F0%9F%90%99'.repeat(129)])(
    '%s is refused',
    async (actor) => {
      const answer = await server.ask('GET', `${DEMO}?`, { headers: { 'X-Actor': actor } });
      expect([answer.status, answer.json.code]).toEqual([400, 'invalid_header']);
    },
  );

  it('counts code points', async () => {
    const answer = await server.ask('GET', `${DEMO}?`, {
      headers: { 'X-Actor': '%F0%9F%90%99'.repeat(128) },
    });
    expect(answer.status).toBe(200);
  });
});

describe('preconditions', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', DEMO, { json: {} });
  });

  it.each(['x', '"x', 'x"', '"a" "b"', '*, "a"', 'W/', 'w/"a"', '', ' , '])(
    '%s is malformed',
    async (tags) => {
      for (const name of ['If-Match', 'If-None-Match']) {
        const answer = await server.ask('PUT', DEMO, { json: {}, headers: { [name]: tags } });
        expect([name, answer.status, answer.json.code]).toEqual([name, 400, 'invalid_header']);
      }
    },
  );

  it('are met by the ETag, by its revision alone, and by *', async () => {
    for (const tags of [
      '*',
      '"1"',
      '"9-00000000", "1"',
      String((await server.ask('GET', DEMO)).headers.etag),
    ]) {
      expect([
        tags,
        (await server.ask('PATCH', DEMO, { json: {}, headers: { 'If-Match': tags } })).status,
      ]).toEqual([tags, 200]);
    }
  });

  it('answer 412 with the present version', async () => {
    const answer = await server.ask('PATCH', DEMO, {
      json: { name: 'n' },
      headers: { 'If-Match': '"9-00000000"' },
    });
    const etag = (await server.ask('GET', DEMO)).headers.etag;
    expect([answer.status, answer.headers.etag]).toEqual([412, etag]);
    expect(answer.json).toMatchObject({
      code: 'precondition_failed',
      currentRevision: 1,
      by: 'anonymous',
      at: expect.any(String),
    });
    const create = await server.ask('PUT', DEMO, { json: {}, headers: { 'If-None-Match': '*' } });
    expect(create.status).toBe(412);
    expect(
      (await server.ask('PUT', '/api/taskspaces/new', { json: {}, headers: { 'If-None-Match': '*' } }))
        .status,
    ).toBe(201);
  });
});

describe('Idempotency-Key', () => {
  it('gives the first answer again, marks it, and refuses another body', async () => {
    const server = await startServer();
    await server.ask('PUT', DEMO, { json: {} });
    const headers = { 'Idempotency-Key': 'k 1', 'Content-Type': 'application/json' };
    const first = await server.ask('POST', `${DEMO}/messages`, { body: '{"content":"a"}', headers });
    const again = await server.ask('POST', `${DEMO}/messages`, { body: '{"content":"a"}', headers });
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([
      201,
      first.text,
      'true',
    ]);
    const other = await server.ask('POST', `${DEMO}/messages`, { body: '{"content": "a"}', headers });
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
    for (const key of ['', 'x'.repeat(129), 'ä', 'a\tb']) {
      const bad = await server.ask('POST', `${DEMO}/messages`, {
        json: {},
        headers: { 'Idempotency-Key': key },
      });
      expect([key, bad.status, bad.json.code]).toEqual([key, 400, 'invalid_header']);
    }
  });

  it('gives the first answer again when the taskspace was deleted since, and after its id is used again', async () => {
    const server = await startServer();
    const of = (key: string) => ({ 'Idempotency-Key': key });
    const create = () =>
      server.ask('POST', '/api/taskspaces', { json: { id: 'twice' }, headers: of('create') });
    const post = () =>
      server.ask('POST', '/api/taskspaces/twice/messages', {
        json: { content: 'once' },
        headers: of('post'),
      });
    const first = [(await create()).text, (await post()).text];
    const expectReplayed = async () => {
      for (const [n, call] of [create, post].entries()) {
        const again = await call();
        expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([
          201,
          first[n],
          'true',
        ]);
      }
    };
    await server.ask('DELETE', '/api/taskspaces/twice');
    await expectReplayed();
    expect((await server.ask('GET', '/api/taskspaces/twice')).status).toBe(404);
    await server.ask('PUT', '/api/taskspaces/twice', { json: {} });
    await expectReplayed();
    expect((await server.ask('GET', '/api/taskspaces/twice/messages')).json.items).toEqual([]);
  });
});
