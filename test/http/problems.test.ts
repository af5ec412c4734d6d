import { beforeAll, describe, expect, it } from 'vitest';
import { CODES, ERRORS } from '../../src/contract/errors.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import { fakeService } from './fake-service.js';
import { type Running, startServer } from './harness.js';

function failing(error: unknown): Promise<Running> {
  return startServer({ service: fakeService({ taskspaces: { get: () => Promise.reject(error) } }) });
}

describe('problems', () => {
  it('have the documented members and headers for every code', async () => {
    for (const code of CODES) {
      const server = await failing(
        new TaskspaceError(code, 'What was wrong.', {
          members: { holder: 'h', status: 1 },
          etag: '"1-aaaaaaaa"',
        }),
      );
      const answer = await server.ask('GET', '/api/taskspaces/a', { headers: { 'X-Request-Id': 'r1' } });
      expect(answer.status).toBe(ERRORS[code].status);
      expect(answer.json).toEqual({
        type: `/problems/${code}`,
        title: ERRORS[code].title,
        status: ERRORS[code].status,
        code,
        detail: 'What was wrong.',
        instance: '/requests/r1',
        holder: 'h',
      });
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'x-request-id': 'r1',
        'x-worker': '3',
        etag: '"1-aaaaaaaa"',
      });
      expect([code, answer.headers['retry-after'] !== undefined]).toEqual([
        code,
        [429, 503].includes(answer.status),
      ]);
    }
  });

  it('tell nothing about defects but the request id, and log them with their stack', async () => {
    const defect = new TypeError('secret /path/of/host');
    const server = await failing(defect);
    const answer = await server.ask('GET', '/api/taskspaces/a', { headers: { 'X-Request-Id': 'r2' } });
    expect([answer.status, answer.json.code]).toEqual([500, 'internal']);
    expect(answer.text).not.toContain('secret');
    expect(answer.text).not.toContain('/work');
    expect(server.logged).toEqual([
      {
        level: 'error',
        message: 'request failed',
        fields: expect.objectContaining({ err: defect, requestId: 'r2' }),
      },
    ]);
  });
});

describe('requests that are not HTTP', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
  });

  it.each([
    ['GARBAGE\r\n\r\n', 400, 'invalid_header'],
    ['GET / HTTP/9.9\r\n\r\n', 400, 'invalid_header'],
    ['WHAT / HTTP/1.1\r\nHost: localhost\r\n\r\n', 400, 'invalid_header'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n', 400, 'invalid_header'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n', 400, 'invalid_header'],
    [
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'invalid_header',
    ],
    [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`, 431, 'headers_too_large'],
    [`GET /${'a'.repeat(17_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431, 'headers_too_large'],
    [`GET / HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(20_000)}\r\n`, 431, 'headers_too_large'],
  ])('%j', async (text, status, code) => {
    const answer = await server.raw(text);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toMatch(/\r\nContent-Type: application\/problem\+json\r\n/);
    expect(head).toMatch(/\r\nX-Request-Id: \S+\r\nX-Worker: 3\r\n/);
    expect(JSON.parse(body)).toMatchObject({ status, code, type: `/problems/${code}` });
  });

  it('do not disturb the next one', async () => {
    expect((await server.ask('GET', '/health')).status).toBe(200);
  });
});

describe('GET /problems/<code>', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
  });

  it('explains every code, as JSON, text or a page', async () => {
    for (const code of CODES) {
      const json = await server.ask('GET', `/problems/${code}`);
      expect(json.json).toMatchObject({
        code,
        title: expect.any(String),
        meaning: expect.any(String),
        next: expect.any(String),
      });
      const text = await server.ask('GET', `/problems/${code}`, { headers: { Accept: 'text/plain' } });
      expect([text.headers['content-type'], text.text.startsWith(code)]).toEqual([
        'text/plain; charset=utf-8',
        true,
      ]);
      const page = await server.ask('GET', `/problems/${code}`, { headers: { Accept: 'text/html,*/*' } });
      expect([page.headers['content-type'], page.text.startsWith('<!doctype html>')]).toEqual([
        'text/html; charset=utf-8',
        true,
      ]);
    }
  });

  it('knows no other code', async () => {
    for (const code of ['nothing', '__proto__', 'toString', '%3Cb%3E', '%zz']) {
      expect([code, (await server.ask('GET', `/problems/${code}`)).status]).toEqual([code, 404]);
    }
  });
});
