import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import type { ReadAnswer } from '../../src/app/answer.js';
import type { UseCases } from '../../src/app/use-cases.js';
import { fakeService, peekOf } from './fake-service.js';
import { type Running, startServer } from './harness.js';

const DEMO = '/api/taskspaces/demo';

/** All that a client can see but the id of the request and the date. */
function seen({ status, rawHeaders, text }: Pick<Answer, 'status' | 'rawHeaders' | 'text'>) {
  const headers = rawHeaders.map((value, i) => (rawHeaders[i - 1] === 'Date' ? '*' : value));
  return { status, headers, text };
}

describe('the hot path over the real service', () => {
  let server: Running;
  const peeked: string[] = [];

  beforeAll(async () => {
    server = await startServer();
    const { service } = server;
    await server.ask('PUT', DEMO, { json: { name: 'Ünïcode', data: { a: [1, 2] } } });
    await server.ask('PUT', `${DEMO}/plan`, { json: { goal: 'g', tasks: [{ id: 't1', name: 'one' }] } });
    const { peek } = service;
    service.peek = (caller, id, what, answer) =>
      peek(caller, id, what, (found) => {
        if (found !== undefined) peeked.push(what);
        answer(found);
      });
  });

  // The server's own Origin changes nothing about the answer, but is unusual enough to be left to Express.
  it.each([
    ['a taskspace', DEMO, {}],
    ['a plan', `${DEMO}/plan`, {}],
    ['a request id', DEMO, { 'X-Request-Id': 'abc.DEF_1-2' }],
    ['an actor', DEMO, { 'X-Actor': 'J%C3%BCrgen' }],
    ['If-None-Match: *', DEMO, { 'If-None-Match': '*' }],
    ['If-None-Match of another version', DEMO, { 'If-None-Match': '"9-00000000", W/"8-11111111"' }],
  ])('answers %s with the very headers and bytes of the slow path', async (_what, path, headers) => {
    const id = { 'X-Request-Id': 'same', ...headers };
    peeked.length = 0;
    const hot = await server.ask('GET', path, { headers: id });
    expect(peeked).toHaveLength(1);
    const slow = await server.ask('GET', path, {
      headers: { ...id, Origin: `http://127.0.0.1:${server.port}` },
    });
    expect(peeked).toHaveLength(1);
    expect(seen(hot)).toEqual(seen(slow));
  });

  it('answers 304 on both paths to a weak or strong tag of the present state', async () => {
    const { headers } = await server.ask('GET', DEMO);
    const etag = String(headers.etag);
    for (const sent of [etag, `W/${etag}`, `"x", ${etag}`]) {
      const id = { 'X-Request-Id': 'same', 'If-None-Match': sent };
      const hot = await server.ask('GET', DEMO, { headers: id });
      const slow = await server.ask('GET', DEMO, {
        headers: { ...id, Origin: `http://127.0.0.1:${server.port}` },
      });
      expect(hot.status).toBe(304);
      expect(hot.text).toBe('');
      expect(hot.headers).toMatchObject({
        etag,
        'cache-control': 'private, no-cache',
        'x-cache': 'l1',
        'x-worker': '3',
      });
      expect(seen(hot)).toEqual(seen(slow));
    }
  });

  it('answers HEAD like GET, without a body', async () => {
    const headers = { 'X-Request-Id': 'same' };
    const get = await server.ask('GET', DEMO, { headers });
    const head = await server.ask('HEAD', DEMO, { headers });
    expect(head.text).toBe('');
    expect(seen({ status: head.status, rawHeaders: head.rawHeaders, text: get.text })).toEqual(seen(get));
  });

  it('leaves everything unusual to Express, which knows the right answer', async () => {
    const cases: [string, Record<string, string>, number][] = [
      [`${DEMO}?x=1`, {}, 400],
      [`${DEMO}?`, {}, 200],
      [`${DEMO}/`, {}, 404],
      [`${DEMO}/Plan`, {}, 404],
      [`${DEMO}/plan/`, {}, 404],
      ['/api/taskspaces/Demo', {}, 400],
      ['/api/taskspaces/-demo', {}, 400],
      ['/api/taskspaces/%64emo', {}, 200],
      [`/api/taskspaces/${'a'.repeat(65)}`, {}, 400],
      ['/api/taskspaces/missing', {}, 404],
      [DEMO, { 'X-Actor': '%zz' }, 400],
      [DEMO, { 'If-None-Match': 'no quotes' }, 400],
      [DEMO, { Host: 'evil.example' }, 403],
      [DEMO, { Origin: 'http://evil.example' }, 403],
    ];
    for (const [path, headers, status] of cases) {
      peeked.length = 0;
      const answer = await server.ask('GET', path, { headers });
      expect([path, headers, answer.status]).toEqual([path, headers, status]);
      expect(peeked).toEqual([]);
    }
  });
});

describe('the hot path over a fake service', () => {
  const answer: ReadAnswer = { body: Buffer.from('{"id":"a"}'), etag: '"1-aaaaaaaa"', cache: 'l1' };

  it('takes the slow path when L1 has nothing', async () => {
    const taskspaces = { get: async () => ({ ...answer, cache: 'store' as const }) };
    const server = await startServer({ service: fakeService({ peek: peekOf(undefined), taskspaces }) });
    const { status, headers } = await server.ask('GET', '/api/taskspaces/a');
    expect([status, headers['x-cache']]).toEqual([200, 'store']);
  });

  it('asks with the caller that the slow path would have', async () => {
    const actors: (string | null)[] = [];
    const peek: UseCases['peek'] = (caller, _id, _what, show) => {
      actors.push(caller.actor);
      show(answer);
    };
    const server = await startServer({ service: fakeService({ peek }) });
    await server.ask('GET', '/api/taskspaces/a');
    await server.ask('GET', '/api/taskspaces/a', { headers: { 'X-Actor': 'a%20b' } });
    expect(actors).toEqual([null, 'a b']);
  });

  it('is shut when tokens are needed', async () => {
    const server = await startServer({
      access: { auth: true },
      service: fakeService({ peek: peekOf(answer) }),
    });
    expect((await server.ask('GET', '/api/taskspaces/a')).status).toBe(401);
  });
});
