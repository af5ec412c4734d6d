import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { type Running, startServer } from './harness.js';

const SPACE = '/api/taskspaces/demo';

interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

describe('a refusal', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', SPACE, { json: {} });
    await server.ask('PUT', `${SPACE}/plan`, { json: { tasks: [{ id: 't1', name: 'n' }] } });
  });

  function faults({ json }: Answer): Record<string, string> {
    return Object.fromEntries((json.errors as Fault[]).map(({ pointer, detail }) => [pointer, detail]));
  }

  it.each([
    ['POST', '/api/taskspaces', { title: 'x' }, '/title', 'name'],
    ['PUT', SPACE, { tag: ['x'] }, '/tag', 'tags'],
    ['PATCH', SPACE, { meta: {} }, '/meta', 'data'],
    ['POST', `${SPACE}/messages`, { text: 'x' }, '/text', 'content'],
    ['POST', `${SPACE}/messages`, { messages: [{}, { contnet: 'x' }] }, '/messages/1/contnet', 'content'],
    ['POST', `${SPACE}/plan/claim`, { agent: 'a', task: 't1' }, '/task', 'taskId'],
    ['POST', `${SPACE}/plan/claim`, { agent: 'a', task_id: 't1' }, '/task_id', 'taskId'],
    ['POST', `${SPACE}/plan/claim`, { agent: 'a', lease: 5 }, '/lease', 'leaseSeconds'],
    [
      'PUT',
      `${SPACE}/plan`,
      { tasks: [{ name: 'n', depends_on: [] }] },
      '/tasks/0/depends_on',
      'dependencies',
    ],
    ['PUT', `${SPACE}/plan`, { steps: [], tasks: [] }, '/steps', 'tasks'],
    ['POST', `${SPACE}/leases/l`, { agent: 'a', holder: 'h' }, '/agent', 'holder'],
  ])(
    '%s %s %j of an unknown member names the one that was meant, and all there are',
    async (method, path, json, pointer, meant) => {
      const answer = await server.ask(method, path, { json });
      expect([answer.status, answer.json.code]).toEqual([422, 'invalid_body']);
      expect(faults(answer)[pointer]).toMatch(
        new RegExp(
          `^There is no such member here\\. Did you mean "${meant}"\\? Members: .*\\b${meant}\\b.*\\.$`,
        ),
      );
      expect(answer.json.detail).toContain(`Did you mean "${meant}"?`);
    },
  );

  it('names no member that only the server sets', async () => {
    const answer = await server.ask('POST', '/api/taskspaces', { json: { title: 'x' } });
    expect(faults(answer)['/title']).toMatch(
      /Members: id, name, description, owner, status, tags, data, retention\.$/,
    );
  });

  it.each([
    ['PUT', SPACE, { status: 'done' }, '/status', 'completed'],
    ['PUT', `${SPACE}/plan`, { tasks: [{ name: 'n', status: 'Done' }] }, '/tasks/0/status', 'completed'],
    ['PATCH', `${SPACE}/plan/tasks/t1`, { status: 'in-progress' }, '/status', 'in_progress'],
    ['PATCH', `${SPACE}/plan/tasks/t1`, { onFailure: 'continue' }, '/onFailure', 'proceed'],
    ['POST', `${SPACE}/messages`, { role: 'ai' }, '/role', 'assistant'],
  ])(
    '%s %s %j of a wrong value names the one that was meant, and all there are',
    async (method, path, json, pointer, meant) => {
      const detail = faults(await server.ask(method, path, { json }))[pointer];
      expect(detail).toMatch(
        new RegExp(`is none of them\\. Did you mean "${meant}"\\? Values: .*\\b${meant}\\b`),
      );
    },
  );

  it('tells all faults at once, and how many more there are than it tells', async () => {
    const few = await server.ask('PUT', `${SPACE}/plan`, {
      json: { goal: 1, tasks: [{ title: 'x', status: 'done' }] },
    });
    expect(Object.keys(faults(few)).sort()).toEqual([
      '/goal',
      '/tasks/0/name',
      '/tasks/0/status',
      '/tasks/0/title',
    ]);
    expect(few.json.detail).toContain('(And 3 more: see errors.)');
    const many = await server.ask('PUT', `${SPACE}/plan`, {
      json: { tasks: Array.from({ length: 10_000 }, () => ({ title: 'x' })) },
    });
    expect(many.json.errors).toHaveLength(50);
    expect(many.json.moreErrors).toBe(20_000 - 50);
    expect(many.body.length).toBeLessThan(20_000);
  });

  it('stays short when names are long', async () => {
    const long = (i: number) => `${'k'.repeat(10_000)}${i}`;
    const json = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [long(i), 1]));
    const answer = await server.ask('PUT', SPACE, { json });
    expect(answer.status).toBe(422);
    expect(answer.body.length).toBeLessThan(32_000);
  });

  it.each([
    ['/api/taskspace', '/api/taskspaces'],
    ['/taskspaces', '/api/taskspaces'],
    ['/api/taskspaces/demo/plans', '/api/taskspaces/demo/plan'],
    ['/taskspaces/demo/message', '/api/taskspaces/demo/messages'],
    ['/demo/plan', '/api/taskspaces/demo/plan'],
    ['/api/taskspaces/demo/plan/task/t1', '/api/taskspaces/demo/plan/tasks/t1'],
    ['/api/taskspaces/demo/artefacts/src/main.ts', '/api/taskspaces/demo/artifacts/src/main.ts'],
    ['/API/Taskspaces', '/api/taskspaces'],
    ['/plans', '/api/taskspaces/<id>/plan'],
    ['/healthz', '/health'],
    ['/api/taskspace/', '/api/taskspaces'],
  ])('of the route %s names %s', async (path, meant) => {
    const answer = await server.ask('GET', path);
    expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
    expect(answer.json.detail).toContain(`Did you mean ${meant}?`);
    expect(answer.json.detail).toContain('/openapi.json');
  });

  it('of a route that is like none names none', async () => {
    for (const path of ['/wp-login.php', `/${'a'.repeat(14_000)}`, '/%00/%ff']) {
      const answer = await server.ask('GET', path);
      expect(answer.status).toBe(404);
      expect(answer.json.detail).not.toContain('Did you mean');
    }
  });

  it('of a query names every wrong parameter, and what was meant', async () => {
    const { json } = await server.ask('GET', '/api/taskspaces?status=active,done&page=2&per_page=5&order=up');
    expect(json.detail).toContain('"page" is unknown. Did you mean "cursor"?');
    expect(json.detail).toContain('"per_page" is unknown. Did you mean "limit"?');
    expect(json.detail).toContain(
      '"done" is none of draft, active, completed, failed, archived. Did you mean "completed"?',
    );
    expect(json.detail).toContain('order');
    expect(json.detail).toContain('This call takes limit, cursor, ');
    const many = Array.from({ length: 900 }, (_, i) => `p${i}=1`).join('&');
    const flooded = await server.ask('GET', `/api/taskspaces?${many}`);
    expect(flooded.json.detail).toContain('And 890 more');
    expect(flooded.body.length).toBeLessThan(2_000);
  });

  it('of a weak If-Match says where it comes from and what to send', async () => {
    const { headers } = await server.ask('GET', SPACE);
    const tag = String(headers.etag);
    const present = await server.ask('PATCH', SPACE, {
      json: { name: 'n' },
      headers: { 'If-Match': `W/${tag}` },
    });
    expect([present.status, present.json.code, present.headers.etag]).toEqual([
      412,
      'precondition_failed',
      tag,
    ]);
    expect(present.json.detail).toContain(`W/${tag}, which never matches`);
    expect(present.json.detail).toContain('a proxy that compresses');
    expect(present.json.detail).toContain(`send If-Match: ${tag}`);
    const old = await server.ask('PATCH', SPACE, {
      json: { name: 'n' },
      headers: { 'If-Match': 'W/"7-abababab"' },
    });
    expect(old.json.detail).toContain('Read it again');
    expect(old.json.detail).toContain('Leave out its W/');
    const strong = await server.ask('PATCH', SPACE, { json: { name: 'n' }, headers: { 'If-Match': tag } });
    expect(strong.status).toBe(200);
  });

  it('is not given for a byte order mark, which is passed over', async () => {
    const body = '\ufeff{"id":"bom"}';
    const headers = { 'Content-Type': 'application/json' };
    expect((await server.ask('POST', '/api/taskspaces', { body, headers })).status).toBe(201);
    expect((await server.ask('PATCH', '/api/taskspaces/bom', { body: '\ufeff{}', headers })).status).toBe(
      200,
    );
    expect((await server.ask('PATCH', '/api/taskspaces/bom', { body: '\ufeff', headers })).status).toBe(400);
    const twice = await server.ask('PATCH', '/api/taskspaces/bom', { body: '\ufeff\ufeff{}', headers });
    expect([twice.status, twice.json.code]).toEqual([400, 'invalid_json']);
    expect(twice.json.detail).toContain('it begins with two byte order marks, and only one is passed over');
  });
});
