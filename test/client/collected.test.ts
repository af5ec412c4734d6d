/**
 * What ends a call goes on ending it after a garbage collection: `fetch` forgets the signal it was given once
 * the head of the answer is there.
 */
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Client, createClient } from '../../src/client/index.js';
import { eventually } from '../kit/eventually.js';
import { type Answering, beginEvents, FakeServer, sendJson } from './fake-server.js';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const servers: FakeServer[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const OPTIONS = { timeoutMs: 60_000, attempts: 1, firstDelayMs: 1 };

async function serverThat(answer: Answering, options = OPTIONS) {
  const server = new FakeServer(answer);
  servers.push(server);
  const heads = { count: 0 };
  const counting: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    heads.count++;
    return response;
  };
  return { server, heads, client: createClient({ url: await server.listen(), fetch: counting, ...options }) };
}

/** Everything that only a weak reference holds is gone. */
async function collectAll(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await setImmediate();
    collect();
  }
}

function sendHalf(res: ServerResponse, type: string): void {
  res.writeHead(200, { 'Content-Type': type, 'Content-Length': 1000, ETag: '"1-aa"' });
  res.write('{"half":');
}

async function textOf(client: Client, signal: AbortSignal): Promise<string> {
  return (await client.artifacts.get('t', 'a', { signal })).text();
}

async function readWhole(client: Client, signal: AbortSignal): Promise<unknown> {
  const reader = (await client.artifacts.get('t', 'a', { signal })).body.getReader();
  for (;;) await reader.read();
}

async function drain(items: AsyncIterable<unknown>): Promise<string> {
  for await (const _item of items);
  return 'ended';
}

const reason = new Error('enough');

describe('after a garbage collection an abort ends at once', () => {
  it.each<[string, (client: Client, signal: AbortSignal) => Promise<unknown>]>([
    ['a read', (client, signal) => client.taskspaces.get('t', { signal })],
    ['a write', (client, signal) => client.messages.post('t', { content: 'x' }, { signal })],
    ['an upload', (client, signal) => client.artifacts.put('t', 'a', 'x', { signal })],
    ['a list', (client, signal) => client.taskspaces.list({ signal }).toArray()],
    ['a download as text', textOf],
    ['a download as a stream', readWhole],
    ['an export', async (client, signal) => (await client.taskspaces.export('t', { signal })).text()],
  ])('%s of which half has come', async (_what, call) => {
    const sent: ServerResponse[] = [];
    const { client, heads } = await serverThat((_asked, res) => {
      sent.push(res);
      sendHalf(res, 'application/json');
    });
    const stop = new AbortController();
    const ended = expect(call(client, stop.signal)).rejects.toBe(reason);
    await eventually(() => heads.count === 1);
    await collectAll();
    stop.abort(reason);
    await ended;
    await eventually(() => sent[0]?.destroyed === true);
  });

  it.each<[string, (client: Client, signal: AbortSignal) => Promise<unknown>]>([
    ['the events of the server', (client, signal) => drain(client.events.follow({ since: 'x', signal }))],
    ['the events of a taskspace', (client, signal) => drain(client.events.of('t', { since: 1, signal }))],
    ['messages', (client, signal) => drain(client.messages.follow('t', { signal }))],
    [
      'a claim loop',
      async (client, signal) => {
        await client.plan.claimLoop('t', { agent: 'a', signal }, () => undefined);
        return 'ended';
      },
    ],
  ])('what follows %s', async (_what, call) => {
    const sent: ServerResponse[] = [];
    const { client, heads } = await serverThat(({ path }, res) => {
      sent.push(res);
      if (path.endsWith('events')) beginEvents(res);
      else sendHalf(res, 'application/json');
    });
    const stop = new AbortController();
    const ended = call(client, stop.signal);
    await eventually(() => heads.count === 1);
    await collectAll();
    stop.abort(reason);
    expect(await ended).toBe('ended');
    await eventually(() => sent[0]?.destroyed === true);
  });
});

describe('after a garbage collection a limit ends', () => {
  it('a call of which half has come', async () => {
    const { client } = await serverThat((_asked, res) => sendHalf(res, 'application/json'), {
      ...OPTIONS,
      timeoutMs: 500,
    });
    const failed = expect(client.taskspaces.get('t')).rejects.toThrow('No answer within 500 ms');
    await collectAll();
    await failed;
  });

  it('a problem of which half has come', async () => {
    const { client } = await serverThat(
      (_asked, res) => {
        res.writeHead(409, { 'Content-Type': 'application/problem+json' });
        res.write('{"code":');
      },
      { ...OPTIONS, timeoutMs: 500 },
    );
    const failed = expect(client.taskspaces.get('t')).rejects.toThrow('HTTP 409');
    await collectAll();
    await failed;
  });

  it('a connection without a byte, and another one follows', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { server, client } = await serverThat(({ path }, res, count) => {
      if (path.endsWith('summary')) return sendJson(res, { commit: 1 });
      beginEvents(res);
      if (count > 0)
        res.end('id: 2\nevent: taskspace.deleted\ndata: {"taskspace":"t","types":["taskspace.deleted"]}\n\n');
    });
    const ended = drain(client.events.of('t', { since: 1 }));
    while (server.asked.length < 1) await setImmediate();
    await collectAll();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ended).toBe('ended');
    expect(server.asked).toHaveLength(2);
  });
});

it('a download that nobody holds any more gives its connection back', async () => {
  const sent: ServerResponse[] = [];
  const { client } = await serverThat((_asked, res) => {
    sent.push(res);
    sendHalf(res, 'text/plain');
  });
  const stop = new AbortController();
  await client.artifacts.get('t', 'a', { signal: stop.signal });
  await eventually(async () => {
    await collectAll();
    return sent[0]?.destroyed === true;
  });
});
