import { beforeAll, describe, expect, it } from 'vitest';
import { type Running, startServer } from './harness.js';

describe('routes and methods', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', '/api/taskspaces/demo', { json: {} });
    await server.ask('PUT', '/api/taskspaces/demo/artifacts/a/b.txt', { body: 'hello' });
    await server.ask('POST', '/api/taskspaces/demo/messages', { json: { content: 'x' } });
  });

  it.each([
    ['/api/taskspaces', 'GET, HEAD, POST, OPTIONS'],
    ['/api/taskspaces/demo', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['/api/taskspaces/demo/plan', 'GET, HEAD, PUT, OPTIONS'],
    ['/api/taskspaces/demo/plan/tasks', 'POST, OPTIONS'],
    ['/api/taskspaces/demo/plan/tasks/t1', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
    ['/api/taskspaces/demo/plan/ready', 'GET, HEAD, OPTIONS'],
    ['/api/taskspaces/demo/messages', 'GET, HEAD, POST, OPTIONS'],
    ['/api/taskspaces/demo/messages/1', 'GET, HEAD, OPTIONS'],
    ['/api/taskspaces/demo/conversations', 'GET, HEAD, OPTIONS'],
    ['/api/taskspaces/demo/artifacts', 'GET, HEAD, OPTIONS'],
    ['/api/taskspaces/demo/artifacts/a/b.txt', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['/api/taskspaces/demo/revisions/a/b.txt', 'GET, HEAD, OPTIONS'],
    ['/health', 'GET, HEAD, OPTIONS'],
  ])('%s takes %s', async (path, allow) => {
    const options = await server.ask('OPTIONS', path);
    expect([options.status, options.headers.allow, options.text]).toEqual([204, allow, '']);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']) {
      if (allow.includes(method)) continue;
      const answer = await server.ask(method, path);
      expect([method, answer.status, answer.headers.allow, answer.json.code]).toEqual([
        method,
        405,
        allow,
        'method_not_allowed',
      ]);
    }
  });

  it.each([
    '/api/taskspaces',
    '/api/taskspaces/demo/plan',
    '/api/taskspaces/demo/plan/ready',
    '/api/taskspaces/demo/messages',
    '/api/taskspaces/demo/artifacts/a/b.txt',
    '/api/taskspaces/demo/artifacts/a/b.txt?meta=true',
    '/api/taskspaces/missing',
    '/api/taskspaces/BAD',
    '/nowhere',
    '/health',
    '/openapi.json',
  ])('HEAD %s has the status and headers of GET', async (path) => {
    const headers = { 'X-Request-Id': 'same' };
    const get = await server.ask('GET', path, { headers });
    const head = await server.ask('HEAD', path, { headers });
    const { date: _a, ...ofGet } = get.headers;
    const { date: _b, ...ofHead } = head.headers;
    expect([head.status, ofHead, head.text]).toEqual([get.status, ofGet, '']);
  });

  it('knows no route with a trailing slash, another case, or an empty part', async () => {
    for (const path of [
      '/api/taskspaces/',
      '/api/taskspaces/demo/',
      '/api/taskspaces/demo/artifacts/',
      '/api/taskspaces/demo/messages/',
      '/API/taskspaces',
      '/api/Taskspaces/demo',
      '/api/taskspaces/demo/PLAN',
      '/api//taskspaces',
      '//api/taskspaces',
      '/api/taskspaces//plan',
      '/api/task%73paces',
      '/Health',
      '/health/',
    ]) {
      const answer = await server.ask('GET', path);
      expect([path, answer.status, answer.json.code]).toEqual([path, 404, 'not_found']);
    }
  });

  it('takes a whole URL as the target of a request', async () => {
    const text = await server.raw(
      'GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });
});
