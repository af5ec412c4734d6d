import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import type { WriteAnswer } from '../../src/app/answer.js';
import { eventually } from '../kit/eventually.js';
import { fakeService } from './fake-service.js';
import { type Asked, type Running, startServer } from './harness.js';

/** The same id twice: with an escape in it, a path is left to Express. */
const DIRECT = '/api/taskspaces/demo/messages';
const EXPRESS = '/api/taskspaces/%64emo/messages';

/** All that a client can see but the date. */
function seen({ status, rawHeaders, text }: Answer) {
  const headers = rawHeaders.map((value, i) => (rawHeaders[i - 1] === 'Date' ? '*' : value));
  return { status, headers, text };
}

async function bothWays(
  server: Running,
  method: string,
  rest: string,
  { headers, ...asked }: Asked,
): Promise<Answer> {
  const same = { ...asked, headers: { 'X-Request-Id': 'same', ...headers } };
  const direct = await server.ask(method, `${DIRECT}${rest}`, same);
  const express = await server.ask(method, `${EXPRESS}${rest}`, same);
  expect(seen(direct)).toEqual(seen(express));
  return direct;
}

describe('messages past Express', () => {
  let server: Running;
  let shut: Running;

  beforeAll(async () => {
    const posted: WriteAnswer = {
      status: 201,
      body: { seq: 7, content: 'Ünïcode' },
      etag: null,
      location: `${DIRECT}/7`,
      commit: 9,
      replayed: true,
    };
    const service = (real: Running) =>
      fakeService({
        messages: {
          ...real.service.messages,
          post: (caller, id, messages, batch, key) =>
            messages[0]?.content === 'fixed'
              ? Promise.resolve(posted)
              : real.service.messages.post(caller, id, messages, batch, key),
        },
      });
    const real = await startServer();
    await real.ask('PUT', '/api/taskspaces/demo', { json: {} });
    await real.ask('POST', DIRECT, { json: { messages: [{ content: 'a' }, { content: 'b', to: 'x' }] } });
    server = await startServer({ service: service(real) });
    shut = await startServer({ service: service(real), access: { auth: true } });
  });

  it.each<[string, string, string, Asked, number]>([
    ['a post', 'POST', '', { json: { content: 'fixed' } }, 201],
    ['a batch', 'POST', '', { json: { messages: [{ content: 'fixed' }] } }, 201],
    ['an actor', 'POST', '', { json: { content: 'fixed' }, headers: { 'X-Actor': 'J%C3%BCrgen' } }, 201],
    ['a key', 'POST', '', { json: { content: 'fixed' }, headers: { 'Idempotency-Key': 'k' } }, 201],
    ['100-continue', 'POST', '', { json: { content: 'fixed' }, headers: { Expect: '100-continue' } }, 201],
    ['another Expect', 'POST', '', { json: { content: 'fixed' }, headers: { Expect: 'x' } }, 400],
    ['a list', 'GET', '', {}, 200],
    ['a list with a query', 'GET', '?limit=1&order=desc&to=x', {}, 200],
    ['an empty query', 'GET', '?', {}, 200],
    ['If-None-Match', 'GET', '', { headers: { 'If-None-Match': '*' } }, 304],
    ['HEAD', 'HEAD', '', {}, 200],
    ['HEAD with a bad query', 'HEAD', '?x=1', {}, 400],
    ['OPTIONS', 'OPTIONS', '', {}, 204],
    ['PUT', 'PUT', '', { json: {} }, 405],
    ['TRACE', 'TRACE', '', {}, 405],
    ['a foreign Host', 'POST', '', { headers: { Host: 'evil.example' } }, 403],
    [
      'a foreign Origin before a bad query',
      'GET',
      '?x=1',
      { headers: { Origin: 'http://evil.example' } },
      403,
    ],
    [
      'its own Host in Origin',
      'GET',
      '',
      { headers: { Host: 'localhost', Origin: 'http://localhost' } },
      200,
    ],
    ['a bad query before a bad body', 'POST', '?x=1', { body: '{' }, 400],
    ['a bad actor', 'GET', '', { headers: { 'X-Actor': '%zz' } }, 400],
    ['a bad tag', 'GET', '', { headers: { 'If-None-Match': 'x' } }, 400],
    ['a bad key', 'POST', '', { json: {}, headers: { 'Idempotency-Key': 'ä' } }, 400],
    ['no Content-Type', 'POST', '', { body: '{}' }, 415],
    ['another Content-Type', 'POST', '', { body: '{}', headers: { 'Content-Type': 'text/plain' } }, 415],
    ['no JSON', 'POST', '', { body: '{', headers: { 'Content-Type': 'application/json' } }, 400],
    ['a list as body', 'POST', '', { json: [] }, 422],
    ['an unknown member', 'POST', '', { json: { text: 'x' } }, 422],
    ['a bad cursor', 'GET', '?cursor=x', {}, 400],
    [
      'a body that is announced too long',
      'POST',
      '',
      { headers: { 'Content-Type': 'application/json', 'Content-Length': 99_999_999 } },
      413,
    ],
  ])(
    '%s is answered with the very headers and bytes of Express',
    async (_what, method, rest, asked, status) => {
      expect((await bothWays(server, method, rest, asked)).status).toBe(status);
    },
  );

  it.each(['/', '/1', '/x', '//'])('leaves %s behind the path to Express', async (rest) => {
    await bothWays(server, 'GET', rest, {});
  });

  it('wants a token where tokens are needed, before anything else', async () => {
    for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT'])
      expect((await bothWays(shut, method, '?x=1', {})).status).toBe(401);
  });
});

describe('messages past Express over a fake service', () => {
  it('turn a defect into the same problem and log it', async () => {
    const list = () => Promise.reject(new Error('a defect'));
    const server = await startServer({ service: fakeService({ messages: { list } }) });
    expect((await bothWays(server, 'GET', '', {})).status).toBe(500);
    const [direct, express] = server.logged.map(({ level, message, fields: { path: _path, ...fields } }) => ({
      level,
      message,
      fields,
    }));
    expect(direct).toMatchObject({ level: 'error', fields: { requestId: 'same', code: 'internal' } });
    expect(direct).toEqual(express);
  });

  it.each([DIRECT, EXPRESS])('are waited for by a drain when the client has left: %s', async (path) => {
    const waiting: (() => void)[] = [];
    const list = () =>
      new Promise<never>((_resolve, reject) => waiting.push(() => reject(new Error('at last'))));
    const server = await startServer({ service: fakeService({ messages: { list } }) });
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    );
    await eventually(() => waiting.length === 1);
    socket.destroy();
    let drained = false;
    const draining = server.drain(20_000).then(() => {
      drained = true;
    });
    await new Promise<void>((resolve) => server.server.once('close', resolve));
    // What the end of the last connection would set off has happened a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    waiting[0]?.();
    await draining;
  });
});
