import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ApiError, type Change, createClient, type FollowedEvent } from '../../src/client/index.js';
import { eventually } from '../kit/eventually.js';
import { type Answering, beginEvents, FakeServer, sendJson, sendProblem } from './fake-server.js';

const servers: FakeServer[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serverThat(answer: Answering) {
  const server = new FakeServer(answer);
  servers.push(server);
  const client = createClient({ url: await server.listen(), firstDelayMs: 1 });
  return { server, client };
}

function changeOf(commit: number, ...types: string[]): Change {
  const at = '2026-11-20T10:00:00.000Z';
  return { taskspace: 't', commit, types: types.length ? types : ['message.posted'], by: 'me', at, refs: [] };
}

function frame(commit: number, ...types: string[]): string {
  const change = changeOf(commit, ...types);
  return `id: ${commit}\nevent: ${change.types[0]}\ndata: ${JSON.stringify(change)}\n\n`;
}

const DELETED = 'taskspace.deleted';

async function commitsOf(events: AsyncIterable<FollowedEvent>): Promise<(number | string)[]> {
  const seen: (number | string)[] = [];
  for await (const event of events)
    seen.push(event.type === 'change' ? event.change.commit : `reset to ${event.position}`);
  return seen;
}

describe('following the events of a taskspace', () => {
  it('resumes after the last whole event, when the connection breaks within the next one', async () => {
    const { server, client } = await serverThat((_asked, res, count) => {
      beginEvents(res);
      if (count === 0) {
        res.write(frame(4) + frame(5) + frame(6).slice(0, 30), () => res.destroy());
      } else {
        res.write(': still here\n\n');
        res.end(frame(6) + frame(7, DELETED));
      }
    });
    const trouble: ApiError[] = [];
    const events = client.events.of('t', { since: 3, onTrouble: (error) => trouble.push(error) });
    expect(await commitsOf(events)).toEqual([4, 5, 6, 7]);
    expect(server.asked.map(({ query, headers }) => [query.get('since'), headers['last-event-id']])).toEqual([
      ['3', undefined],
      [null, '5'],
    ]);
    expect(trouble.map(({ code }) => code)).toEqual(['unreachable']);
  });

  it('begins at one place, though the first connections die before any event', async () => {
    const { server, client } = await serverThat((asked, res, count) => {
      if (asked.path.endsWith('/summary')) return sendJson(res, { commit: 41 });
      if (count === 1) return void res.destroy();
      if (count === 2) return sendProblem(res, 503, 'not_ready', { 'Retry-After': '0' });
      beginEvents(res);
      res.end(count === 3 ? '' : frame(42, DELETED));
    });
    expect(await commitsOf(client.events.of('t'))).toEqual([42]);
    expect(server.asked.slice(1).map(({ query }) => query.get('since'))).toEqual(['41', '41', '41', '41']);
  });

  it('takes an event that comes again for what it is', async () => {
    const { client } = await serverThat((_asked, res, count) => {
      beginEvents(res);
      res.end(count === 0 ? frame(1) : frame(1) + frame(2, DELETED));
    });
    expect(await commitsOf(client.events.of('t', { since: 0 }))).toEqual([1, 2]);
  });

  it('hands on a reset, and goes on from there', async () => {
    const { server, client } = await serverThat((_asked, res, count) => {
      beginEvents(res);
      res.end(count === 0 ? 'event: reset\ndata: {"position":"90"}\n\n' : frame(91, DELETED));
    });
    expect(await commitsOf(client.events.of('t', { since: 1 }))).toEqual(['reset to 90', 91]);
    expect(server.asked[1]?.headers['last-event-id']).toBe('90');
  });

  it('leaves out events of a later server', async () => {
    const { client } = await serverThat((_asked, res) => {
      beginEvents(res);
      res.end(`event: weather\ndata: {"rain":true}\n\n${frame(2, DELETED)}`);
    });
    expect(await commitsOf(client.events.of('t', { since: 0 }))).toEqual([2]);
  });

  it('throws when the taskspace is not there, and ends when it is there no more', async () => {
    const missing = await serverThat((_asked, res) => sendProblem(res, 404, 'not_found'));
    await expect(commitsOf(missing.client.events.of('t'))).rejects.toMatchObject({ code: 'not_found' });
    const soon = await serverThat((asked, res) =>
      asked.path.endsWith('/summary') ? sendJson(res, { commit: 3 }) : sendProblem(res, 404, 'not_found'),
    );
    expect(await commitsOf(soon.client.events.of('t'))).toEqual([]);
    const gone = await serverThat((_asked, res, count) => {
      if (count > 0) return sendProblem(res, 404, 'not_found');
      beginEvents(res);
      res.end(frame(1));
    });
    expect(await commitsOf(gone.client.events.of('t', { since: 0 }))).toEqual([1]);
  });

  it('throws what does not pass, and what is no stream of events', async () => {
    const refused = await serverThat((_asked, res) => sendProblem(res, 401, 'unauthorized'));
    await expect(commitsOf(refused.client.events.of('t', { since: 0 }))).rejects.toMatchObject({
      status: 401,
    });
    const page = await serverThat(
      (_asked, res) => void res.setHeader('Content-Type', 'text/html').end('<h1>'),
    );
    await expect(commitsOf(page.client.events.follow({ since: 'p' }))).rejects.toThrow(/text\/html came/);
  });

  it('ends quietly at an abort, also while nothing comes, and lets go of the connection', async () => {
    let closed = false;
    const { client } = await serverThat((_asked, res) => {
      beginEvents(res);
      res.write(frame(1));
      res.once('close', () => {
        closed = true;
      });
    });
    const controller = new AbortController();
    const seen: FollowedEvent[] = [];
    for await (const event of client.events.of('t', { since: 0, signal: controller.signal })) {
      seen.push(event);
      setImmediate(() => controller.abort());
    }
    expect(seen).toHaveLength(1);
    await eventually(() => closed);
    expect(await commitsOf(client.events.of('t', { signal: AbortSignal.abort() }))).toEqual([]);
  });

  it('lets go of the connection when the reader stops', async () => {
    let closed = false;
    const { client } = await serverThat((_asked, res) => {
      beginEvents(res);
      res.write(frame(1));
      res.once('close', () => {
        closed = true;
      });
    });
    for await (const event of client.events.of('t', { since: 0 })) if (event.type === 'change') break;
    await eventually(() => closed);
  });
});

describe('a reader that takes his time', () => {
  it('leaves the rest with the server, and gets all of it in the end', async () => {
    const count = 1_000;
    const filler = `: ${'x'.repeat(65_536)}\n`;
    let stream: ServerResponse | undefined;
    const { client } = await serverThat((_asked, res) => {
      stream = res;
      beginEvents(res);
      void (async () => {
        for (let n = 1; n <= count; n++) {
          const types = n === count ? [DELETED] : [];
          if (!res.write(filler + frame(n, ...types))) await once(res, 'drain');
        }
        res.end();
      })();
    });
    const events = client.events.of('t', { since: 0 });
    expect((await events.next()).value).toMatchObject({ id: '1' });
    let stuck = 0;
    await eventually(() => {
      stuck = stream?.writableNeedDrain ? stuck + 1 : 0;
      return stuck === 20 || stream?.writableEnded === true;
    });
    expect(stream?.writableEnded).toBe(false);
    expect(await commitsOf(events)).toEqual(Array.from({ length: count - 1 }, (_, i) => i + 2));
  });
});

describe('following the events of the server', () => {
  it('begins at the position that is now', async () => {
    const { server, client } = await serverThat((asked, res) => {
      if (asked.path === '/api/changes') return sendJson(res, { items: [], position: '3.77.1' });
      beginEvents(res);
      res.write(`id: 3.99.1\nevent: x\ndata: ${JSON.stringify({ ...changeOf(9), position: '3.99.1' })}\n\n`);
    });
    const { value } = await client.events.follow().next();
    expect(value).toMatchObject({ type: 'change', id: '3.99.1', change: { commit: 9, position: '3.99.1' } });
    expect(server.asked.map(({ path, query }) => [path, query.get('since')])).toEqual([
      ['/api/changes', 'now'],
      ['/api/events', '3.77.1'],
    ]);
  });
});

/** A stream that gives what is put in, and nothing until then. */
function scriptedStream() {
  const controllers: ReadableStreamDefaultController<Uint8Array>[] = [];
  const seen: RequestInit[] = [];
  const client = createClient({
    url: 'http://server.test',
    fetch: async (_input, init = {}) => {
      seen.push(init);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controllers.push(controller);
          init.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
        },
      });
      return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
    },
  });
  const send = (nth: number, text: string) => controllers[nth]?.enqueue(new TextEncoder().encode(text));
  return { client, send, seen };
}

describe('a connection without a sign of life', () => {
  it('is given up after three heartbeats that did not come, and made anew', async () => {
    vi.useFakeTimers();
    const { client, send, seen } = scriptedStream();
    const trouble: ApiError[] = [];
    const events = client.events.of('t', { since: 0, onTrouble: (error) => trouble.push(error) });
    const first = events.next();
    await vi.advanceTimersByTimeAsync(40_000);
    send(0, ': still here\n\n');
    await vi.advanceTimersByTimeAsync(40_000);
    expect(seen).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5_100);
    expect(trouble.map(({ message }) => message)).toEqual([
      expect.stringContaining('Not a byte within 45000 ms'),
    ]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen).toHaveLength(2);
    send(1, frame(1));
    expect((await first).value).toMatchObject({ change: { commit: 1 } });
  });

  it('is not suspected while it is the reader who takes his time', async () => {
    vi.useFakeTimers();
    const { client, send, seen } = scriptedStream();
    const events = client.events.of('t', { since: 0 });
    const first = events.next();
    await vi.advanceTimersByTimeAsync(0);
    send(0, frame(1) + frame(2));
    expect((await first).value).toMatchObject({ id: '1' });
    await vi.advanceTimersByTimeAsync(600_000);
    send(0, frame(3));
    expect([(await events.next()).value, (await events.next()).value]).toMatchObject([
      { id: '2' },
      { id: '3' },
    ]);
    expect(seen).toHaveLength(1);
  });
});
