import { readdirSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { eventually } from '../kit/eventually.js';
import { type Asked, onFiles, type Running, startServer, startTwo } from './harness.js';

let one: Running;
let two: Running;
let folder: string;
beforeAll(async () => {
  ({ one, two, dataDir: folder } = await startTwo());
});

interface Task {
  readonly id: string;
  readonly dependencies?: readonly string[];
  readonly agent?: string;
  readonly onFailure?: string;
}

let count = 0;

/** A taskspace with these tasks; its path. */
async function planned(...tasks: Task[]): Promise<string> {
  const at = `/api/taskspaces/p${++count}`;
  await one.ask('PUT', at, { json: {} });
  const json = { goal: '', tasks: tasks.map((task) => ({ name: task.id, ...task })) };
  expect((await one.ask('PUT', `${at}/plan`, { json })).status).toBe(200);
  return at;
}

const post = (path: string, json: unknown, asked: Asked = {}, server = one): Promise<Answer> =>
  server.ask('POST', path, { json, ...asked });
const claim = (at: string, json: object = {}, asked: Asked = {}, server = one): Promise<Answer> =>
  post(`${at}/plan/claim`, { agent: 'ann', ...json }, asked, server);
const step = (at: string, id: string, what: string, json: object, server = one): Promise<Answer> =>
  post(`${at}/plan/tasks/${id}/${what}`, json, {}, server);
const keyed = (key: string): Asked => ({ headers: { 'Idempotency-Key': key } });

function leaseOf(answer: Answer): { token: string; expiresAt: string } {
  expect(answer.status).toBe(200);
  return answer.json.lease as { token: string; expiresAt: string };
}

const taskOf = (answer: Answer): Record<string, unknown> => answer.json.task as Record<string, unknown>;

describe('a claim', () => {
  it('is answered with the task and a token that no answer shows again, and that stands in no file', async () => {
    const at = await planned({ id: 'a' });
    const answer = await claim(at, { leaseSeconds: 90 });
    const { token, expiresAt } = leaseOf(answer);
    expect(Object.keys(answer.json)).toEqual(['task', 'lease']);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(taskOf(answer)).toMatchObject({ id: 'a', status: 'in_progress', attempts: 1, revision: 2 });
    const { claimedAt } = taskOf(answer).claim as { claimedAt: string };
    expect(Date.parse(expiresAt) - Date.parse(claimedAt)).toBe(90_000);
    expect(answer.headers['x-commit']).toBe('3');
    for (const path of ['', '/plan', '/plan/tasks/a', '/plan/ready', '/summary', '/export?format=json'])
      expect((await one.ask('GET', `${at}${path}`)).text).not.toContain(token);
    expect((await one.ask('GET', `${at}/plan/tasks/a`)).json).toEqual(taskOf(answer));
    for (const name of readdirSync(folder, { recursive: true }).map(String)) {
      const file = join(folder, name);
      if (statSync(file).isFile()) expect(readFileSync(file).includes(token)).toBe(false);
    }
  });

  it('rests on a secret that only its owner may read, outside all taskspaces', (test) => {
    onFiles(test, 'the rights of the secret on disk');
    expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600);
    const secret = readFileSync(join(folder, 'secret'), 'utf8').trim();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is 204 without a body when nothing is ready, also for an unknown agent and an empty plan', async () => {
    const at = await planned({ id: 'a', agent: 'bob' });
    const answer = await claim(at);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await claim(await planned())).status).toBe(204);
  });

  it('is 409 task_not_ready for a task that is not ready, and says why', async () => {
    const at = await planned({ id: 'a' }, { id: 'b', dependencies: ['a'] });
    await claim(at, { agent: 'bob' });
    const held = await claim(at, { taskId: 'a' });
    expect(held.json).toMatchObject({ status: 409, code: 'task_not_ready' });
    expect(held.json.detail).toMatch(/claimed by "bob" until 20/);
    expect((await claim(at, { taskId: 'b' })).json.detail).toContain('depends on "a", which is in_progress');
  });

  it('is 404 for a taskspace or a task that is not there', async () => {
    expect((await claim('/api/taskspaces/none')).json.code).toBe('not_found');
    const at = await planned();
    expect((await claim(at, { taskId: 'none' })).json.code).toBe('not_found');
    expect((await step(at, 'none', 'complete', { token: 'x' })).json.code).toBe('not_found');
  });

  it.each<[string, object, string]>([
    ['no agent', { agent: undefined }, '/agent'],
    ['an agent without a name', { agent: '' }, '/agent'],
    ['leaseSeconds 0', { leaseSeconds: 0 }, '/leaseSeconds'],
    ['leaseSeconds 3601', { leaseSeconds: 3601 }, '/leaseSeconds'],
    ['half a second', { leaseSeconds: 1.5 }, '/leaseSeconds'],
    ['wait 31', { wait: 31 }, '/wait'],
    ['wait -1', { wait: -1 }, '/wait'],
    ['a task id that is none', { taskId: '.a' }, '/taskId'],
    ['a member that there is not', { worker: 1 }, '/worker'],
  ])('with %s is 422', async (_what, json, pointer) => {
    const at = await planned();
    const { status, json: problem } = await claim(at, json);
    expect([status, problem.code]).toEqual([422, 'invalid_body']);
    expect((problem.errors as { pointer: string }[])[0]?.pointer).toBe(pointer);
  });

  it('takes another content type and other methods for what they are', async () => {
    const at = await planned();
    const text = await one.ask('POST', `${at}/plan/claim`, {
      body: '{}',
      headers: { 'Content-Type': 'a/b' },
    });
    expect(text.status).toBe(415);
    const get = await one.ask('GET', `${at}/plan/claim`);
    expect([get.status, get.headers.allow]).toEqual([405, 'POST, OPTIONS']);
  });
});

describe('a claimed task', () => {
  it('is renewed, and completed with its ETag, by its token', async () => {
    const at = await planned({ id: 'a' });
    const { token } = leaseOf(await claim(at));
    const renewed = await step(at, 'a', 'heartbeat', { token, leaseSeconds: 600 });
    expect(leaseOf(renewed).token).toBe(token);
    expect(taskOf(renewed)).toMatchObject({ revision: 3, claim: { expiresAt: leaseOf(renewed).expiresAt } });
    const done = await step(at, 'a', 'complete', { token, result: { n: 1 } });
    expect(done.json).toMatchObject({ status: 'completed', claim: null, result: { n: 1 }, revision: 4 });
    const read = await one.ask('GET', `${at}/plan/tasks/a`);
    expect([read.json, read.headers.etag]).toEqual([done.json, done.headers.etag]);
    const again = await step(at, 'a', 'complete', { token, result: 'other' });
    expect([again.status, again.text]).toEqual([200, done.text]);
  });

  it('is released or failed by its token, and then by it no more', async () => {
    const at = await planned({ id: 'a', onFailure: 'proceed' });
    const first = leaseOf(await claim(at));
    expect((await step(at, 'a', 'release', first)).json.code).toBe('invalid_body');
    const { token } = first;
    expect((await step(at, 'a', 'release', { token })).json).toMatchObject({
      status: 'pending',
      claim: null,
    });
    const lost = await step(at, 'a', 'complete', { token });
    expect(lost.json).toMatchObject({ status: 409, code: 'lease_lost' });
    const second = leaseOf(await claim(at));
    expect(second.token).not.toBe(token);
    const failed = await step(at, 'a', 'fail', { token: second.token, error: 'e', result: 1 });
    expect(failed.json).toMatchObject({ status: 'failed', error: 'e', result: 1 });
    expect((await step(at, 'a', 'heartbeat', { token: second.token })).json.code).toBe('lease_lost');
  });

  it('that was removed is lost to its holder', async () => {
    const at = await planned({ id: 'a' });
    const { token } = leaseOf(await claim(at));
    expect((await one.ask('DELETE', `${at}/plan/tasks/a`)).json.code).toBe('task_held');
    await one.ask('DELETE', `${at}/plan/tasks/a?force=true`);
    expect((await step(at, 'a', 'complete', { token })).json.code).toBe('lease_lost');
  });

  it.each<[string, string, object]>([
    ['heartbeat', 'no token', {}],
    ['heartbeat', 'a lease of 0 s', { token: 't', leaseSeconds: 0 }],
    ['release', 'a token of no characters', { token: '' }],
    ['complete', 'a result that is too large', { token: 't', result: 'x'.repeat(256 * 1024) }],
    ['fail', 'an error that is no text', { token: 't', error: 1 }],
  ])('takes no %s with %s', async (what, _how, json) => {
    const at = await planned({ id: 'a' });
    expect((await step(at, 'a', what, json)).status).toBe(422);
  });

  it('is seen by the other worker at once, and its token is good there', async () => {
    const at = await planned({ id: 'a' }, { id: 'b' });
    const { token } = leaseOf(await claim(at));
    const other = await claim(at, { agent: 'bob' }, {}, two);
    expect(taskOf(other).id).toBe('b');
    expect((await step(at, 'a', 'complete', { token }, two)).status).toBe(200);
    expect((await one.ask('GET', `${at}/plan/tasks/a`)).json.status).toBe('completed');
  });

  it('is in the summary, in the list of changes and in the progress', async () => {
    const at = await planned({ id: 'a' }, { id: 'b' });
    const { token } = leaseOf(await claim(at));
    expect((await one.ask('GET', `${at}/summary`)).json).toMatchObject({
      claims: 1,
      tasks: { inProgress: 1, ready: 1 },
    });
    await step(at, 'a', 'complete', { token });
    expect((await one.ask('GET', `${at}/summary`)).json).toMatchObject({
      claims: 0,
      tasks: { completed: 1 },
    });
    const changes = (await one.ask('GET', '/api/changes?limit=500')).json.items as Record<string, unknown>[];
    const here = changes.filter(({ taskspace }) => at.endsWith(`/${taskspace}`));
    expect(here.map(({ types, refs }) => [types, refs])).toEqual([
      [['taskspace.created'], []],
      [['plan.replaced'], []],
      [['task.claimed'], ['a']],
      [['task.completed'], ['a']],
    ]);
  });

  it('shows its status in plan.json soon after, and nothing of its claim', async (test) => {
    onFiles(test, 'the mirror');
    const at = await planned({ id: 'a' });
    const { token } = leaseOf(await claim(at));
    const file = join(folder, 'taskspaces', at.slice('/api/taskspaces/'.length), 'plan.json');
    await eventually(() => readFileSync(file, 'utf8').includes('"in_progress"'));
    expect(readFileSync(file, 'utf8')).not.toContain('claim');
    await step(at, 'a', 'complete', { token, result: 'found' });
    await eventually(() => readFileSync(file, 'utf8').includes('"found"'));
    expect(JSON.parse(readFileSync(file, 'utf8')).revision).toBe(3);
  });
});

describe('a repeated claim', () => {
  it('gets the first answer again, byte for byte, on the other worker too, whatever became of the task', async () => {
    const at = await planned({ id: 'a' }, { id: 'b' });
    const first = await claim(at, {}, keyed('k'));
    const { token } = leaseOf(first);
    await step(at, 'a', 'complete', { token });
    for (const server of [one, two]) {
      const again = await claim(at, {}, keyed('k'), server);
      expect([again.status, again.text]).toEqual([200, first.text]);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(again.headers['x-commit']).toBe(first.headers['x-commit']);
    }
    expect((await one.ask('GET', `${at}/plan/tasks/b`)).json.status).toBe('pending');
    const other = await claim(at, { agent: 'bob' }, keyed('k'));
    expect(other.json.code).toBe('idempotency_key_reused');
  });

  it('of the same moment on both workers has one effect and one answer', async () => {
    const at = await planned({ id: 'a' }, { id: 'b' }, { id: 'c' });
    const twins = await Promise.all(
      [one, two, one, two].map((server) => claim(at, {}, keyed('twin'), server)),
    );
    expect(new Set(twins.map(({ text }) => text)).size).toBe(1);
    expect(twins.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect((await one.ask('GET', `${at}/summary`)).json.claims).toBe(1);
  });

  it('that found nothing the first time runs again', async () => {
    const at = await planned({ id: 'a', agent: 'ann' });
    expect((await claim(at, { agent: 'bob' }, keyed('none'))).status).toBe(204);
    await one.ask('PATCH', `${at}/plan/tasks/a`, { json: { agent: null } });
    expect((await claim(at, { agent: 'bob' }, keyed('none'))).status).toBe(200);
  });

  it('and repeated steps of every kind get their first answers', async () => {
    const at = await planned({ id: 'a' });
    let { token } = leaseOf(await claim(at));
    const plan: [string, object][] = [
      ['heartbeat', { leaseSeconds: 5 }],
      ['release', {}],
      ['fail', { error: 'e' }],
    ];
    for (const [what, rest] of plan) {
      if (what === 'fail') token = leaseOf(await claim(at)).token;
      const path = `${at}/plan/tasks/a/${what}`;
      const first = await post(path, { token, ...rest }, keyed(what));
      const again = await post(path, { token, ...rest }, keyed(what), two);
      expect([first.status, again.text, again.headers.etag]).toEqual([200, first.text, first.headers.etag]);
      expect(again.headers['idempotency-replayed']).toBe('true');
    }
  });
});

describe('a claim that waits', () => {
  /** A claim under way; `leave` is the client hanging up. */
  function begin(at: string, json: object, server = one): { answer: Promise<Answer>; done: () => boolean } {
    let done = false;
    const answer = claim(at, json, {}, server).finally(() => {
      done = true;
    });
    return { answer, done: () => done };
  }

  it('is answered at once when a task is ready, and else with 204 after its time', async () => {
    const at = await planned({ id: 'a' });
    expect(taskOf(await claim(at, { wait: 30 })).id).toBe('a');
    expect((await claim(at, { agent: 'bob', wait: 1 })).status).toBe(204);
  });

  it.each([
    ['the same worker', () => one],
    ['the other worker', () => two],
  ])('gets the task that a step on %s makes ready', async (_where, server) => {
    const at = await planned({ id: 'a' }, { id: 'b', dependencies: ['a'] });
    const { token } = leaseOf(await claim(at));
    const waiting = begin(at, { agent: 'bob', wait: 30 });
    await step(at, 'a', 'complete', { token }, server());
    expect(taskOf(await waiting.answer)).toMatchObject({ id: 'b', claim: { agent: 'bob' } });
  });

  it('gets a task that is added, released, or reset, and one of two gets the one', async () => {
    const at = await planned();
    const waiting = [begin(at, { agent: 'ann', wait: 2 }), begin(at, { agent: 'bob', wait: 2 }, two)];
    await post(`${at}/plan/tasks`, { id: 'new', name: 'new' });
    const answers = await Promise.all(waiting.map(({ answer }) => answer));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 204]);
    const { token } = leaseOf(answers.find(({ status }) => status === 200) as Answer);
    const third = begin(at, { agent: 'cid', wait: 30 });
    await step(at, 'new', 'release', { token });
    expect(taskOf(await third.answer)).toMatchObject({ id: 'new', attempts: 2 });
  });

  it('gets a task whose claim lapses, though nobody tells of it', async () => {
    const at = await planned({ id: 'a' });
    const first = leaseOf(await claim(at, { leaseSeconds: 1 }));
    const second = await claim(at, { agent: 'bob', wait: 30 });
    expect(taskOf(second)).toMatchObject({ id: 'a', attempts: 2, claim: { agent: 'bob' } });
    expect(Date.parse((taskOf(second).claim as { claimedAt: string }).claimedAt)).toBeGreaterThanOrEqual(
      Date.parse(first.expiresAt),
    );
    expect((await step(at, 'a', 'complete', { token: first.token })).json.code).toBe('lease_lost');
  });

  it('for a certain task waits for it, and is 409 in the end, or at once when waiting cannot help', async () => {
    const at = await planned({ id: 'a' }, { id: 'b', dependencies: ['a'] }, { id: 'c' });
    const { token } = leaseOf(await claim(at));
    expect((await claim(at, { taskId: 'b', wait: 1 })).json.code).toBe('task_not_ready');
    const waiting = begin(at, { taskId: 'b', wait: 30 });
    await step(at, 'a', 'complete', { token });
    expect(taskOf(await waiting.answer).id).toBe('b');
    expect((await claim(at, { taskId: 'a', wait: 30 })).json.code).toBe('task_not_ready');
  });

  it('ends with 404 when its taskspace is deleted', async () => {
    const at = await planned();
    const waiting = begin(at, { wait: 30 });
    await one.ask('DELETE', at);
    expect((await waiting.answer).json.code).toBe('not_found');
  });

  /** A server over the service of the first, which tells how many claims have begun and ended. */
  async function watched(): Promise<{ server: Running; counts: { begun: number; ended: number } }> {
    const counts = { begun: 0, ended: 0 };
    const claimed: typeof one.service.claims.claim = (...args) => {
      counts.begun++;
      return one.service.claims.claim(...args).finally(() => {
        counts.ended++;
      });
    };
    const service = { ...one.service, claims: { ...one.service.claims, claim: claimed } };
    return { server: await startServer({ service }), counts };
  }

  it('takes nothing for a client that has left', async () => {
    const { server, counts } = await watched();
    const at = await planned({ id: 'a' }, { id: 'b', dependencies: ['a'] });
    const { token } = leaseOf(await claim(at));
    const body = JSON.stringify({ agent: 'gone', wait: 30 });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const request = http.request({ port: server.port, method: 'POST', path: `${at}/plan/claim`, headers });
    request.on('error', () => undefined);
    request.end(body);
    await eventually(() => counts.begun === 1);
    request.destroy();
    await eventually(() => counts.ended === 1);
    await step(at, 'a', 'complete', { token });
    expect((await one.ask('GET', `${at}/plan/tasks/b`)).json).toMatchObject({
      status: 'pending',
      attempts: 0,
    });
  });

  it('takes nothing either when the client has left just before a ready task would be taken', async () => {
    const at = await planned({ id: 'a' });
    const query = { agent: 'gone', leaseSeconds: 60, taskId: null, isGone: () => true };
    const { signal } = new AbortController();
    const caller = { subject: null, actor: null, scopes: ['write'], globs: ['*'] } as const;
    const id = at.slice('/api/taskspaces/'.length);
    for (const waitSeconds of [0, 30]) {
      const answer = await one.service.claims.claim(caller, id, { ...query, waitSeconds, signal }, null);
      expect(answer.status).toBe(204);
    }
    expect((await one.ask('GET', `${at}/plan/tasks/a`)).json).toMatchObject({ status: 'pending' });
  });

  it('is answered 204 when its server drains', async () => {
    const { server, counts } = await watched();
    const at = await planned({ id: 'a' });
    await claim(at);
    const waiting = claim(at, { agent: 'bob', wait: 30 }, {}, server);
    await eventually(() => counts.begun === 1);
    await server.drain(20_000);
    expect((await waiting).status).toBe(204);
  });
});
