import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { openCaller } from '../../src/app/caller.js';
import { beginFeed } from '../../src/store/files/feed/begin.js';
import { parsePosition } from '../../src/store/position.js';
import { EventReader } from '../kit/event-reader.js';
import { eventually } from '../kit/eventually.js';
import { onFiles, type Running, startServer, startTwo } from './harness.js';

let dataDir: string;
let server: Running;
let other: Running;
const readers: EventReader[] = [];

beforeAll(async () => {
  ({ one: server, two: other, dataDir } = await startTwo());
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

async function fresh(id: string, posts = 0): Promise<string> {
  await server.ask('PUT', `/api/taskspaces/${id}`, { json: {} });
  for (let i = 0; i < posts; i++) await post(id);
  return `/api/taskspaces/${id}/events`;
}

function post(id: string, at: Running = server): Promise<Answer> {
  return at.ask('POST', `/api/taskspaces/${id}/messages`, { json: { content: 'hello' } });
}

async function open(path: string, lastId?: string, at: Running = server): Promise<EventReader> {
  const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
  const reader = new EventReader(at.port, path, { headers });
  readers.push(reader);
  await reader.opened;
  return reader;
}

const commits = (reader: EventReader): unknown[] => reader.events.map(({ data }) => data.commit);

describe('the event stream of a taskspace', () => {
  it('begins now, and gives each change with its commit as id, its first type as event, and itself as data', async () => {
    const path = await fresh('one', 2);
    const stream = await open(path);
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'private, no-cache',
      'x-accel-buffering': 'no',
      'x-worker': '3',
    });
    expect(stream.headers['x-request-id']).toBeDefined();
    expect(stream.headers.etag).toBeUndefined();
    expect(stream.retryMs).toBe(1000);
    await server.ask('POST', '/api/taskspaces/one/messages', {
      json: { messages: [{ content: 'a' }, { content: 'b' }] },
      headers: { 'X-Actor': 'ann' },
    });
    await eventually(() => stream.events.length > 0);
    expect(stream.events).toHaveLength(1);
    const [event] = stream.events;
    expect(event).toMatchObject({ id: '4', event: 'message.posted' });
    expect(event?.data).toEqual({
      taskspace: 'one',
      commit: 4,
      types: ['message.posted'],
      by: 'ann',
      at: event?.data.at,
      refs: ['3-4'],
    });
    expect(stream.text).toContain(`data: ${JSON.stringify(event?.data)}\n\n`);
  });

  it('names its place at once, so that who is cut off before the first event misses none', async () => {
    const path = await fresh('place', 2);
    const stream = await open(path);
    expect([stream.lastId, stream.events]).toEqual(['3', []]);
    stream.close();
    await post('place');
    const again = await open(path, stream.lastId, other);
    await eventually(() => again.events.length > 0);
    expect(again.ids).toEqual(['4']);
  });

  it('is resumed with Last-Event-ID or since on another worker, without a gap or a repeat', async () => {
    const path = await fresh('resumed', 4);
    for (const stream of [await open(path, '2', other), await open(`${path}?since=2`, undefined, other)]) {
      await eventually(() => stream.events.length >= 3);
      await post('resumed');
      const last = Number((await server.ask('GET', '/api/taskspaces/resumed/messages')).json.lastSeq) + 1;
      await eventually(() => commits(stream).at(-1) === last);
      expect(commits(stream)).toEqual(Array.from({ length: last - 2 }, (_, i) => i + 3));
    }
  });

  it('goes by the header when it comes back to an address with since', async () => {
    const path = await fresh('header', 4);
    const stream = await open(`${path}?since=0`, '4');
    await eventually(() => stream.events.length > 0);
    expect(stream.ids).toEqual(['5']);
  });

  it('gives a long past in order, and then what is new', async () => {
    const path = await fresh('long');
    for (let i = 0; i < 30; i++) await Promise.all(Array.from({ length: 20 }, () => post('long')));
    const stream = await open(`${path}?since=0`, undefined, other);
    await Promise.all(Array.from({ length: 20 }, () => post('long')));
    await eventually(() => stream.events.length >= 621);
    expect(commits(stream)).toEqual(Array.from({ length: 621 }, (_, i) => i + 1));
  });

  it('says reset when the journal does not reach the place of the client, and goes on from there', async () => {
    const path = await fresh('ahead', 2);
    const stream = await open(path, '77');
    await eventually(() => stream.events.length > 0);
    await post('ahead');
    await eventually(() => stream.events.length > 1);
    expect(stream.events.map(({ id, event }) => [id, event])).toEqual([
      ['3', 'reset'],
      ['4', 'message.posted'],
    ]);
    expect(stream.events[0]?.data).toEqual({ position: '3' });
  });

  it('says reset when another journal is put in the place of the one that is followed', async (test) => {
    onFiles(test, 'a journal that somebody has replaced');
    const path = await fresh('replaced', 5);
    const file = join(dataDir, 'taskspaces', 'replaced', 'journal.jsonl');
    const stream = await open(path);
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, `${lines.slice(0, 3).join('\n')}\n`);
    await post('replaced');
    await eventually(() => stream.events.length > 0);
    await post('replaced');
    await eventually(() => stream.ids.at(-1) === '5');
    expect(stream.events[0]).toMatchObject({ id: '4', event: 'reset', data: { position: '4' } });
    expect(stream.ids).toEqual(['4', '5']);
  });

  it('ends after taskspace.deleted, also for who comes back later, and stays ended when the id is used again', async () => {
    const path = await fresh('gone', 1);
    const stream = await open(path);
    await server.ask('DELETE', '/api/taskspaces/gone');
    await stream.ended;
    expect(stream.end).toBe('whole');
    expect(stream.events.map(({ id, event }) => [id, event])).toEqual([['3', 'taskspace.deleted']]);
    const late = await open(path, '1', other);
    await late.ended;
    expect(late.ids).toEqual(['2', '3']);
    for (const query of ['', '?since=0', '?since=3', '?since=9'])
      expect((await server.ask('GET', `${path}${query}`)).json.code).toBe('not_found');
    await fresh('gone', 1);
    const old = await open(path, '1');
    await old.ended;
    expect(old.ids).toEqual(['2', '3']);
    const next = await open(path, old.lastId);
    await eventually(() => next.events.length === 2);
    expect(next.events.map(({ id, event }) => [id, event])).toEqual([
      ['4', 'taskspace.created'],
      ['5', 'message.posted'],
    ]);
  });

  it('shows from the beginning only the present life of an id', async () => {
    const path = await fresh('lives', 3);
    await server.ask('DELETE', '/api/taskspaces/lives');
    await fresh('lives', 1);
    const stream = await open(`${path}?since=0`);
    await post('lives');
    await eventually(() => stream.events.length >= 3);
    expect(stream.ids).toEqual(['6', '7', '8']);
  });

  it('says of each step of an agent what it was, and of which task or lease', async () => {
    const path = await fresh('steps');
    const stream = await open(path);
    const send = (method: string, rest: string, json?: object) =>
      server.ask(method, `/api/taskspaces/steps/${rest}`, json === undefined ? {} : { json });
    await send('PUT', 'plan', { goal: '', tasks: [{ id: 'a', name: 'A' }] });
    const claimed = await send('POST', 'plan/claim', { agent: 'ann' });
    const { token } = claimed.json.lease as { token: string };
    await send('POST', 'plan/tasks/a/heartbeat', { token });
    await send('POST', 'plan/tasks/a/complete', { token });
    const lease = await send('POST', 'leases/deploy', { holder: 'ann' });
    await send('POST', 'leases/deploy/release', { token: lease.json.token });
    await send('PUT', 'artifacts/x/y.txt');
    await send('DELETE', 'artifacts/x/y.txt');
    await send('DELETE', 'plan/tasks/a?force=true');
    await eventually(() => stream.events.length >= 9);
    expect(stream.events.map(({ event, data }) => [event, data.refs])).toEqual([
      ['plan.replaced', []],
      ['task.claimed', ['a']],
      ['task.renewed', ['a']],
      ['task.completed', ['a']],
      ['lease.granted', ['deploy']],
      ['lease.released', ['deploy']],
      ['artifact.written', ['x/y.txt']],
      ['artifact.deleted', ['x/y.txt']],
      ['task.removed', ['a']],
    ]);
  });

  it('is not there for a taskspace that is not', async () => {
    const answer = await server.ask('GET', '/api/taskspaces/nobody/events');
    expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
  });
});

describe('the event stream of the server', () => {
  it('gives the changes of all taskspaces, each with its position, as /api/changes has them', async () => {
    const stream = await open('/api/events');
    await fresh('s1', 2);
    await fresh('s2', 1);
    await eventually(() => stream.events.length >= 5);
    const page = await server.ask('GET', `/api/changes?since=${stream.events[0]?.id}`);
    const items = page.json.items as { position: string }[];
    expect(stream.events.slice(1).map(({ data }) => data)).toEqual(items);
    expect(stream.ids.slice(1)).toEqual(items.map(({ position }) => position));
    expect(stream.events[0]?.data).toMatchObject({ taskspace: 's1', commit: 1, position: stream.ids[0] });
  });

  it('is resumed on another worker, without a gap or a repeat', async () => {
    const first = await open('/api/events');
    await fresh('r1', 3);
    await eventually(() => first.events.length >= 4);
    first.close();
    const before = first.ids.slice(0, 2);
    await fresh('r2', 3);
    const second = await open('/api/events', before[1], other);
    await fresh('r3', 1);
    await eventually(() => second.events.length >= 8);
    const named = second.events.map(({ data }) => `${data.taskspace} ${data.commit}`);
    expect(named).toEqual(['r1 3', 'r1 4', 'r2 1', 'r2 2', 'r2 3', 'r2 4', 'r3 1', 'r3 2']);
  });

  it('is resumed after a restart of the server, whose feed goes on in another segment', async (test) => {
    onFiles(test, 'nothing outlives the process otherwise');
    const first = await open('/api/events');
    await fresh('b1', 2);
    await eventually(() => first.events.length >= 3);
    first.close();
    beginFeed(dataDir);
    const restarted = await startServer({ env: { DATA_DIR: dataDir } });
    await fresh('b2', 1);
    const second = await open('/api/events', first.ids[0], restarted);
    await eventually(() => second.events.length >= 4);
    const named = second.events.map(({ data }) => `${data.taskspace} ${data.commit}`);
    expect(named).toEqual(['b1 2', 'b1 3', 'b2 1', 'b2 2']);
    const [before, after] = [second.ids[1], second.ids[2]].map((id) => parsePosition(id ?? '')?.segment);
    expect(after).toBe((before ?? Number.NaN) + 1);
    expect(after).toBeGreaterThan(1);
  });

  it('says reset for a position that is not kept, and goes on from the present', async () => {
    const stream = await open('/api/events', '0.0.0');
    await eventually(() => stream.events.length > 0);
    await fresh('after-reset');
    await eventually(() => stream.events.length > 1);
    const [reset, change] = stream.events;
    expect(reset).toMatchObject({ event: 'reset', data: { position: reset?.id } });
    expect(change).toMatchObject({ event: 'taskspace.created', data: { taskspace: 'after-reset' } });
  });

  it('shows a caller only the taskspaces that it may see', async () => {
    const caller = { ...openCaller('ann'), globs: ['mine-*'] };
    const stream = await server.service.events.ofServer(caller, { after: null });
    const leaving = new AbortController();
    let text = '';
    const sink = {
      write(bytes: Buffer) {
        text += bytes.toString();
      },
      drained: async () => undefined,
    };
    const run = stream.run(sink, leaving.signal);
    const all = await open('/api/events');
    await fresh('theirs-1', 1);
    await fresh('mine-1', 1);
    await fresh('theirs-2', 1);
    await eventually(() => all.events.length >= 6 && text.split('\n\n').length > 2);
    leaving.abort();
    await run;
    expect([...text.matchAll(/"taskspace":"([^"]+)"/g)].map(([, id]) => id)).toEqual(['mine-1', 'mine-1']);
  });
});

describe('event streams', () => {
  it.each([
    ['/api/events?since=x', undefined, 'invalid_query'],
    ['/api/events?since=7', undefined, 'invalid_query'],
    ['/api/events', '7', 'invalid_header'],
    ['/api/events?limit=1', undefined, 'invalid_query'],
    ['/api/taskspaces/bad/events?since=-1', undefined, 'invalid_query'],
    ['/api/taskspaces/bad/events?since=1.2.3', undefined, 'invalid_query'],
    ['/api/taskspaces/bad/events?since=1', '1.2.3', 'invalid_header'],
    ['/api/taskspaces/bad/events?since=1&since=2', undefined, 'invalid_query'],
  ])('refuse %s with Last-Event-ID %s', async (path, lastId, code) => {
    await fresh('bad');
    const answer = await server.ask('GET', path, {
      headers: lastId === undefined ? {} : { 'Last-Event-ID': lastId },
    });
    expect([answer.status, answer.json.code]).toEqual([400, code]);
  });

  it('give HEAD their headers and no stream', async () => {
    const path = await fresh('head');
    for (const url of [path, '/api/events']) {
      const answer = await server.ask('HEAD', url);
      expect([answer.status, answer.text]).toEqual([200, '']);
      expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    }
    expect((await server.ask('HEAD', '/api/taskspaces/nobody/events')).status).toBe(404);
  });
});
