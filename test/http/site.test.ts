import { beforeAll, describe, expect, it } from 'vitest';
import { fakeService } from './fake-service.js';
import { type Running, startServer } from './harness.js';

describe('the pages of the server', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer({ service: fakeService({ count: async () => 1234 }) });
  });

  it('say how it is', async () => {
    const { text, headers, status } = await server.ask('GET', '/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain('1,234');
    expect(text).toContain('0.0.0-test');
    expect(text).toContain(`http://127.0.0.1:${server.port}/api/taskspaces`);
  });

  it('escape what the client sent', async () => {
    const open = await startServer({ access: { loopback: false }, service: fakeService({}) });
    const { text } = await open.ask('GET', '/', { headers: { Host: '<script>alert(1)</script>' } });
    expect(text).not.toContain('<script>');
  });

  it('bring nothing from elsewhere', async () => {
    for (const path of ['/', '/docs', '/problems/internal']) {
      const { text, headers } = await server.ask('GET', path, { headers: { Accept: 'text/html' } });
      expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
      expect(text).not.toMatch(/<script|<link|@import|url\(/);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
    }
  });

  it('list every route of the contract at /docs', async () => {
    const { text } = await server.ask('GET', '/docs');
    const document = await server.ask('GET', '/openapi.json');
    for (const path of Object.keys(document.json.paths as object)) expect(text).toContain(path);
  });

  it('are ready when the store is, and not any more while it shuts down', async () => {
    expect((await server.ask('GET', '/ready')).json).toEqual({ status: 'ready', reasons: [] });
    expect((await server.ask('GET', '/health')).json).toEqual({ status: 'ok' });
    const readiness = async () => ({ ready: false, reason: 'The disk is away.', reasons: [] });
    const waiting = await startServer({ service: fakeService({ readiness }) });
    const answer = await waiting.ask('GET', '/ready');
    expect([answer.status, answer.json.code, answer.json.detail]).toEqual([
      503,
      'not_ready',
      'The disk is away.',
    ]);
    expect((await waiting.ask('GET', '/health')).status).toBe(200);
  });
});

describe('/openapi.json', () => {
  interface Operation {
    operationId: string;
    parameters: { name: string; in: string }[];
    responses: Record<string, unknown>;
    requestBody?: unknown;
  }
  let paths: Record<string, Record<string, Operation>>;
  let document: Record<string, unknown>;

  beforeAll(async () => {
    const server = await startServer({ service: fakeService({}) });
    document = (await server.ask('GET', '/openapi.json')).json;
    paths = document.paths as typeof paths;
  });

  it('names the headers of answers where they are sent', () => {
    const headersOf = (path: string, method: string, status: string): string[] => {
      const response = paths[path]?.[method]?.responses[status] as {
        headers: Record<string, { $ref: string }>;
      };
      return Object.keys(response.headers).sort();
    };
    const task = '/api/taskspaces/{id}/plan/tasks/{taskId}';
    const both = ['X-Request-Id', 'X-Worker'];
    expect(headersOf(task, 'get', '200')).toEqual(['Cache-Control', 'ETag', 'X-Cache', ...both]);
    expect(headersOf(task, 'patch', '200')).toEqual(['ETag', 'X-Commit', ...both]);
    expect(headersOf(task, 'patch', '412')).toEqual(['ETag', ...both]);
    expect(headersOf(task, 'patch', '503')).toEqual(['Retry-After', ...both]);
    expect(headersOf('/api/taskspaces', 'post', '201')).toContain('Location');
  });

  it('has every call of this version', () => {
    const calls = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(calls.filter((call) => call.includes('/api/')).sort()).toEqual([
      'delete /api/cache/keys',
      'delete /api/taskspaces/{id}',
      'delete /api/taskspaces/{id}/artifacts/{path}',
      'delete /api/taskspaces/{id}/plan/tasks/{taskId}',
      'get /api/artifacts',
      'get /api/cache/health',
      'get /api/cache/keys',
      'get /api/cache/stats',
      'get /api/changes',
      'get /api/dashboard',
      'get /api/events',
      'get /api/search',
      'get /api/stats',
      'get /api/taskspaces',
      'get /api/taskspaces/{id}',
      'get /api/taskspaces/{id}/artifacts',
      'get /api/taskspaces/{id}/artifacts/{path}',
      'get /api/taskspaces/{id}/conversations',
      'get /api/taskspaces/{id}/dashboard',
      'get /api/taskspaces/{id}/events',
      'get /api/taskspaces/{id}/export',
      'get /api/taskspaces/{id}/leases',
      'get /api/taskspaces/{id}/messages',
      'get /api/taskspaces/{id}/messages/{seq}',
      'get /api/taskspaces/{id}/plan',
      'get /api/taskspaces/{id}/plan/ready',
      'get /api/taskspaces/{id}/plan/tasks/{taskId}',
      'get /api/taskspaces/{id}/revisions/{path}',
      'get /api/taskspaces/{id}/summary',
      'get /api/trash',
      'patch /api/taskspaces/{id}',
      'patch /api/taskspaces/{id}/artifacts/{path}',
      'patch /api/taskspaces/{id}/plan/tasks/{taskId}',
      'post /api/cache/invalidate',
      'post /api/cache/warm',
      'post /api/taskspaces',
      'post /api/taskspaces/{id}/leases/{name}',
      'post /api/taskspaces/{id}/leases/{name}/release',
      'post /api/taskspaces/{id}/leases/{name}/renew',
      'post /api/taskspaces/{id}/messages',
      'post /api/taskspaces/{id}/plan/claim',
      'post /api/taskspaces/{id}/plan/tasks',
      'post /api/taskspaces/{id}/plan/tasks/{taskId}/complete',
      'post /api/taskspaces/{id}/plan/tasks/{taskId}/fail',
      'post /api/taskspaces/{id}/plan/tasks/{taskId}/heartbeat',
      'post /api/taskspaces/{id}/plan/tasks/{taskId}/release',
      'put /api/taskspaces/{id}',
      'put /api/taskspaces/{id}/artifacts/{path}',
      'put /api/taskspaces/{id}/plan',
    ]);
  });

  it('names each operation once, and each part of a path', () => {
    const operations = Object.entries(paths).flatMap(([path, rows]) =>
      Object.values(rows).map((operation) => ({ path, operation })),
    );
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    for (const { path, operation } of operations) {
      const inPath = operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .map(({ name }) => `{${name}}`);
      expect(inPath).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });

  it('has all the schemas and headers that it refers to', () => {
    const text = JSON.stringify(document);
    const { components } = document as { components: Record<string, Record<string, unknown>> };
    const named = new Set([...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)].map(String));
    expect(named.size).toBe(new Set(text.match(/"\$ref":"[^"]+"/g)).size);
    for (const reference of named) {
      const [, kind = '', name = ''] = reference.split(',');
      expect(components[kind]).toHaveProperty([name]);
    }
    expect(text).not.toContain('$defs');
  });

  it('says what bodies may have, the ignored members marked as read-only', () => {
    const { schemas } = document.components as {
      schemas: Record<string, { properties: Record<string, unknown>; additionalProperties?: boolean }>;
    };
    expect(schemas.TaskInput?.additionalProperties).toBe(false);
    expect(schemas.TaskInput?.properties.attempts).toMatchObject({ readOnly: true });
    expect(schemas.TaskspaceInput?.properties.name).toMatchObject({ minLength: 1, maxLength: 200 });
    expect(schemas.Task?.additionalProperties).toBeUndefined();
  });
});
