import { describe, expect, it } from 'vitest';
import type { ReadAnswer } from '../../src/app/answer.js';
import { eventually } from '../kit/eventually.js';
import { fakeService } from './fake-service.js';
import { startServer } from './harness.js';
import { openPipeline, type Piece, request } from './pipeline.js';

const ANSWER: ReadAnswer = { body: Buffer.from('{}'), etag: null, cache: 'store' };
const server = await startServer();
let made = 0;

async function taskspace(): Promise<string> {
  const id = `p${++made}`;
  await server.ask('POST', '/api/taskspaces', { json: { id, name: 'before' } });
  return `/api/taskspaces/${id}`;
}

const statuses = (pieces: readonly Piece[]) => pieces.map(({ status }) => status);
const json = (piece: Piece | undefined) => JSON.parse(piece?.body ?? 'null');

describe('requests pipelined on one connection', () => {
  it('take effect in the order in which they were sent: every read sees the writes before it and none behind it', async () => {
    const base = await taskspace();
    const parts = Array.from({ length: 30 }, (_, i) => [
      request('PATCH', base, { name: `name ${i}` }),
      request('GET', base),
      request('POST', `${base}/messages`, { content: `m${i}` }),
      request('GET', `${base}/messages?after=0&limit=500`),
    ]);
    const pieces = await openPipeline(server.port, parts.flat().join('')).get(120);
    expect(new Set(statuses(pieces))).toEqual(new Set([200, 201]));
    for (let i = 0; i < 30; i++) {
      expect(json(pieces[4 * i + 1]).name).toBe(`name ${i}`);
      expect(json(pieces[4 * i + 2]).seq).toBe(i + 1);
      expect(json(pieces[4 * i + 3]).items.map((m: { content: string }) => m.content)).toEqual(
        Array.from({ length: i + 1 }, (_, n) => `m${n}`),
      );
    }
  });

  it('wait for an upload before them, and see the artifact', async () => {
    const base = await taskspace();
    const big = 'x'.repeat(3 * 1024 * 1024);
    const line = openPipeline(
      server.port,
      request('PUT', `${base}/artifacts/a`, big) +
        request('GET', `${base}/artifacts/a?meta=true`) +
        request('PUT', `${base}/artifacts/a`, 'short') +
        request('GET', `${base}/artifacts/a`) +
        request('HEAD', `${base}/artifacts/a`).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    );
    await eventually(() => line.closed());
    const [first, meta, second, bytes] = line.answers();
    expect([first?.status, meta?.status, second?.status, bytes?.status]).toEqual([201, 200, 200, 200]);
    expect(json(meta).size).toBe(big.length);
    expect(bytes?.body).toBe('short');
  });

  it('do not begin before a delete in front of them is done', async () => {
    const base = await taskspace();
    const pieces = await openPipeline(
      server.port,
      request('DELETE', base) +
        request('GET', base) +
        request('PUT', base, { name: 'again' }) +
        request('GET', base),
    ).get(4);
    expect(statuses(pieces)).toEqual([204, 404, 201, 200]);
    expect(json(pieces[3]).name).toBe('again');
  });

  it('come after a waiting read, which others still end', async () => {
    const base = await taskspace();
    const line = openPipeline(
      server.port,
      request('GET', `${base}/messages?after=0&wait=30`) +
        request('POST', `${base}/messages`, { content: 'second' }) +
        request('GET', `${base}/messages?after=0`),
    );
    await eventually(async () => (await server.ask('GET', `${base}/summary`)).status === 200);
    await server.ask('POST', `${base}/messages`, { json: { content: 'first' } });
    const pieces = await line.get(3);
    const contents = (piece: Piece | undefined) =>
      json(piece).items.map((m: { content: string }) => m.content);
    expect([contents(pieces[0]), contents(pieces[2])]).toEqual([['first'], ['first', 'second']]);
  });

  it('go on when the wait in front of them is over', async () => {
    const base = await taskspace();
    const claim = request('POST', `${base}/plan/claim`, { agent: 'a', wait: 1 });
    const pieces = await openPipeline(
      server.port,
      claim + request('POST', `${base}/plan/tasks`, { id: 't', name: 't' }) + claim,
    ).get(3);
    expect(statuses(pieces)).toEqual([204, 201, 200]);
  });

  it('are all answered, then what is no request behind them', async () => {
    const base = await taskspace();
    const line = openPipeline(
      server.port,
      request('POST', `${base}/messages`, { content: 'm' }) +
        request('GET', `${base}/messages?after=0`) +
        'nonsense\r\n\r\n',
    );
    await eventually(() => line.closed());
    const pieces = line.answers();
    expect(statuses(pieces)).toEqual([201, 200, 400]);
    expect(json(pieces[1]).items).toHaveLength(1);
    expect(json(pieces[2]).code).toBe('invalid_header');
  });

  it('are all answered before one whose body is broken, and that one changes nothing', async () => {
    const base = await taskspace();
    const chunked = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n';
    const line = openPipeline(
      server.port,
      request('POST', `${base}/messages`, { content: 'm' }) +
        request('POST', `${base}/messages`, undefined, chunked) +
        'zz\r\n',
    );
    await eventually(() => line.closed());
    expect(statuses(line.answers())).toEqual([201, 400]);
    expect((await server.ask('GET', `${base}/messages?after=0`)).json.items).toHaveLength(1);
  });

  it('are all answered before a tunnel is refused', async () => {
    const base = await taskspace();
    const line = openPipeline(
      server.port,
      `${request('POST', `${base}/messages`, { content: 'm' })}CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n`,
    );
    await eventually(() => line.closed());
    expect(statuses(line.answers())).toEqual([201, 400]);
  });

  it('are answered to a client that has closed its side behind them', async () => {
    const base = await taskspace();
    const line = openPipeline(server.port);
    line.socket.end(
      request('POST', `${base}/messages`, { content: 'm' }) +
        request('GET', `${base}/messages?after=1&wait=30`) +
        request('GET', `${base}/messages?after=0`),
    );
    await eventually(() => line.closed());
    const pieces = line.answers();
    expect(statuses(pieces)).toEqual([201, 200, 200]);
    expect(json(pieces[2]).items).toHaveLength(1);
  });

  it('end with one that ends too early', async () => {
    const base = await taskspace();
    const line = openPipeline(server.port);
    const cut = request('POST', `${base}/messages`, { content: 'cut' }).slice(0, -3);
    line.socket.end(request('POST', `${base}/messages`, { content: 'm' }) + cut);
    await eventually(() => line.closed());
    const pieces = line.answers();
    expect([...statuses(pieces), json(pieces[1]).code]).toEqual([201, 400, 'incomplete_body']);
  });

  it('behind one that closes the connection do not happen', async () => {
    const base = await taskspace();
    const line = openPipeline(
      server.port,
      request('POST', `${base}/messages`, { content: 'm' }, 'Connection: close\r\n') +
        request('POST', `${base}/messages`, { content: 'never' }),
    );
    await eventually(() => line.closed());
    expect(statuses(line.answers())).toEqual([201]);
    expect((await server.ask('GET', `${base}/messages?after=0`)).json.items).toHaveLength(1);
  });

  it('get 100 Continue in their turn', async () => {
    const base = await taskspace();
    const expecting = request('POST', `${base}/messages`, { content: 'two' }, 'Expect: 100-continue\r\n');
    const body = expecting.slice(expecting.indexOf('{'));
    const line = openPipeline(
      server.port,
      request('POST', `${base}/messages`, { content: 'one' }) + expecting.slice(0, -body.length),
    );
    let text = '';
    line.socket.on('data', (data) => {
      text += data;
    });
    await eventually(() => text.includes('100 Continue'));
    expect(text.indexOf(' 201 ')).toBeLessThan(text.indexOf(' 100 '));
    line.socket.write(body);
    expect(statuses(await line.get(2))).toEqual([201, 201]);
  });
});

describe('a connection that sends without end and reads nothing', () => {
  it('is not read further than a bound while its first request waits', async () => {
    const total = 3000;
    let asked = 0;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const get = async () => {
      asked++;
      await gate;
      return ANSWER;
    };
    const own = await startServer({ service: fakeService({ taskspaces: { get } }) });
    let arrived = 0;
    own.server.on('request', () => {
      arrived++;
    });
    const line = openPipeline(own.port, request('GET', '/api/taskspaces/a').repeat(total));
    await eventually(async () => {
      const before = arrived;
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      return before > 0 && arrived === before;
    });
    expect(arrived).toBeLessThan(total * 0.6);
    expect(asked).toBe(1);
    // Each answer lets the next one begin, and the reading goes on.
    open();
    await eventually(() => asked === total, 60_000);
    line.socket.destroy();
  });
});

describe('a drain', () => {
  it('answers all requests that had arrived on a connection, and closes it with the last', async () => {
    const waiting: ((value: ReadAnswer) => void)[] = [];
    const get = () => new Promise<ReadAnswer>((resolve) => waiting.push(resolve));
    const own = await startServer({ service: fakeService({ taskspaces: { get } }) });
    const line = openPipeline(own.port, request('GET', '/api/taskspaces/a').repeat(3));
    await eventually(() => waiting.length === 1);
    const drained = own.drain(20_000);
    for (let i = 0; i < 3; i++) {
      await eventually(() => waiting.length === 1);
      waiting.shift()?.(ANSWER);
    }
    await drained;
    await eventually(() => line.closed());
    const closing = line.answers().map(({ status, head }) => [status, /^connection: close/im.test(head)]);
    expect(closing).toEqual([
      [200, false],
      [200, false],
      [200, true],
    ]);
  });
});
