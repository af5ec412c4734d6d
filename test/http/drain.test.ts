import http from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ReadAnswer } from '../../src/app/answer.js';
import { eventually } from '../kit/eventually.js';
import { fakeService, peekOf } from './fake-service.js';
import { startServer } from './harness.js';

/** Longer than IDLE_GRACE_MS of src/http/drain.ts. */
const HELD_UP_MS = 400;
const ANSWER: ReadAnswer = { body: Buffer.from('{}'), etag: null, cache: 'store' };

/** A read that is answered when the test says so. */
function slowService() {
  const waiting: ((answer: ReadAnswer) => void)[] = [];
  const get = () => new Promise<ReadAnswer>((resolve) => waiting.push(resolve));
  return { waiting, service: fakeService({ taskspaces: { get } }) };
}

describe('a drain', () => {
  it('finishes what is in flight, closes its connection, and takes nothing new', async () => {
    const { waiting, service } = slowService();
    const server = await startServer({ service });
    const agent = new http.Agent({ keepAlive: true });
    const inFlight = new Promise<http.IncomingMessage>((resolve, reject) => {
      http
        .get({ port: server.port, host: '127.0.0.1', path: '/api/taskspaces/a', agent }, resolve)
        .on('error', reject);
    });
    await eventually(() => waiting.length === 1);
    let drained = false;
    const draining = server.drain(20_000).then(() => {
      drained = true;
    });
    await expect(server.ask('GET', '/health')).rejects.toThrow(/ECONNREFUSED/);
    expect(drained).toBe(false);
    waiting[0]?.(ANSWER);
    const answer = await inFlight;
    answer.resume();
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close']);
    await draining;
  });

  it('answers a request that comes on an open connection meanwhile, then closes it', async () => {
    const peek = peekOf(ANSWER);
    const server = await startServer({ service: fakeService({ peek }) });
    const socket = connect(server.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    const request = (path: string) => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    request('/api/taskspaces/a');
    await eventually(() => text.includes('{}'));
    expect(text).toContain('Connection: keep-alive');
    text = '';
    const draining = server.drain(20_000);
    request('/api/taskspaces/a');
    await draining;
    await eventually(() => text.endsWith('{}'));
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toContain('Connection: close');
  });

  it('answers a request that arrived while its process was held up for longer than idle connections are kept', async () => {
    const server = await startServer({ service: fakeService({ peek: peekOf(ANSWER) }) });
    const socket = connect(server.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    const request = () => socket.write('GET /api/taskspaces/a HTTP/1.1\r\nHost: localhost\r\n\r\n');
    request();
    await eventually(() => text.includes('{}'));
    text = '';
    const draining = server.drain(20_000);
    // Timers come next, before what has arrived is read.
    setImmediate(() => {
      request();
      const held = performance.now() + HELD_UP_MS;
      while (performance.now() < held);
    });
    await draining;
    await eventually(() => text.endsWith('{}'));
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('closes idle connections', async () => {
    const server = await startServer({ service: fakeService({}) });
    const socket = connect(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.resume();
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    await server.drain(20_000);
    await closed;
  });

  it('waits for a call whose client has left', async () => {
    const { waiting, service } = slowService();
    const server = await startServer({ service });
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write('GET /api/taskspaces/a HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    await eventually(() => waiting.length === 1);
    socket.destroy();
    let drained = false;
    const draining = server.drain(20_000).then(() => {
      drained = true;
    });
    await new Promise<void>((resolve) => server.server.once('close', resolve));
    // What the end of the last connection would set off has happened a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    expect(drained).toBe(false);
    waiting[0]?.(ANSWER);
    await draining;
  });

  it('gives up at its deadline', async () => {
    const { waiting, service } = slowService();
    const server = await startServer({ service });
    const stuck = server.ask('GET', '/api/taskspaces/a').catch((error: Error) => error.message);
    await eventually(() => waiting.length === 1);
    await Promise.all([server.drain(50), server.drain(60_000)]);
    expect(await stuck).toMatch(/hang up|ECONNRESET/);
  });
});
