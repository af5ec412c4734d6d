import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ContentAnswer } from '../../src/app/answer.js';
import { eventually } from '../kit/eventually.js';
import { fakeService } from './fake-service.js';
import { type Running, startServer } from './harness.js';

const BASE = '/api/taskspaces/demo/artifacts';
const digest = (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`;

describe('uploads', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer({ env: { ARTIFACT_MAX_BYTES: '4096' } });
    await server.ask('PUT', '/api/taskspaces/demo', { json: {} });
  });

  it('get their type from the header, else from the extension', async () => {
    const types: [string, string | undefined, string][] = [
      ['a.md', undefined, 'text/markdown'],
      ['a.JSON', undefined, 'application/json'],
      ['.md', undefined, 'application/octet-stream'],
      ['x.constructor', undefined, 'application/octet-stream'],
      ['b.md', 'text/plain; charset=utf-8', 'text/plain; charset=utf-8'],
      ['c.md', 'application/x-www-form-urlencoded', 'application/x-www-form-urlencoded'],
    ];
    for (const [path, sent, kept] of types) {
      const headers = sent === undefined ? {} : { 'Content-Type': sent };
      const { json } = await server.ask('PUT', `${BASE}/${path}`, { body: 'x', headers });
      expect([path, json.contentType]).toEqual([path, kept]);
    }
  });

  it('carry a message and metadata, percent-encoded', async () => {
    const headers = {
      'X-Message': encodeURIComponent('wärum\nso'),
      'X-Metadata': encodeURIComponent('{"type":"skill","n":[1]}'),
    };
    const { json } = await server.ask('PUT', `${BASE}/m`, { body: 'x', headers });
    expect(json).toMatchObject({ message: 'wärum\nso', metadata: { type: 'skill', n: [1] } });
    const plain = await server.ask('PUT', `${BASE}/m2`, {
      body: 'x',
      headers: { 'X-Metadata': '{"a": 1}', 'X-Message': 'plain' },
    });
    expect(plain.json).toMatchObject({ message: 'plain', metadata: { a: 1 } });
  });

  it.each([
    ['X-Message', '%zz'],
    ['X-Metadata', '%ff'],
    ['X-Metadata', '[1]'],
    ['X-Metadata', '{'],
    ['X-Metadata', '{"__proto__":1}'],
    ['Repr-Digest', 'sha-256=abc'],
    ['Repr-Digest', 'sha-256=:YWJj:'],
    ['Repr-Digest', 'nonsense'],
    ['Content-Type', 'nonsense'],
    ['Content-Range', 'bytes 0-1/2'],
  ])('with %s: %s are refused', async (name, value) => {
    const answer = await server.ask('PUT', `${BASE}/bad`, { body: 'x', headers: { [name]: value } });
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_header']);
  });

  it('are checked against their digest; other algorithms are ignored', async () => {
    const good = await server.ask('PUT', `${BASE}/d`, {
      body: 'bytes',
      headers: { 'Repr-Digest': `sha-512=:AAAA:, ${digest('bytes')}` },
    });
    expect(good.status).toBe(201);
    const bad = await server.ask('PUT', `${BASE}/d`, {
      body: 'other',
      headers: { 'Repr-Digest': digest('bytes') },
    });
    expect([bad.status, bad.json.code]).toEqual([400, 'digest_mismatch']);
    expect(
      (await server.ask('PUT', `${BASE}/d`, { body: 'more', headers: { 'Repr-Digest': 'md5=:AAAA:' } }))
        .status,
    ).toBe(200);
  });

  it('may not be compressed or too large, announced or not', async () => {
    const encoded = await server.ask('PUT', `${BASE}/e`, {
      body: 'x',
      headers: { 'Content-Encoding': 'gzip' },
    });
    expect([encoded.status, encoded.json.code]).toEqual([415, 'unsupported_media_type']);
    const announced = await server.raw(
      `PUT ${BASE}/e HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4097\r\n\r\n`,
    );
    expect(announced).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    const chunked = await server.raw(
      `PUT ${BASE}/e HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`,
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    expect((await server.ask('GET', `${BASE}/e`)).status).toBe(404);
  });

  it('that end early change nothing', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
      socket.end(`PUT ${BASE}/short HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\nhalf`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"incomplete_body"');
    expect((await server.ask('GET', `${BASE}/short`)).status).toBe(404);
  });

  it('may be empty, and the same bytes again change nothing', async () => {
    const first = await server.ask('PUT', `${BASE}/empty`, { body: '' });
    const again = await server.ask('PUT', `${BASE}/empty`, { body: '' });
    expect([first.status, again.status, again.headers.etag]).toEqual([201, 200, first.headers.etag]);
    const read = await server.ask('GET', `${BASE}/empty`);
    expect([read.status, read.headers['content-length'], read.text]).toEqual([200, '0', '']);
  });

  it('to a path that cannot be are answered before the bytes are taken', async () => {
    const answer = await server.ask('PUT', '/api/taskspaces/missing/artifacts/a', { body: 'x'.repeat(4000) });
    expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
  });

  it('can be patched: a new revision over the same bytes, null for the default type', async () => {
    await server.ask('PUT', `${BASE}/p.md`, { body: 'x', headers: { 'Content-Type': 'a/b' } });
    const patched = await server.ask('PATCH', `${BASE}/p.md`, {
      json: { contentType: null, metadata: { a: 1 } },
    });
    expect(patched.json).toMatchObject({ contentType: 'text/markdown', metadata: { a: 1 }, revision: 2 });
    const bad = await server.ask('PATCH', `${BASE}/p.md`, { json: { contentType: 'a/b\r\nX: y' } });
    expect([bad.status, bad.json.errors]).toEqual([
      422,
      [expect.objectContaining({ pointer: '/contentType' })],
    ]);
  });
});

describe('downloads', () => {
  let server: Running;
  const path = `${BASE}/dir/file.txt`;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', '/api/taskspaces/demo', { json: {} });
    await server.ask('PUT', path, { body: 'first' });
    await server.ask('PUT', path, { body: '0123456789' });
  });

  it('have all that describes the bytes', async () => {
    const { headers, text, status } = await server.ask('GET', path);
    expect([status, text]).toEqual([200, '0123456789']);
    expect(headers).toMatchObject({
      etag: expect.stringMatching(/^"2-[0-9a-f]{8}"$/),
      'repr-digest': digest('0123456789'),
      'content-length': '10',
      'content-type': 'text/plain',
      'accept-ranges': 'bytes',
      'x-revision': '2',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
    expect(headers['content-disposition']).toBeUndefined();
  });

  it('give older revisions by number, and metadata', async () => {
    const old = await server.ask('GET', `${path}?revision=1`);
    expect([old.text, old.headers['x-revision']]).toEqual(['first', '1']);
    expect((await server.ask('GET', `${path}?revision=1&meta=true`)).json).toMatchObject({
      revision: 1,
      size: 5,
      path: 'dir/file.txt',
    });
    expect((await server.ask('GET', `${path}?revision=9`)).json.code).toBe('not_found');
    expect((await server.ask('GET', `${path}?revision=0`)).json.code).toBe('invalid_query');
    const revisions = await server.ask('GET', '/api/taskspaces/demo/revisions/dir/file.txt');
    expect((revisions.json.items as { revision: number }[]).map(({ revision }) => revision)).toEqual([2, 1]);
  });

  it.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['Bytes=9-9', 206, '9', 'bytes 9-9/10'],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['bytes=3-1', 200, '0123456789', undefined],
    ['bytes=-', 200, '0123456789', undefined],
    ['lines=0-1', 200, '0123456789', undefined],
    ['bytes=x-', 200, '0123456789', undefined],
  ])('Range: %s gives %d', async (range, status, text, contentRange) => {
    const answer = await server.ask('GET', path, { headers: { Range: range } });
    expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([
      status,
      text,
      contentRange,
    ]);
    expect(answer.headers['content-length']).toBe(String(text.length));
  });

  it('answer 416 to a range behind the end', async () => {
    for (const range of ['bytes=10-', 'bytes=99-100', 'bytes=-0']) {
      const answer = await server.ask('GET', path, { headers: { Range: range } });
      expect([answer.status, answer.json.code, answer.headers['content-range']]).toEqual([
        416,
        'range_not_satisfiable',
        'bytes */10',
      ]);
    }
  });

  it('give the whole when If-Range names another version', async () => {
    const etag = String((await server.ask('GET', path)).headers.etag);
    const same = await server.ask('GET', path, { headers: { Range: 'bytes=0-0', 'If-Range': etag } });
    expect([same.status, same.text]).toEqual([206, '0']);
    for (const other of ['"1-00000000"', `W/${etag}`, 'Fri, 20 Nov 2026 00:00:00 GMT']) {
      expect(
        (await server.ask('GET', path, { headers: { Range: 'bytes=0-0', 'If-Range': other } })).status,
      ).toBe(200);
    }
  });

  it('answer 304 with the same headers and no body', async () => {
    const get = await server.ask('GET', path);
    const answer = await server.ask('GET', path, {
      headers: { 'If-None-Match': `W/${String(get.headers.etag)}` },
    });
    expect([answer.status, answer.text, answer.headers.etag]).toEqual([304, '', get.headers.etag]);
    expect(answer.headers['repr-digest']).toBe(get.headers['repr-digest']);
  });

  it('never let a browser run them in the name of the server', async () => {
    const active = [
      'text/html',
      'application/xhtml+xml',
      'image/svg+xml',
      'text/xml',
      'application/atom+xml',
      'text/javascript',
      'Application/ECMAScript;a=b',
    ];
    for (const type of active) {
      await server.ask('PUT', `${BASE}/page`, { body: 'x', headers: { 'Content-Type': type } });
      const { headers } = await server.ask('GET', `${BASE}/page`);
      expect([type, headers['content-disposition'], headers['content-security-policy']]).toEqual([
        type,
        'attachment',
        'sandbox',
      ]);
    }
    for (const type of ['text/plain', 'application/json', 'image/png']) {
      await server.ask('PUT', `${BASE}/page`, { body: 'x', headers: { 'Content-Type': type } });
      expect([type, (await server.ask('GET', `${BASE}/page`)).headers['content-disposition']]).toEqual([
        type,
        undefined,
      ]);
    }
  });

  it('say that the newest is deleted; older ones stay readable', async () => {
    await server.ask('PUT', `${BASE}/gone`, { body: 'x' });
    expect((await server.ask('DELETE', `${BASE}/gone`)).status).toBe(204);
    const answer = await server.ask('GET', `${BASE}/gone`);
    expect([answer.status, answer.json.code]).toEqual([404, 'deleted']);
    expect((await server.ask('GET', `${BASE}/gone?revision=1`)).text).toBe('x');
    expect((await server.ask('GET', `${BASE}?deleted=true&prefix=go`)).json).toMatchObject({
      items: [{ path: 'gone', deleted: true }],
    });
    expect((await server.ask('GET', `${BASE}?prefix=go`)).json).toMatchObject({ items: [] });
  });
});

describe('the stream behind a download', () => {
  const artifact = {
    ...{ path: 'a', revision: 1, tag: 'aaaaaaaa', by: 'x', at: '', size: 1_000_000, sha256: 'ab'.repeat(32) },
    ...{ contentType: 'text/plain', metadata: {}, message: '', deleted: false },
  };

  function serving(open: ContentAnswer['open']) {
    const content = async (): Promise<ContentAnswer> => ({
      artifact,
      etag: '"1-aaaaaaaa"',
      cache: 'store',
      open,
    });
    return startServer({ service: fakeService({ artifacts: { content } }) });
  }

  it('is destroyed when the client leaves', async () => {
    const source = new PassThrough();
    source.write('some bytes');
    const server = await serving(() => source);
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(`GET ${BASE}/a HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    );
    socket.once('data', () => socket.destroy());
    await eventually(() => source.destroyed);
  });

  it('is destroyed when the client leaves before the first byte', async () => {
    const source = new PassThrough();
    let opened = false;
    const server = await serving(() => {
      opened = true;
      return source;
    });
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(`GET ${BASE}/a HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    );
    await eventually(() => opened);
    socket.destroy();
    await eventually(() => source.destroyed);
  });

  it('that fails at once is a problem, one that fails later a broken connection', async () => {
    const early = await serving(
      () =>
        new Readable({
          read() {
            this.destroy(new Error('disk'));
          },
        }),
    );
    const answer = await early.ask('GET', `${BASE}/a`);
    expect([answer.status, answer.json.code]).toEqual([500, 'internal']);
    expect(early.logged.map(({ level }) => level)).toEqual(['error']);
    let reads = 0;
    const late = await serving(
      () =>
        new Readable({
          read() {
            if (reads++ === 0) this.push('x'.repeat(500_000));
            else this.destroy(new Error('disk'));
          },
        }),
    );
    await expect(late.ask('GET', `${BASE}/a`)).rejects.toThrow();
    await eventually(() => late.logged.length === 1);
  });
});
