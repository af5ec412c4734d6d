import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../kit/eventually.js';
import { type Logged, type Running, startServer } from './harness.js';

const BASE = '/api/taskspaces/demo';

describe('the log of requests', () => {
  let server: Running;
  let verbose: Running;

  beforeAll(async () => {
    server = await startServer({ env: { LOG_REQUESTS: 'true' } });
    verbose = await startServer({ env: { LOG_REQUESTS: 'true', LOG_LEVEL: 'debug' } });
    await server.ask('PUT', BASE, { json: {} });
    await verbose.ask('PUT', BASE, { json: {} });
  });

  async function lineOf(of: Running, requestId: string): Promise<Logged> {
    const isIt = ({ fields }: Logged): boolean => fields.requestId === requestId;
    await eventually(() => of.logged.some(isIt));
    return of.logged.find(isIt) as Logged;
  }

  it.each([
    ['POST', `${BASE}/messages`, '/api/taskspaces/:id/messages', 201, undefined],
    ['PATCH', BASE, '/api/taskspaces/:id', 200, undefined],
    ['GET', '/api/taskspaces', '/api/taskspaces', 200, undefined],
    ['GET', `${BASE}/plan/tasks/none`, '/api/taskspaces/:id/plan/tasks/:taskId', 404, 'not_found'],
    ['GET', '/api/taskspaces/none', '/api/taskspaces/:id', 404, 'not_found'],
    ['GET', '/api/none', '/api/none', 404, 'not_found'],
    ['DELETE', '/api/taskspaces', '/api/taskspaces', 405, 'method_not_allowed'],
    ['GET', '/api/taskspaces?nonsense=1', '/api/taskspaces', 400, 'invalid_query'],
  ])('has a line for %s %s', async (method, path, route, status, code) => {
    const requestId = `r-${method}-${route.length}-${status}`;
    const json = method === 'GET' || method === 'DELETE' ? {} : { json: {} };
    await server.ask(method, path, { ...json, headers: { 'X-Request-Id': requestId, 'X-Actor': 'ann' } });
    const { level, fields, message } = await lineOf(server, requestId);
    expect([level, message]).toEqual(['info', 'request']);
    expect(fields).toMatchObject({
      method,
      status,
      requestId,
      ms: expect.any(Number),
      ...(code ? { code } : {}),
    });
    expect([route, path]).toContain(fields.route);
    if (status < 300) expect([fields.route, fields.by]).toEqual([route, 'ann']);
  });

  it('has those that are polled at debug alone, while they succeed', async () => {
    const polled = [
      BASE,
      `${BASE}/plan`,
      `${BASE}/messages`,
      `${BASE}/messages?after=9&wait=1`,
      '/health',
      '/ready',
    ];
    for (const [index, path] of polled.entries()) {
      const headers = { 'X-Request-Id': `p-${index}` };
      await verbose.ask('GET', path, { headers });
      expect([path, (await lineOf(verbose, `p-${index}`)).level]).toEqual([path, 'debug']);
    }
    for (const path of [BASE, BASE, '/health'])
      await server.ask('GET', path, { headers: { 'X-Request-Id': 'quiet' } });
    expect(server.logged.filter(({ level }) => level !== 'info' && level !== 'debug')).toEqual([]);
    expect(
      server.logged.filter(({ fields }) => fields.requestId === 'quiet').map(({ level }) => level),
    ).not.toContain('info');
  });

  it('has a line for what is no request, by the id of its answer', async () => {
    const text = await server.raw('nonsense\r\n\r\n');
    const requestId = /X-Request-Id: (\S+)/.exec(text)?.[1] ?? '';
    expect((await lineOf(server, requestId)).fields).toMatchObject({ status: 400, code: 'invalid_header' });
  });

  it('is off by LOG_REQUESTS=false, and above info', async () => {
    for (const env of [{ LOG_REQUESTS: 'false' }, { LOG_REQUESTS: 'true', LOG_LEVEL: 'warn' }]) {
      const quiet = await startServer({ env });
      await quiet.ask('GET', '/api/taskspaces');
      await quiet.ask('GET', '/api/none');
      expect(quiet.logged.filter(({ message }) => message === 'request')).toEqual([]);
    }
  });
});
