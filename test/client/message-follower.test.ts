import { afterEach, describe, expect, it } from 'vitest';
import { type ApiError, createClient, type Message } from '../../src/client/index.js';
import { type Answering, type Asked, FakeServer, sendJson, sendProblem } from './fake-server.js';

const servers: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serverThat(answer: Answering) {
  const server = new FakeServer(answer);
  servers.push(server);
  const client = createClient({ url: await server.listen(), firstDelayMs: 1, attempts: 1 });
  return { server, client };
}

function pageOf(seqs: readonly number[], lastSeq: number, more = false) {
  return { items: seqs.map((seq) => ({ seq })), nextCursor: more ? 'more' : null, lastSeq };
}

async function take(messages: AsyncIterable<Message>, count: number): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of messages) if (seqs.push(seq) === count) break;
  return seqs;
}

const afters = (asked: readonly Asked[]) => asked.map(({ query }) => query.get('after'));

describe('following messages', () => {
  it('asks for what comes after the last one taken, and waits for it', async () => {
    const pages = [pageOf([1, 2], 5, true), pageOf([3, 5], 5), pageOf([], 5), pageOf([6], 6)];
    const { server, client } = await serverThat((_asked, res) => sendJson(res, pages.shift()));
    const options = { conversation: 'c', to: 'me', role: 'user' } as const;
    expect(await take(client.messages.follow('t', options), 5)).toEqual([1, 2, 3, 5, 6]);
    expect(afters(server.asked)).toEqual(['0', '2', '5', '5']);
    expect(Object.fromEntries(server.asked[0]?.query ?? [])).toEqual({
      ...options,
      after: '0',
      limit: '500',
      wait: '25',
    });
  });

  it('does not look at filtered messages again', async () => {
    const pages = [pageOf([], 70_000), pageOf([70_005], 70_006)];
    const { server, client } = await serverThat((_asked, res) => sendJson(res, pages.shift()));
    expect(await take(client.messages.follow('t', { role: 'tool', after: 7 }), 1)).toEqual([70_005]);
    expect(afters(server.asked)).toEqual(['7', '70000']);
  });

  it('goes on by itself over broken connections, restarts and overload', async () => {
    const { server, client } = await serverThat((_asked, res, count) => {
      if (count === 1) return void res.destroy();
      if (count === 2) return sendProblem(res, 503, 'not_ready');
      if (count === 3) {
        res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '500' });
        return void res.write('{"items":[{"seq":2}', () => res.destroy());
      }
      sendJson(res, count === 0 ? pageOf([1], 1) : pageOf([2], 2));
    });
    const trouble: ApiError[] = [];
    const follow = client.messages.follow('t', { onTrouble: (error) => trouble.push(error) });
    expect(await take(follow, 2)).toEqual([1, 2]);
    expect(trouble.map(({ code }) => code)).toEqual(['unreachable', 'not_ready', 'unreachable']);
    expect(afters(server.asked)).toEqual(['0', '1', '1', '1', '1']);
  });

  it('begins with the next message when it is told so', async () => {
    const { server, client } = await serverThat((_asked, res, count) =>
      sendJson(res, count === 0 ? pageOf([41], 41) : pageOf([42], 42)),
    );
    expect(await take(client.messages.follow('t', { after: 'now', from: 'x' }), 1)).toEqual([42]);
    expect(server.asked.map(({ query }) => query.toString())).toEqual([
      'order=desc&limit=1',
      'from=x&after=41&limit=500&wait=25',
    ]);
  });

  it('throws when the taskspace is not there, ends when it is there no more, and throws what does not pass', async () => {
    const missing = await serverThat((_asked, res) => sendProblem(res, 404, 'not_found'));
    await expect(take(missing.client.messages.follow('t'), 1)).rejects.toMatchObject({ code: 'not_found' });
    const gone = await serverThat((_asked, res, count) =>
      count === 0 ? sendJson(res, pageOf([1], 1)) : sendProblem(res, 404, 'not_found'),
    );
    expect(await take(gone.client.messages.follow('t'), 9)).toEqual([1]);
    const refused = await serverThat((_asked, res) => sendProblem(res, 400, 'invalid_query'));
    await expect(take(refused.client.messages.follow('t'), 1)).rejects.toMatchObject({ status: 400 });
  });

  it('ends quietly at an abort, while it waits, while it rests, and within a page', async () => {
    const waiting = await serverThat(() => undefined);
    const first = new AbortController();
    const nothing = take(waiting.client.messages.follow('t', { signal: first.signal }), 1);
    setImmediate(() => first.abort());
    expect(await nothing).toEqual([]);

    const second = new AbortController();
    const down = await serverThat((_asked, res) =>
      sendProblem(res, 503, 'overloaded', { 'Retry-After': '9' }),
    );
    const onTrouble = () => second.abort();
    expect(await take(down.client.messages.follow('t', { signal: second.signal, onTrouble }), 1)).toEqual([]);

    const third = new AbortController();
    const { client } = await serverThat((_asked, res) => sendJson(res, pageOf([1, 2, 3], 3)));
    const seqs: number[] = [];
    for await (const { seq } of client.messages.follow('t', { signal: third.signal })) {
      seqs.push(seq);
      third.abort();
    }
    expect(seqs).toEqual([1]);
  });

  it('leaves nothing behind on a signal that lives on', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    let most = 0;
    const watched = new Proxy(signal, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name === 'addEventListener') most = Math.max(most, ++listeners);
        if (name === 'removeEventListener') listeners--;
        return value.bind(target);
      },
    });
    const { client } = await serverThat((_asked, res, count) =>
      sendJson(res, pageOf([count + 1], count + 1)),
    );
    expect(await take(client.messages.follow('t', { signal: watched }), 30)).toHaveLength(30);
    expect([listeners, most]).toEqual([0, 1]);
  });
});
