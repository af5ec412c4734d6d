import http from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { StreamAnswer } from '../../src/app/answer.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import { eventually } from '../kit/eventually.js';
import { fakeService } from './fake-service.js';
import { type Running, startServer } from './harness.js';

const SUMMARY = '/api/taskspaces/demo/summary';
const EXPORT = '/api/taskspaces/demo/export?format=json';
const PIECE = Buffer.alloc(64 * 1024, 'x');
const PIECES = 400;

function serverWith(stream: Readable): Promise<Running> {
  const exportJson = async (): Promise<StreamAnswer> => ({ stream, cache: 'store' });
  return startServer({ service: fakeService({ taskspaces: { exportJson } }) });
}

describe('a summary', () => {
  it('is a read like any other', async () => {
    const asked: unknown[] = [];
    const summary = async (caller: { actor: string | null }, id: string) => {
      asked.push([caller.actor, id]);
      return { body: Buffer.from('{"id":"demo"}'), etag: '"s"', cache: 'l2' as const };
    };
    const server = await startServer({ service: fakeService({ taskspaces: { summary } }) });
    const answer = await server.ask('GET', SUMMARY, { headers: { 'X-Actor': 'ann' } });
    expect(answer).toMatchObject({
      status: 200,
      text: '{"id":"demo"}',
      headers: { etag: '"s"', 'x-cache': 'l2', 'cache-control': 'private, no-cache' },
    });
    expect(asked).toEqual([['ann', 'demo']]);
    const again = await server.ask('GET', SUMMARY, { headers: { 'If-None-Match': '"s"' } });
    expect([again.status, again.text]).toEqual([304, '']);
  });
});

describe('an export as JSON', () => {
  it('is a read with an ETag when the service has it whole', async () => {
    const exportJson = async () => ({
      body: Buffer.from('{"format":1}'),
      etag: '"e"',
      cache: 'l1' as const,
    });
    const server = await startServer({ service: fakeService({ taskspaces: { exportJson } }) });
    const answer = await server.ask('GET', EXPORT);
    expect(answer).toMatchObject({
      status: 200,
      text: '{"format":1}',
      headers: { etag: '"e"', 'x-cache': 'l1' },
    });
    expect((await server.ask('GET', EXPORT, { headers: { 'If-None-Match': '*' } })).status).toBe(304);
  });

  it('is streamed without ETag and length when it is large', async () => {
    const server = await serverWith(Readable.from(['{"format":1,', '"messages":[]}'], { objectMode: false }));
    const answer = await server.ask('GET', EXPORT, { headers: { 'If-None-Match': '*' } });
    expect(answer).toMatchObject({
      status: 200,
      text: '{"format":1,"messages":[]}',
      headers: {
        'content-type': 'application/json',
        'x-cache': 'store',
        'cache-control': 'private, no-cache',
        'transfer-encoding': 'chunked',
        'x-worker': '3',
      },
    });
    expect(answer.headers).not.toHaveProperty('etag');
    expect(answer.headers).not.toHaveProperty('content-length');
  });

  it('is streamed to a client of HTTP/1.0 up to the end of the connection', async () => {
    const server = await serverWith(Readable.from(['[1,', '2]'], { objectMode: false }));
    const text = await server.raw(`GET ${EXPORT} HTTP/1.0\r\nHost: localhost\r\n\r\n`);
    expect(text).toMatch(/\r\nConnection: close\r\n/);
    expect(text).not.toMatch(/Transfer-Encoding/i);
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe('[1,2]');
  });

  it('answers HEAD with the headers of GET, and makes no document', async () => {
    const stream = Readable.from(['{}'], { objectMode: false });
    const server = await serverWith(stream);
    const answer = await server.ask('HEAD', EXPORT);
    expect(answer).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-type': 'application/json', 'x-cache': 'store' },
    });
    expect(stream.destroyed).toBe(true);
  });

  it('is made no faster than it is taken, and whole in the end', async () => {
    let made = 0;
    const pieces = function* () {
      for (; made < PIECES; made++) yield PIECE;
    };
    const server = await serverWith(Readable.from(pieces(), { objectMode: false }));
    const res = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = http.get({ port: server.port, host: '127.0.0.1', path: EXPORT, agent: false });
      request.on('response', resolve).on('error', reject);
    });
    res.pause();
    let before = -1;
    await eventually(async () => {
      const stands = made === before;
      before = made;
      // Two looks, with time to write a piece between them.
      await new Promise((resolve) => setTimeout(resolve, 50));
      return stands;
    });
    expect(made).toBeLessThan(PIECES);
    let bytes = 0;
    for await (const chunk of res) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(PIECES * PIECE.length);
  });

  it('is a problem when it fails before its first bytes', async () => {
    const failing = (error: Error) =>
      new Readable({
        read() {
          this.destroy(error);
        },
      });
    const damaged = await serverWith(failing(new TaskspaceError('damaged', 'The journal is broken.')));
    expect(await damaged.ask('GET', EXPORT)).toMatchObject({ status: 500, json: { code: 'damaged' } });
    const defect = await serverWith(failing(new Error('a defect')));
    expect(await defect.ask('GET', EXPORT)).toMatchObject({ status: 500, json: { code: 'internal' } });
  });

  it('breaks the connection when it fails later', async () => {
    const pieces = async function* () {
      yield PIECE;
      throw new Error('the disk is away');
    };
    const server = await serverWith(Readable.from(pieces(), { objectMode: false }));
    await expect(server.ask('GET', EXPORT)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    expect(server.logged).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ err: new Error('the disk is away') }),
      }),
    );
  });

  it('is given up when the client leaves', async () => {
    const stream = new Readable({
      read() {
        setImmediate(() => this.push(PIECE));
      },
    });
    const server = await serverWith(stream);
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(`GET ${EXPORT} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await eventually(() => stream.destroyed);
    expect(server.logged).toEqual([]);
  });

  it('says which format there is, after it looked whether there is a taskspace', async () => {
    const get = async (_caller: unknown, id: string) => {
      if (id === 'demo') return { body: Buffer.from('{}'), etag: null, cache: 'store' as const };
      throw new TaskspaceError('not_found', 'There is no taskspace.');
    };
    const server = await startServer({ service: fakeService({ taskspaces: { get } }) });
    for (const query of ['', '?format=tar', '?format=ndjson', '?format=']) {
      const answer = await server.ask('GET', `/api/taskspaces/demo/export${query}`);
      expect([query, answer.status, answer.json.code]).toEqual([query, 409, 'not_supported']);
      expect(answer.json.detail).toContain('format=json');
      expect((await server.ask('GET', `/api/taskspaces/none/export${query}`)).status).toBe(404);
    }
    expect((await server.ask('GET', '/api/taskspaces/demo/export?format=zip')).json.code).toBe(
      'invalid_query',
    );
  });
});
