/** A server that a proxy shows below a path (`BASE_PATH`), which may take the path off or leave it on. */
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.js';
import { startServer } from './harness.js';

const BASE = '/tasks';

describe.each(['', BASE])('a server below /tasks, asked with %j before each path', (sent) => {
  it('says where a new taskspace is, and serves it there', async () => {
    const server = await startServer({ env: { BASE_PATH: BASE } });
    const made = await server.ask('POST', `${sent}/api/taskspaces`, { json: { id: 'a' } });
    expect(made.headers.location).toBe('/tasks/api/taskspaces/a');
    expect((await server.ask('GET', '/tasks/api/taskspaces/a')).status).toBe(200);
    expect((await server.ask('GET', `${sent}/api/taskspaces/a/plan`)).status).toBe(200);
    const task = await server.ask('POST', `${sent}/api/taskspaces/a/plan/tasks`, { json: { name: 'x' } });
    expect((await server.ask('GET', task.headers.location ?? '')).status).toBe(200);
    const path = `/api/taskspaces/a/artifacts/${encodeURIComponent('ä b')}%2Fc%25.txt`;
    const put = await server.ask('PUT', sent + path, {
      body: 'bytes',
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(put.headers.location).toMatch(/^\/tasks\/api\/taskspaces\/a\/artifacts\//);
    expect((await server.ask('GET', put.headers.location ?? '')).text).toBe('bytes');
  });

  it('names its problems and pages there', async () => {
    const server = await startServer({ env: { BASE_PATH: `${BASE}/` } });
    const { json } = await server.ask('GET', `${sent}/api/taskspaces/none`);
    expect(json).toMatchObject({ type: '/tasks/problems/not_found' });
    expect(json.instance).toMatch(/^\/tasks\/requests\//);
    const explained = await server.ask('GET', String(json.type), { headers: { Accept: 'application/json' } });
    expect(explained.json).toMatchObject({ type: '/tasks/problems/not_found' });
    expect(json.detail).toContain('PUT /tasks/api/taskspaces/none.');
    const near = await server.ask('GET', `${sent}/api/taskspace`);
    expect(near.json.detail).toContain('Did you mean /tasks/api/taskspaces?');
    expect(near.json.detail).toContain('listed at /tasks/docs and /tasks/openapi.json.');
    expect((await server.ask('GET', `${sent}/problems/none`)).json.detail).toContain('at /tasks/docs.');
    expect((await server.ask('GET', `${sent}/openapi.json`)).json.servers).toEqual([{ url: BASE }]);
    for (const page of ['/', '/docs', '/problems/not_found']) {
      const { text } = await server.ask('GET', sent + page, { headers: { Accept: 'text/html' } });
      const links = [...text.matchAll(/href="(\/[^"]*)"/g)].map(([, link]) => link);
      expect(links.length).toBeGreaterThan(3);
      for (const link of links) expect(link).toMatch(/^\/tasks\//);
    }
  });
});

describe('a server below /tasks', () => {
  it('takes the path off once, and only the whole of it', async () => {
    const server = await startServer({ env: { BASE_PATH: BASE } });
    for (const path of ['/tasksx/api/taskspaces', '/tasks/tasks/api/taskspaces', '/other/api/taskspaces'])
      expect((await server.ask('GET', path)).status).toBe(404);
    expect((await server.ask('GET', '/tasks')).status).toBe(200);
    expect((await server.ask('GET', '/tasks?x=1')).status).toBe(400);
  });

  it('answers what is no request, and requests that come at once, with it', async () => {
    const server = await startServer({ env: { BASE_PATH: BASE } });
    const get = 'GET /tasks/api/taskspaces/none HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const text = await server.raw(`${get}${get}NONSENSE\r\n\r\n`);
    const types = [...text.matchAll(/"type":"([^"]*)"/g)].map(([, type]) => type);
    expect(types).toEqual([
      '/tasks/problems/not_found',
      '/tasks/problems/not_found',
      '/tasks/problems/invalid_header',
    ]);
  });

  it('is called by the client with the path in its url', async () => {
    const server = await startServer({ env: { BASE_PATH: BASE } });
    const client = createClient({ url: `http://127.0.0.1:${server.port}/tasks/` });
    expect((await client.taskspaces.create({ id: 'a' })).status).toBe(201);
    expect((await client.taskspaces.get('a')).value.id).toBe('a');
  });
});
