/** Edits of a plan beside agents, over HTTP; why a claim finds nothing; who did what. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { type Asked, type Running, startServer } from './harness.js';

let server: Running;
beforeAll(async () => {
  server = await startServer();
});

let count = 0;
async function planned(...tasks: object[]): Promise<string> {
  const at = `/api/taskspaces/e${++count}`;
  await server.ask('PUT', at, { json: {} });
  expect((await put(at, tasks)).status).toBe(200);
  return at;
}
const put = (at: string, tasks: object[], asked: Asked = {}, query = ''): Promise<Answer> =>
  server.ask('PUT', `${at}/plan${query}`, { json: { tasks }, ...asked });
const plan = (at: string): Promise<Answer> => server.ask('GET', `${at}/plan`);
const claim = (at: string, agent = 'ann', rest: object = {}, asked: Asked = {}): Promise<Answer> =>
  server.ask('POST', `${at}/plan/claim`, { json: { agent, ...rest }, ...asked });
const step = (at: string, claimed: Answer, what: string, asked: Asked = {}): Promise<Answer> => {
  const { task, lease } = claimed.json as { task: { id: string }; lease: { token: string } };
  return server.ask('POST', `${at}/plan/tasks/${task.id}/${what}`, {
    json: { token: lease.token },
    ...asked,
  });
};
const patch = (at: string, id: string, json: object, query = ''): Promise<Answer> =>
  server.ask('PATCH', `${at}/plan/tasks/${id}${query}`, { json });
const by = async (at: string, type: string): Promise<unknown> => {
  const { json } = await server.ask('GET', '/api/changes?limit=500');
  const items = json.items as { taskspace: string; types: string[]; by: string }[];
  const id = at.slice(at.lastIndexOf('/') + 1);
  return items.filter(({ taskspace, types }) => taskspace === id && types.includes(type)).at(-1)?.by;
};

describe('a plan', () => {
  it('that is pasted twice keeps what was done in between', async () => {
    const tasks = [
      { id: 'a', name: 'a' },
      { id: 'b', name: 'b', dependencies: ['a'] },
    ];
    const at = await planned(...tasks);
    const held = await claim(at);
    await step(at, held, 'complete');
    await claim(at, 'bob');
    const before = await plan(at);
    expect((await put(at, tasks)).status).toBe(200);
    expect((await plan(at)).text).toBe(before.text);
  });

  it('that was read may be changed and sent back, unless its tasks have moved meanwhile', async () => {
    const at = await planned({ id: 'a', name: 'a' }, { id: 'b', name: 'b' });
    const { json: read } = await plan(at);
    expect((await server.ask('PUT', `${at}/plan`, { json: { ...read, goal: 'g' } })).status).toBe(200);
    await claim(at);
    const moved = await server.ask('PUT', `${at}/plan`, { json: { ...read, goal: 'h' } });
    expect(moved.json).toMatchObject({ status: 412, code: 'precondition_failed', moved: ['a'] });
    expect(moved.headers.etag).toBe((await plan(at)).headers.etag);
    const odd = (read.tasks as object[]).map((task) => ({ ...task, revision: 'x', claim: 1, lastClaim: 2 }));
    expect((await server.ask('PUT', `${at}/plan`, { json: { ...read, tasks: odd } })).json.code).toBe(
      'task_held',
    );
    expect((await put(at, [{ id: 'a' }, { id: 'b', revision: 9 }], {}, '?force=true')).status).toBe(200);
    expect((await put(at, [{ id: 'a' }], {}, '?force=yes')).json.code).toBe('invalid_query');
  });

  it('takes its edition in If-Match beside fifty heartbeats, and no more after an edit', async () => {
    const at = await planned({ id: 'a', name: 'a' });
    const edition = { headers: { 'If-Match': `"e${(await plan(at)).json.edition}"` } };
    const held = await claim(at);
    for (let i = 0; i < 50; i++) await step(at, held, 'heartbeat');
    expect((await put(at, [{ id: 'a', goal: 'x' }], edition)).status).toBe(200);
    expect((await put(at, [{ id: 'a', goal: 'y' }], edition)).status).toBe(412);
  });

  it('gives no claim and no completion away without a sign that it is known', async () => {
    const at = await planned({ id: 'a', name: 'a' }, { id: 'b', name: 'b' });
    const held = await claim(at);
    await step(at, await claim(at), 'complete');
    const task = `${at}/plan/tasks/b`;
    for (const call of [
      () => put(at, []),
      () => put(at, [{ id: 'a', status: null }, { id: 'b' }], { headers: { 'If-Match': '*' } }),
      () => patch(at, 'a', { status: 'failed' }),
      () => patch(at, 'b', { status: 'pending' }),
      () => server.ask('DELETE', task),
    ]) {
      const refused = await call();
      expect(refused.json).toMatchObject({ status: 409, code: 'task_held' });
      expect((refused.json.held as { task: string }[]).length).toBeGreaterThan(0);
    }
    expect((await step(at, held, 'heartbeat')).status).toBe(200);
    const tag = String((await server.ask('GET', task)).headers.etag);
    expect((await server.ask('DELETE', task, { headers: { 'If-Match': tag } })).status).toBe(204);
    expect((await patch(at, 'a', { status: 'pending' }, '?force=true')).status).toBe(200);
    expect((await step(at, held, 'heartbeat')).json.code).toBe('lease_lost');
  });
});

describe('a claim that finds nothing', () => {
  const reasonOf = async (at: string, agent = 'ann'): Promise<[unknown, unknown]> => {
    const { status, headers } = await claim(at, agent);
    expect(status).toBe(204);
    return [headers['x-reason'], headers['retry-after']];
  };

  it('says why, and when it is worth another try', async () => {
    expect(await reasonOf(await planned())).toEqual(['empty', undefined]);
    expect(
      await reasonOf(await planned({ name: 'a', status: 'completed' }, { name: 'b', status: 'cancelled' })),
    ).toEqual(['done', undefined]);
    expect(await reasonOf(await planned({ name: 'a', status: 'failed' }, { name: 'b' }))).toEqual([
      'halted',
      undefined,
    ]);
    expect(await reasonOf(await planned({ name: 'a', agent: 'bob' }))).toEqual([
      'reserved_for_others',
      undefined,
    ]);
    expect(await reasonOf(await planned({ name: 'by a person', status: 'in_progress' }))).toEqual([
      'blocked',
      undefined,
    ]);
    const cancelled = { id: 'a', name: 'a', status: 'cancelled' };
    expect(await reasonOf(await planned(cancelled, { name: 'b', dependencies: ['a'] }))).toEqual([
      'blocked',
      undefined,
    ]);
    const at = await planned({ id: 'a', name: 'a' }, { name: 'b', dependencies: ['a'] });
    await claim(at, 'bob', { leaseSeconds: 60 });
    expect(await reasonOf(at)).toEqual(['held', '60']);
    const forBob = await planned({ name: 'a', agent: 'bob' });
    await claim(forBob, 'bob');
    expect(await reasonOf(forBob)).toEqual(['held', undefined]);
  });

  it('says so also after a wait, of the state that it ended with', async () => {
    const at = await planned({ id: 'a', name: 'a' });
    await claim(at, 'bob', { leaseSeconds: 600 });
    const { headers } = await claim(at, 'ann', { wait: 1 });
    expect(headers['x-reason']).toBe('held');
    expect(Number(headers['retry-after'])).toBeGreaterThan(500);
  });
});

describe('who did it', () => {
  it('is kept when a task ends: who had it last and who completed it', async () => {
    const at = await planned({ id: 'a', name: 'a' });
    const first = await claim(at);
    const { claimedAt } = (first.json.task as { claim: { claimedAt: string } }).claim;
    expect(first.json.task).toMatchObject({ lastClaim: null, completedBy: null });
    const released = await step(at, first, 'release');
    expect(released.json).toMatchObject({ lastClaim: { agent: 'ann', claimedAt }, completedBy: null });
    const done = await step(at, await claim(at, 'bob'), 'complete');
    expect(done.json).toMatchObject({ completedBy: 'bob', lastClaim: { agent: 'bob' }, claim: null });
    const [shown] = (await plan(at)).json.tasks as object[];
    expect(shown).toEqual(done.json);
    const reset = await patch(at, 'a', { status: 'pending' }, '?force=true');
    expect(reset.json).toMatchObject({ completedBy: null, lastClaim: { agent: 'bob' } });
    const byHand = { json: { status: 'completed' }, headers: { 'X-Actor': 'zoe' } };
    expect((await server.ask('PATCH', `${at}/plan/tasks/a`, byHand)).json.completedBy).toBe('zoe');
  });

  it("of an agent's steps is its name, unless X-Actor says another", async () => {
    const at = await planned({ id: 'a', name: 'a' });
    const actor = { headers: { 'X-Actor': 'zoe' } };
    const held = await claim(at, 'ann');
    expect(await by(at, 'task.claimed')).toBe('ann');
    await step(at, held, 'heartbeat');
    expect(await by(at, 'task.renewed')).toBe('ann');
    await step(at, held, 'release');
    expect(await by(at, 'task.released')).toBe('ann');
    const again = await claim(at, 'ann', {}, actor);
    expect(await by(at, 'task.claimed')).toBe('zoe');
    await step(at, again, 'fail');
    expect(await by(at, 'task.failed')).toBe('ann');
    const lease = await server.ask('POST', `${at}/leases/l`, { json: { holder: 'bob' } });
    expect(await by(at, 'lease.granted')).toBe('bob');
    const { token } = lease.json;
    await server.ask('POST', `${at}/leases/l/renew`, { json: { token }, ...actor });
    expect(await by(at, 'lease.renewed')).toBe('zoe');
    await server.ask('POST', `${at}/leases/l/release`, { json: { token } });
    expect(await by(at, 'lease.released')).toBe('bob');
  });
});
