import http from 'node:http';
import { connect, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ReadAnswer } from '../../src/app/answer.js';
import type { ChangesQuery } from '../../src/app/changes/changes.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import { openExchange } from '../../src/http/exchange.js';
import { RequestOrder } from '../../src/http/request-order.js';
import { splitTarget } from '../../src/http/target.js';
import { withWait } from '../../src/http/wait.js';
import { eventually } from '../kit/eventually.js';
import { fakeService } from './fake-service.js';
import { startServer } from './harness.js';

const EMPTY = '{"items":[],"position":"1.0.0"}';
const ANSWER: ReadAnswer = { body: Buffer.from(EMPTY), etag: '"c"', cache: 'store' };

/** Answers at once without a wait, else when the signal fires. */
function waitingService() {
  const queries: ChangesQuery[] = [];
  const changes = async (_caller: unknown, query: ChangesQuery): Promise<ReadAnswer> => {
    queries.push(query);
    if (query.waitSeconds > 0 && !query.signal.aborted)
      await new Promise((resolve) => query.signal.addEventListener('abort', resolve));
    return ANSWER;
  };
  return { queries, service: fakeService({ changes }) };
}

describe('changes', () => {
  it('are asked for from a position, in pages, with a wait', async () => {
    const queries: unknown[] = [];
    const changes = async (_caller: unknown, { signal: _signal, ...query }: ChangesQuery) => {
      queries.push(query);
      return ANSWER;
    };
    const server = await startServer({ service: fakeService({ changes }) });
    for (const query of ['', '?since=now&limit=7', '?since=12.345.6&wait=30', '?since=&wait=&limit='])
      expect((await server.ask('GET', `/api/changes${query}`)).text).toBe(EMPTY);
    expect(queries).toEqual([
      { since: null, limit: 50, waitSeconds: 0 },
      { since: 'now', limit: 7, waitSeconds: 0 },
      { since: '12.345.6', limit: 50, waitSeconds: 30 },
      { since: null, limit: 50, waitSeconds: 0 },
    ]);
  });

  it('are a read with an ETag', async () => {
    const { service } = waitingService();
    const server = await startServer({ service });
    const { headers } = await server.ask('GET', '/api/changes');
    expect(headers).toMatchObject({ etag: '"c"', 'x-cache': 'store', 'cache-control': 'private, no-cache' });
    const again = await server.ask('GET', '/api/changes', { headers: { 'If-None-Match': '"c"' } });
    expect(again.status).toBe(304);
  });

  it.each([
    'wait=31',
    'wait=-1',
    'wait=1.5',
    'wait=x',
    'limit=0',
    'limit=501',
    'cursor=x',
    'since=1&since=2',
  ])('?%s is refused', async (query) => {
    const server = await startServer({ service: waitingService().service });
    const answer = await server.ask('GET', `/api/changes?${query}`);
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_query']);
  });

  it('say when a position is older than what is kept', async () => {
    const changes = () => Promise.reject(new TaskspaceError('position_gone', 'Begin again without since.'));
    const server = await startServer({ service: fakeService({ changes }) });
    const answer = await server.ask('GET', '/api/changes?since=1.2.3');
    expect([answer.status, answer.json.code]).toEqual([410, 'position_gone']);
  });

  it('never wait for HEAD', async () => {
    const { queries, service } = waitingService();
    const server = await startServer({ service });
    expect((await server.ask('HEAD', '/api/changes?wait=30')).status).toBe(200);
    expect(queries[0]?.waitSeconds).toBe(0);
  });

  it('stop waiting when the client leaves', async () => {
    const { queries, service } = waitingService();
    const server = await startServer({ service });
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write('GET /api/changes?wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    await eventually(() => queries.length === 1);
    expect(queries[0]?.signal.aborted).toBe(false);
    socket.destroy();
    await eventually(() => queries[0]?.signal.aborted === true);
    expect(server.logged).toEqual([]);
  });

  it('are answered with what there is when the worker drains, and not waited for any more', async () => {
    const { queries, service } = waitingService();
    const server = await startServer({ service });
    const agent = new http.Agent({ keepAlive: true });
    const waiting = new Promise<http.IncomingMessage>((resolve, reject) => {
      http
        .get({ port: server.port, host: '127.0.0.1', path: '/api/changes?wait=30', agent }, resolve)
        .on('error', reject);
    });
    const open = connect(server.port, '127.0.0.1');
    let text = '';
    open.on('data', (data) => {
      text += data;
    });
    open.write('GET /api/changes HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await eventually(() => queries.length === 2 && text.includes(EMPTY));
    text = '';
    const drained = server.drain(20_000);
    open.write('GET /api/changes?wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const answer = await waiting;
    answer.resume();
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close']);
    await drained;
    await eventually(() => text.endsWith(EMPTY));
    expect(queries.map(({ waitSeconds }) => waitSeconds).sort()).toEqual([0, 0, 30]);
  });

  it('are refused when too many wait, and still given without a wait', async () => {
    const waits = new Set<() => void>();
    const order = new RequestOrder();
    const state = {
      worker: 1,
      base: '',
      draining: false,
      running: 0,
      waits,
      order,
      varyOrigin: false,
      requests: null,
    };
    for (let i = 0; i < 10_000; i++) state.waits.add(() => i);
    const req = new http.IncomingMessage(new Socket());
    const res = new http.ServerResponse(req);
    const exchange = openExchange(state, req, res, splitTarget('/api/changes'), false);
    await expect(withWait(exchange, 1, async () => 'waited')).rejects.toMatchObject({ code: 'overloaded' });
    expect(await withWait(exchange, 0, async () => 'at once')).toBe('at once');
    expect(state.waits.size).toBe(10_000);
  });
});
