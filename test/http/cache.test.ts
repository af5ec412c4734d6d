import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import type { CacheHealth, CacheKey, CacheStats } from '../../src/contract/cache.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import { fakeService } from './fake-service.js';
import { type Running, startServer } from './harness.js';

interface Asked {
  readonly call: string;
  readonly what: unknown;
}

/** Every cache call notes what it was asked, and gives its own name back. */
async function noting(): Promise<{ server: Running; asked: Asked[] }> {
  const asked: Asked[] = [];
  const note =
    <T>(call: string, answer: T) =>
    async (_caller: unknown, what?: unknown): Promise<T> => {
      asked.push({ call, what });
      return answer;
    };
  const service = fakeService({
    cache: {
      stats: note('stats', { at: 'now' } as CacheStats),
      health: note('health', { down: false, body: { status: 'degraded' } as CacheHealth }),
      invalidate: note('invalidate', { invalidated: 7 }),
      warm: note('warm', { warmed: 3, failed: 0, durationMs: 1, errors: [] }),
      keys: note('keys', { items: [{ key: 'detail:a:state' } as CacheKey], nextCursor: null }),
      deleteKey: note('deleteKey', undefined),
    },
  });
  return { server: await startServer({ service }), asked };
}

function expectNotCached({ headers }: Answer): void {
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-worker': '3' });
  expect(headers).not.toHaveProperty('etag');
  expect(headers).not.toHaveProperty('x-cache');
}

describe('the cache calls', () => {
  it.each([
    ['GET', '/api/cache/stats', undefined, 200, { at: 'now' }],
    ['GET', '/api/cache/health', undefined, 200, { status: 'degraded' }],
    ['POST', '/api/cache/invalidate', { all: true }, 200, { invalidated: 7 }],
    ['POST', '/api/cache/warm', { all: true }, 200, { warmed: 3, failed: 0, durationMs: 1, errors: [] }],
    ['GET', '/api/cache/keys', undefined, 200, { items: [{ key: 'detail:a:state' }], nextCursor: null }],
  ])('%s %s answers what the use case gave, not to be cached', async (method, path, json, status, body) => {
    const { server } = await noting();
    const answer = await server.ask(method, path, json === undefined ? {} : { json });
    expect([answer.status, answer.json]).toEqual([status, body]);
    expect(answer.headers['content-type']).toBe('application/json');
    expectNotCached(answer);
    if (method === 'GET') {
      const known = await server.ask('GET', path, { headers: { 'If-None-Match': '*' } });
      expect(known.status).toBe(200);
      const head = await server.ask('HEAD', path);
      expect([head.status, head.text, head.headers['content-length']]).toEqual([
        200,
        '',
        String(answer.body.length),
      ]);
    }
  });

  it('health is 503 with the same body when the store is down', async () => {
    const store = { status: 'down', detail: 'The data folder cannot be read.' } as const;
    const body = { status: 'down', store } as CacheHealth;
    const server = await startServer({
      service: fakeService({ cache: { health: async () => ({ down: true, body }) } }),
    });
    const answer = await server.ask('GET', '/api/cache/health');
    expect([answer.status, answer.headers['content-type'], answer.json]).toEqual([
      503,
      'application/json',
      body,
    ]);
    expectNotCached(answer);
  });

  it.each([
    { taskspace: 'demo' },
    { owner: 'Ann of Ünïtown' },
    { kind: 'export' },
    { pattern: 'detail:*:state' },
    { all: true },
  ])('invalidate takes %j', async (json) => {
    const { server, asked } = await noting();
    expect((await server.ask('POST', '/api/cache/invalidate', { json })).status).toBe(200);
    expect(asked).toEqual([{ call: 'invalidate', what: json }]);
  });

  it.each([{ taskspaces: ['a', 'b'] }, { owner: 'ann' }, { kinds: ['detail', 'stats'] }, { all: true }])(
    'warm takes %j',
    async (json) => {
      const { server, asked } = await noting();
      expect((await server.ask('POST', '/api/cache/warm', { json })).status).toBe(200);
      expect(asked).toEqual([{ call: 'warm', what: json }]);
    },
  );

  it.each([
    ['invalidate', {}, ''],
    ['invalidate', { taskspace: 'a', all: true }, ''],
    ['invalidate', { all: false }, '/all'],
    ['invalidate', { kind: 'everything' }, '/kind'],
    ['invalidate', { taskspace: 'BAD' }, '/taskspace'],
    ['invalidate', { pattern: '' }, '/pattern'],
    ['invalidate', { owner: null }, '/owner'],
    ['invalidate', { taskspaces: ['a'] }, '/taskspaces'],
    ['warm', {}, ''],
    ['warm', { owner: 'a', all: true }, ''],
    ['warm', { taskspaces: [] }, '/taskspaces'],
    ['warm', { taskspaces: ['BAD'] }, '/taskspaces/0'],
    ['warm', { taskspaces: Array.from({ length: 501 }, () => 'a') }, '/taskspaces'],
    ['warm', { kinds: [] }, '/kinds'],
    ['warm', { kinds: ['x'] }, '/kinds/0'],
    ['warm', { pattern: '*' }, '/pattern'],
  ])('%s refuses %j', async (call, json, pointer) => {
    const { server, asked } = await noting();
    const answer = await server.ask('POST', `/api/cache/${call}`, { json });
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_body']);
    expect(answer.json.errors).toContainEqual(expect.objectContaining({ pointer }));
    expect(asked).toEqual([]);
  });

  it('take JSON alone', async () => {
    const { server } = await noting();
    for (const call of ['invalidate', 'warm']) {
      const text = await server.ask('POST', `/api/cache/${call}`, { body: '{"all":true}' });
      expect(text.json.code).toBe('unsupported_media_type');
      const list = await server.ask('POST', `/api/cache/${call}`, { json: [] });
      expect(list.json.code).toBe('invalid_body');
    }
  });

  it('run again under the same Idempotency-Key, even a malformed one', async () => {
    const { server, asked } = await noting();
    for (const key of ['k', 'k', 'ä']) {
      const headers = { 'Idempotency-Key': key };
      const answer = await server.ask('POST', '/api/cache/invalidate', { json: { all: true }, headers });
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty('idempotency-replayed');
    }
    expect(asked).toHaveLength(3);
  });

  it('keys are paged and filtered by a glob', async () => {
    const { server, asked } = await noting();
    await server.ask('GET', '/api/cache/keys?pattern=detail%3A*&limit=2&cursor=abc');
    await server.ask('GET', '/api/cache/keys');
    expect(asked.map(({ what }) => what)).toEqual([
      { pattern: 'detail:*', limit: 2, cursor: 'abc' },
      { pattern: '*', limit: 50, cursor: null },
    ]);
    for (const query of ['limit=0', 'kind=detail', `pattern=${'x'.repeat(1025)}`])
      expect((await server.ask('GET', `/api/cache/keys?${query}`)).json.code).toBe('invalid_query');
  });

  it('one key is dropped by its name', async () => {
    const { server, asked } = await noting();
    const answer = await server.ask('DELETE', '/api/cache/keys?key=list%3A%2A%3Ap%20%26q');
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(asked).toEqual([{ call: 'deleteKey', what: 'list:*:p &q' }]);
    expectNotCached(answer);
    for (const query of ['', '?key=', '?key=a&key=b', '?name=a']) {
      const refused = await server.ask('DELETE', `/api/cache/keys${query}`);
      expect([query, refused.status, refused.json.code]).toEqual([query, 400, 'invalid_query']);
    }
  });

  it('a key that no tier has is 404', async () => {
    const deleteKey = () => Promise.reject(new TaskspaceError('not_found', 'No cache holds it.'));
    const server = await startServer({ service: fakeService({ cache: { deleteKey } }) });
    const answer = await server.ask('DELETE', '/api/cache/keys?key=a');
    expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
  });

  it.each([
    ['/api/cache/stats', 'GET, HEAD, OPTIONS'],
    ['/api/cache/health', 'GET, HEAD, OPTIONS'],
    ['/api/cache/invalidate', 'POST, OPTIONS'],
    ['/api/cache/warm', 'POST, OPTIONS'],
    ['/api/cache/keys', 'GET, HEAD, DELETE, OPTIONS'],
  ])('%s takes %s', async (path, allow) => {
    const { server } = await noting();
    expect((await server.ask('OPTIONS', path)).headers.allow).toBe(allow);
    const answer = await server.ask('PATCH', path);
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
  });

  it('need a token where tokens are needed', async () => {
    const server = await startServer({ access: { auth: true }, service: fakeService({}) });
    expect((await server.ask('GET', '/api/cache/stats')).status).toBe(401);
    expect((await server.ask('POST', '/api/cache/invalidate', { json: {} })).status).toBe(401);
  });

  it('are described with what they take and no ETag', async () => {
    const { server } = await noting();
    const document = (await server.ask('GET', '/openapi.json')).json;
    const { schemas } = document.components as { schemas: Record<string, Record<string, unknown>> };
    expect(schemas.InvalidateInput).toMatchObject({ minProperties: 1, maxProperties: 1 });
    expect(schemas).toHaveProperty('CacheStats');
    expect(schemas).toHaveProperty('Tier');
    const paths = document.paths as Record<string, Record<string, { responses: Record<string, unknown> }>>;
    const health = paths['/api/cache/health']?.get?.responses ?? {};
    expect(Object.keys((health['503'] as { content: object }).content)).toEqual([
      'application/json',
      'application/problem+json',
    ]);
    expect(health).not.toHaveProperty('304');
  });
});
