/**
 * Streams as connections: what keeps them alive, what ends them, and what they may cost. What they carry:
 * events.test.ts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openCaller } from '../../src/app/caller.js';
import type { EventStream } from '../../src/app/changes/events.js';
import { atEnd } from '../kit/at-end.js';
import { EventReader } from '../kit/event-reader.js';
import { eventually } from '../kit/eventually.js';
import { fakeService } from './fake-service.js';
import { type Running, startServer } from './harness.js';

let dataDir: string;
let server: Running;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taskspace-event-streams-'));
  atEnd(() => rm(dataDir, { recursive: true }));
  server = await startServer({ env: { DATA_DIR: dataDir } });
});

async function fresh(id: string): Promise<string> {
  await server.ask('PUT', `/api/taskspaces/${id}`, { json: {} });
  return `/api/taskspaces/${id}/events`;
}

async function open(path: string, at: Running): Promise<EventReader> {
  const reader = new EventReader(at.port, path);
  await reader.opened;
  return reader;
}

describe('event streams', () => {
  it('carry a comment every 15 seconds, from one timer for all', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const alive = await startServer({ env: { DATA_DIR: dataDir } });
      const path = await fresh('alive');
      const intervals = vi.spyOn(globalThis, 'setInterval');
      const stopped = vi.spyOn(globalThis, 'clearInterval');
      const heartbeats = () =>
        intervals.mock.results.filter((_, i) => intervals.mock.calls[i]?.[1] === 15_000);
      const paths = [path, path, '/api/events'];
      const streams = await Promise.all(paths.map((one) => open(one, alive)));
      expect(heartbeats()).toHaveLength(1);
      for (const count of [1, 2, 3]) {
        vi.advanceTimersByTime(15_000);
        await eventually(() => streams.every(({ comments }) => comments === count));
      }
      expect(streams.flatMap(({ events }) => events)).toEqual([]);
      for (const stream of streams) stream.close();
      await eventually(() => stopped.mock.calls.some(([timer]) => timer === heartbeats()[0]?.value));
      expect(heartbeats()).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('are cut off when the client takes nothing and lags by more than a bound', async () => {
    let written = 0;
    let cut = false;
    const stream: EventStream = {
      opening: Buffer.from('retry: 1000\n\n'),
      async run(sink, signal) {
        for (; !signal.aborted; await turn()) {
          sink.write(Buffer.alloc(64 * 1024, '.'));
          written += 64 * 1024;
        }
        cut = true;
      },
      close: () => undefined,
    };
    const slow = await startServer({ service: fakeService({ events: { ofServer: async () => stream } }) });
    const socket = connect(slow.port, '127.0.0.1', () =>
      socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    socket.pause();
    socket.on('error', () => undefined);
    await eventually(() => cut);
    expect(written).toBeGreaterThan(1024 * 1024);
    // What the kernel holds between two sockets comes on top.
    expect(written).toBeLessThan(64 * 1024 * 1024);
    expect(slow.logged).toEqual([]);
    socket.destroy();
  });

  it('give everything back when the client leaves', async () => {
    let closed = false;
    const stream: EventStream = {
      opening: Buffer.from('retry: 1000\n\n'),
      run: (_sink, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      close() {
        closed = true;
      },
    };
    const service = fakeService({ events: { ofServer: async () => stream } });
    const leaving = await startServer({ service });
    const reader = new EventReader(leaving.port, '/api/events');
    await reader.opened;
    expect(closed).toBe(false);
    reader.close();
    await eventually(() => closed);
    expect(leaving.logged).toEqual([]);
  });

  it('end whole and at once when the worker drains, and so does one that is asked for meanwhile', async () => {
    const draining = await startServer({ env: { DATA_DIR: dataDir } });
    const path = await fresh('drained');
    const streams = [await open(path, draining), await open('/api/events', draining)];
    const kept = connect(draining.port, '127.0.0.1');
    let text = '';
    kept.on('data', (data) => {
      text += data;
    });
    kept.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await eventually(() => text.includes('200 OK'));
    text = '';
    const drained = draining.drain(20_000);
    kept.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 1\r\n\r\n`);
    await Promise.all(streams.map(({ ended }) => ended));
    expect(streams.map(({ end }) => end)).toEqual(['whole', 'whole']);
    await drained;
    await eventually(() => text.endsWith('0\r\n\r\n'));
    expect(text).toContain('200 OK');
    expect(text).toContain('Connection: close');
    expect(text).not.toContain('id: ');
  });

  it('do not hold up a drain when the client takes nothing', async () => {
    let written = false;
    const stream: EventStream = {
      opening: Buffer.from('retry: 1000\n\n'),
      async run(sink, signal) {
        sink.write(Buffer.alloc(32 * 1024 * 1024, '.'));
        written = true;
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
      close: () => undefined,
    };
    const slow = await startServer({ service: fakeService({ events: { ofServer: async () => stream } }) });
    const socket = connect(slow.port, '127.0.0.1', () =>
      socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    socket.pause();
    socket.on('error', () => undefined);
    await eventually(() => written);
    // Far beyond the patience of this test.
    await slow.drain(600_000);
    socket.destroy();
  });

  it('are refused when too many are open at this worker', async () => {
    const full = await startServer();
    const caller = openCaller('ann');
    const ofServer = () => full.service.events.ofServer(caller, { after: null });
    const opened = await Promise.all(Array.from({ length: 5_000 }, ofServer));
    const answer = await full.ask('GET', '/api/events');
    expect([answer.status, answer.json.code, answer.headers['retry-after']]).toEqual([
      503,
      'overloaded',
      '1',
    ]);
    opened[0]?.close();
    opened[0]?.close();
    (await ofServer()).close();
    for (const stream of opened) stream.close();
  });
});
