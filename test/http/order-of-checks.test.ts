import { beforeAll, describe, expect, it } from 'vitest';
import { type Asked, type Running, startServer } from './harness.js';

const LONG = { 'Content-Type': 'application/json', 'Content-Length': 99_999_999 };

describe('the first check that fails answers', () => {
  let server: Running;
  let locked: Running;

  beforeAll(async () => {
    server = await startServer();
    locked = await startServer({ access: { auth: true } });
    await server.ask('PUT', '/api/taskspaces/demo', { json: {} });
  });

  async function code(method: string, path: string, asked: Asked = {}): Promise<string> {
    const answer = await server.ask(method, path, asked);
    return `${answer.status} ${String(answer.json.code)}`;
  }

  it('token before route and method', async () => {
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['TRACE', '/api/taskspaces'],
      ['GET', '/api/taskspaces/BAD'],
    ] as const) {
      const answer = await locked.ask(method, path);
      expect([answer.status, answer.json.code, answer.headers['www-authenticate']]).toEqual([
        401,
        'unauthorized',
        'Bearer',
      ]);
    }
  });

  it('needs no token for what is not a taskspace', async () => {
    for (const path of ['/health', '/ready', '/', '/docs', '/openapi.json', '/problems/internal']) {
      expect([path, (await locked.ask('GET', path)).status]).toEqual([path, 200]);
    }
  });

  it('route and method before id, query and headers', async () => {
    expect(await code('GET', '/api/taskspaces/BAD/nothing')).toBe('404 not_found');
    expect(await code('PATCH', '/api/taskspaces?x=1')).toBe('405 method_not_allowed');
    expect(await code('POST', '/api/taskspaces/BAD')).toBe('405 method_not_allowed');
    expect(await code('POST', '/api/taskspaces/demo/artifacts/%zz')).toBe('405 method_not_allowed');
    expect(await code('GET', '/nowhere', { headers: { 'X-Actor': '%zz' } })).toBe('404 not_found');
  });

  it('id, path, query and headers before the body', async () => {
    expect(
      await code('PATCH', '/api/taskspaces/BAD', { body: 'x', headers: { 'Content-Type': 'text/plain' } }),
    ).toBe('400 invalid_id');
    expect(
      await code('PUT', '/api/taskspaces/demo/artifacts/a/../b', { headers: { 'X-Metadata': '[' } }),
    ).toBe('400 invalid_path');
    expect(await code('PUT', '/api/taskspaces/demo?x=1', { body: '{' })).toBe('400 invalid_query');
    expect(await code('PUT', '/api/taskspaces/demo', { body: '{', headers: { 'If-Match': 'x' } })).toBe(
      '400 invalid_header',
    );
    expect(await code('POST', '/api/taskspaces', { body: '{', headers: { 'Idempotency-Key': 'ä' } })).toBe(
      '400 invalid_header',
    );
    expect(await code('PUT', '/api/taskspaces/BAD', { headers: LONG })).toBe('400 invalid_id');
  });

  it('the body before existence, existence before preconditions', async () => {
    expect(
      await code('PATCH', '/api/taskspaces/missing', {
        body: '{',
        headers: { 'Content-Type': 'application/json' },
      }),
    ).toBe('400 invalid_json');
    expect(await code('PATCH', '/api/taskspaces/missing', { json: { zz: 1 } })).toBe('422 invalid_body');
    expect(await code('PATCH', '/api/taskspaces/missing', { json: {}, headers: { 'If-Match': '"1"' } })).toBe(
      '404 not_found',
    );
    expect(await code('PATCH', '/api/taskspaces/demo', { json: {}, headers: { 'If-Match': '"7"' } })).toBe(
      '412 precondition_failed',
    );
  });

  it('media type, then size, then JSON, then shape', async () => {
    expect(
      await code('PUT', '/api/taskspaces/demo', { headers: { ...LONG, 'Content-Type': 'text/plain' } }),
    ).toBe('415 unsupported_media_type');
    expect(await code('PUT', '/api/taskspaces/demo', { headers: LONG })).toBe('413 too_large');
  });
});
