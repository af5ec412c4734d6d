import http from 'node:http';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import type { MessageQuery } from '../../src/app/messages/message-pages.js';
import type { WaitOptions } from '../../src/app/waiting/change-notifier.js';
import { eventually } from '../kit/eventually.js';
import { fakeService } from './fake-service.js';
import { type Running, startServer } from './harness.js';

const MESSAGES = '/api/taskspaces/t/messages';

let server: Running;
beforeAll(async () => {
  server = await startServer();
});

async function fresh(id: string): Promise<string> {
  await server.ask('POST', '/api/taskspaces', { json: { id } });
  return `/api/taskspaces/${id}`;
}

function post(taskspace: string, message: object): Promise<Answer> {
  return server.ask('POST', `${taskspace}/messages`, { json: message });
}

const seqs = (answer: Answer): number[] => (answer.json.items as { seq: number }[]).map(({ seq }) => seq);

/** A request that is under way: `done` tells whether it has been answered. */
function begin(path: string): { answer: Promise<Answer>; done: () => boolean } {
  let done = false;
  const answer = server.ask('GET', path).finally(() => {
    done = true;
  });
  return { answer, done: () => done };
}

/** Answers with what is asked for, when the test says so or the signal fires. */
function waitingService() {
  const asked: { query: MessageQuery; patience: WaitOptions | undefined }[] = [];
  const list = async (_caller: unknown, _id: string, query: MessageQuery, patience?: WaitOptions) => {
    asked.push({ query, patience });
    if (patience && patience.waitSeconds > 0 && !patience.signal.aborted)
      await new Promise((resolve) => patience.signal.addEventListener('abort', resolve));
    return { body: Buffer.from('{"items":[]}'), etag: '"m"', cache: 'l1' as const };
  };
  return { asked, service: fakeService({ messages: { list } }) };
}

describe('a waiting read of messages', () => {
  it('answers at once when something lies after `after`', async () => {
    const at = await fresh('at-once');
    await post(at, { content: 'one' });
    await post(at, { content: 'two' });
    const answer = await server.ask('GET', `${at}/messages?after=1&wait=30`);
    expect(seqs(answer)).toEqual([2]);
    expect(answer.json).toMatchObject({ nextCursor: null, lastSeq: 2 });
    expect(answer.headers.etag).toMatch(/^".+"$/);
    const again = await server.ask('GET', `${at}/messages?after=1&wait=30`, {
      headers: { 'If-None-Match': String(answer.headers.etag) },
    });
    expect(again.status).toBe(304);
  });

  it('answers as soon as one is posted, with all of a batch', async () => {
    const at = await fresh('as-soon');
    const waiting = begin(`${at}/messages?wait=30`);
    const posted = await server.ask('POST', `${at}/messages`, {
      json: { messages: Array.from({ length: 300 }, (_, i) => ({ content: String(i) })) },
    });
    expect(posted.status).toBe(201);
    const first = await waiting.answer;
    expect(seqs(first)).toHaveLength(50);
    expect(first.json.lastSeq).toBe(300);
    const next = await server.ask('GET', `${at}/messages?cursor=${String(first.json.nextCursor)}&limit=250`);
    expect(seqs(next)).toEqual(Array.from({ length: 250 }, (_, i) => i + 51));
  });

  it('gives 200 and an empty list when the time is over', async () => {
    const at = await fresh('over');
    await post(at, { content: 'old' });
    const answer = await server.ask('GET', `${at}/messages?after=1&wait=1`);
    expect([answer.status, answer.json]).toEqual([200, { items: [], nextCursor: null, lastSeq: 1 }]);
  });

  it.each([
    ['conversation=review', { conversation: 'default' }, { conversation: 'review' }],
    ['from=bob', { from: 'ann' }, { from: 'bob' }],
    ['to=bob', { to: 'ann' }, { to: 'bob' }],
    ['to=bob', { to: 'ann' }, { to: null }],
    ['role=tool', { role: 'user' }, { role: 'tool' }],
    [
      'from=ann&to=bob&role=tool&conversation=c',
      { from: 'ann', to: 'bob', role: 'tool' },
      { from: 'ann', to: 'bob', role: 'tool', conversation: 'c' },
    ],
  ])('with %s passes over what does not pass, also what came before', async (filter, other, wanted) => {
    const at = await fresh(`f${Math.random().toString(36).slice(2)}`);
    await post(at, { ...other, content: 'before' });
    const waiting = begin(`${at}/messages?${filter}&wait=30`);
    const unfiltered = begin(`${at}/messages?after=1&wait=30`);
    await post(at, { ...other, content: 'other' });
    expect(seqs(await unfiltered.answer)).toEqual([2]);
    expect(waiting.done()).toBe(false);
    await post(at, { ...wanted, content: 'wanted' });
    const answer = await waiting.answer;
    expect(seqs(answer)).toEqual([3]);
    expect(answer.json.lastSeq).toBe(3);
  });

  it('gives each of many waiters what it asked for, from one publication', async () => {
    const at = await fresh('many');
    const waiting = Array.from({ length: 60 }, (_, i) =>
      begin(`${at}/messages?to=agent-${i % 20}&limit=${1 + (i % 3)}&wait=30`),
    );
    await eventually(async () => (await server.ask('GET', `${at}/messages`)).status === 200);
    await server.ask('POST', `${at}/messages`, {
      json: {
        messages: Array.from({ length: 40 }, (_, i) => ({ to: `agent-${i % 20}`, content: `for ${i % 20}` })),
      },
    });
    for (const [i, { answer }] of waiting.entries()) {
      const wanted = [1 + (i % 20), 21 + (i % 20)].slice(0, 1 + (i % 3));
      expect(seqs(await answer)).toEqual(wanted);
      expect((await answer).json.nextCursor === null).toBe(i % 3 !== 0);
    }
  });

  it('is taken up to the end although more was posted at once than one look holds', async () => {
    const at = await fresh('flood');
    const waiting = begin(`${at}/messages?from=rare&wait=30`);
    const crowd = Array.from({ length: 500 }, () => ({ from: 'crowd' }));
    await Promise.all([
      server.ask('POST', `${at}/messages`, { json: { messages: crowd } }),
      server.ask('POST', `${at}/messages`, { json: { messages: crowd } }),
      server.ask('POST', `${at}/messages`, { json: { messages: crowd } }),
    ]);
    await post(at, { from: 'rare' });
    expect(seqs(await waiting.answer)).toEqual([1501]);
  });

  it('ends with 404 as soon as the taskspace is deleted', async () => {
    const at = await fresh('goes');
    const waiting = [begin(`${at}/messages?wait=30`), begin(`${at}/messages?to=x&wait=30`)];
    await server.ask('GET', `${at}/messages`);
    expect((await server.ask('DELETE', at)).status).toBe(204);
    for (const { answer } of waiting) {
      const { status, json } = await answer;
      expect([status, json.code]).toEqual([404, 'not_found']);
    }
  });

  it('of an unknown taskspace is 404 without a wait', async () => {
    expect((await server.ask('GET', '/api/taskspaces/nobody/messages?wait=30')).status).toBe(404);
  });

  it.each([
    ['order=desc&wait=5', 'order=asc'],
    ['before=7&wait=5', 'before'],
    ['cursor=x&wait=5', 'cursor'],
    ['wait=31', '0 to 30'],
    ['wait=-1', '0 to 30'],
    ['wait=1.5', '0 to 30'],
    ['wait=x', '0 to 30'],
    ['wait=1&wait=2', 'wait'],
  ])('?%s is refused, naming the reason', async (query, reason) => {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await server.ask(method, `${MESSAGES}?${query}`);
      expect(answer.status).toBe(400);
      if (method === 'HEAD') continue;
      expect(answer.json.code).toBe('invalid_query');
      expect(answer.json.detail).toContain(reason);
    }
  });

  it('with wait=0, or an empty one, is a plain read and goes with anything', async () => {
    const at = await fresh('plain');
    for (const query of ['wait=0&order=desc', 'wait=&before=7', 'wait=0'])
      expect((await server.ask('GET', `${at}/messages?${query}`)).status).toBe(200);
  });

  it('never waits for HEAD', async () => {
    const { asked, service } = waitingService();
    const other = await startServer({ service });
    expect((await other.ask('HEAD', `${MESSAGES}?wait=30`)).status).toBe(200);
    expect(asked[0]?.patience?.waitSeconds).toBe(0);
  });

  it('hands on filters and patience, and no patience where none was asked for', async () => {
    const { asked, service } = waitingService();
    const other = await startServer({ service });
    await other.ask('GET', `${MESSAGES}?after=4`);
    expect(asked[0]).toMatchObject({ query: { after: 4, order: 'asc' }, patience: undefined });
  });

  it('stops when the client leaves', async () => {
    const { asked, service } = waitingService();
    const other = await startServer({ service });
    const socket = connect(other.port, '127.0.0.1', () =>
      socket.write(`GET ${MESSAGES}?wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    );
    await eventually(() => asked.length === 1);
    expect(asked[0]?.patience).toMatchObject({ waitSeconds: 30, signal: { aborted: false } });
    socket.destroy();
    await eventually(() => asked[0]?.patience?.signal.aborted === true);
    expect(other.logged).toEqual([]);
  });

  it('is answered with what there is when the worker drains', async () => {
    const other = await startServer();
    await other.ask('POST', '/api/taskspaces', { json: { id: 't' } });
    const agent = new http.Agent({ keepAlive: true });
    const waiting = new Promise<http.IncomingMessage>((resolve, reject) => {
      http
        .get({ port: other.port, host: '127.0.0.1', path: `${MESSAGES}?wait=30`, agent }, resolve)
        .on('error', reject);
    });
    await other.ask('GET', MESSAGES);
    await other.drain(20_000);
    const answer = await waiting;
    answer.resume();
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close']);
  });
});
