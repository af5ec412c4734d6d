/** What agents need, through the client against the real program: claims, leases, waits, events. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient, type FollowedEvent } from '../../src/client/index.js';
import { startDevServer } from '../kit/dev-server.js';
import { failure } from './failure.js';

let client: Client;

beforeAll(async () => {
  client = createClient({ url: await startDevServer(), actor: 'Zoë' });
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await failure(promise)).code;
}

describe('claims through the client', () => {
  it('are had, renewed, given back, completed and failed', async () => {
    await client.taskspaces.create({ id: 'claims' });
    await client.plan.put('claims', {
      tasks: [
        { id: 'a', name: 'A', onFailure: 'proceed' },
        { id: 'b', name: 'B', dependencies: ['a'] },
      ],
    });
    const { value: first } = await client.plan.claim('claims', { agent: 'x', leaseSeconds: 5 });
    expect(first?.task).toMatchObject({ id: 'a', status: 'in_progress', claim: { agent: 'x' }, attempts: 1 });
    expect(await client.plan.claim('claims', { agent: 'y' })).toMatchObject({
      status: 204,
      value: undefined,
    });
    expect(await codeOf(client.plan.claim('claims', { agent: 'y', taskId: 'a' }))).toBe('task_not_ready');

    const token = first?.lease.token ?? '';
    const { value: renewed } = await client.tasks.heartbeat('claims', 'a', { token, leaseSeconds: 60 });
    expect(renewed.lease.expiresAt > (first?.lease.expiresAt ?? '')).toBe(true);
    expect((await client.tasks.release('claims', 'a', token)).value).toMatchObject({ status: 'pending' });
    expect(await codeOf(client.tasks.complete('claims', 'a', { token }))).toBe('lease_lost');

    const { value: second } = await client.plan.claim('claims', { agent: 'y', taskId: 'a' });
    const other = second?.lease.token ?? '';
    const failed = await client.tasks.fail('claims', 'a', { token: other, error: 'no', result: [1] });
    expect(failed.value).toMatchObject({ status: 'failed', error: 'no', result: [1], attempts: 2 });
    const waiting = client.plan.claim('claims', { agent: 'z', wait: 30, taskId: 'b' });
    const last = (await waiting).value?.lease.token ?? '';
    const done = await client.tasks.complete('claims', 'b', { token: last, result: { ok: true } });
    expect(done.value).toMatchObject({ status: 'completed', result: { ok: true }, claim: null });
  });

  it('wait for a task to become ready', async () => {
    await client.taskspaces.create({ id: 'wait' });
    const waiting = client.plan.claim('wait', { agent: 'x', wait: 30 });
    await client.tasks.add('wait', { id: 'late', name: 'Late' });
    expect((await waiting).value?.task.id).toBe('late');
  });

  it('are shared by loops, each task once, until the plan is done', async () => {
    await client.taskspaces.create({ id: 'loops' });
    const tasks = Array.from({ length: 12 }, (_, i) => ({
      id: `t${i}`,
      name: `Task ${i}`,
      dependencies: i < 3 ? [] : [`t${i - 3}`],
    }));
    await client.plan.put('loops', { tasks });
    const did: string[] = [];
    const counts = await Promise.all(
      ['x', 'y', 'z'].map((agent) =>
        client.plan.claimLoop('loops', { agent, untilDone: true, concurrency: 2 }, async ({ id }) => {
          did.push(id);
          return { by: agent };
        }),
      ),
    );
    expect(did.sort()).toEqual(tasks.map(({ id }) => id).sort());
    expect(counts.reduce((sum, { completed }) => sum + completed, 0)).toBe(12);
    expect((await client.plan.get('loops')).value.progress).toMatchObject({ completed: 12, percent: 100 });
  });
});

describe('leases through the client', () => {
  it('are granted to one, renewed under the same fence, and given back', async () => {
    await client.taskspaces.create({ id: 'leases' });
    const { value } = await client.leases.acquire('leases', 'deploy', { holder: 'x' });
    expect(value).toMatchObject({ name: 'deploy', holder: 'x', fence: 1 });
    expect(await codeOf(client.leases.acquire('leases', 'deploy', { holder: 'y' }))).toBe('lease_held');
    const renewed = await client.leases.renew('leases', 'deploy', { token: value.token, leaseSeconds: 90 });
    expect(renewed.value).toMatchObject({ fence: 1, holder: 'x' });
    const { token: _secret, ...shown } = renewed.value;
    expect((await client.leases.list('leases')).value).toEqual({ items: [shown] });
    await client.leases.release('leases', 'deploy', value.token);
    expect(await codeOf(client.leases.renew('leases', 'deploy', { token: value.token }))).toBe('lease_lost');
    const next = await client.leases.acquire('leases', 'deploy', { holder: 'y', leaseSeconds: 1 });
    expect(next.value.fence).toBe(2);
  });
});

describe('what happens, through the client', () => {
  it('is waited for, listed and followed', async () => {
    await client.taskspaces.create({ id: 'news' });
    const now = (await client.changes.list({ since: 'now' })).value.position;
    const controller = new AbortController();
    const { signal } = controller;
    const everywhere: FollowedEvent[] = [];
    const following = (async () => {
      for await (const event of client.events.follow({ since: now, signal })) everywhere.push(event);
    })();

    const waiting = client.messages.wait('news', { after: 0, wait: 30 });
    await client.messages.post('news', { content: 'one', conversation: 'c' });
    expect((await waiting).value).toMatchObject({ items: [{ seq: 1 }], lastSeq: 1 });
    const { value: changes } = await client.changes.list({ since: now, wait: 30 });
    expect(changes.items).toMatchObject([{ taskspace: 'news', types: ['message.posted'], refs: ['1'] }]);

    await client.messages.postBatch('news', [{ content: 'two' }, { content: 'three', conversation: 'c' }]);
    const mine: string[] = [];
    for await (const { content } of client.messages.follow('news', { conversation: 'c', signal })) {
      mine.push(content);
      if (content === 'three') await client.messages.post('news', { content: 'four', conversation: 'c' });
      if (content === 'four') break;
    }
    expect(mine).toEqual(['one', 'three', 'four']);

    const types: string[] = [];
    for await (const event of client.events.of('news', { since: 1 })) {
      if (event.type === 'change') types.push(...event.change.types);
      if (types.length === 3) await client.taskspaces.delete('news');
    }
    expect(types).toEqual([...Array(3).fill('message.posted'), 'taskspace.deleted']);
    expect(await codeOf(client.events.of('news').next())).toBe('not_found');
    for await (const event of client.events.follow({ since: now, signal })) {
      if (event.type === 'change' && event.change.types.includes('taskspace.deleted')) break;
    }
    controller.abort();
    await following;
    expect(everywhere.length).toBeGreaterThan(0);
  });

  it('amounts to a summary and an export', async () => {
    await client.taskspaces.create({ id: 'whole', name: 'Whole' });
    await client.messages.post('whole', { content: 'x' });
    const summary = await client.taskspaces.summary('whole');
    expect(summary.value).toMatchObject({ id: 'whole', commit: 2, messages: { count: 1, lastSeq: 1 } });
    const again = await client.taskspaces.summary('whole', { ifNoneMatch: summary.etag ?? '' });
    expect(again.notModified).toBe(true);
    const { value } = await client.taskspaces.exportJson('whole');
    expect(value).toMatchObject({
      format: 1,
      commit: 2,
      taskspace: { name: 'Whole' },
      messages: [{ seq: 1 }],
    });
    const streamed = await client.taskspaces.export('whole', { format: 'json' });
    expect(JSON.parse(await streamed.text())).toEqual(value);
  });
});
