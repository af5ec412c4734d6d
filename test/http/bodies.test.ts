import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Asked, type Running, startServer } from './harness.js';

const TASKSPACE = '/api/taskspaces/demo';
const MESSAGES = `${TASKSPACE}/messages`;
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('JSON bodies', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer({ env: { JSON_MAX_BYTES: '2048', BATCH_MAX_BYTES: '8192' } });
    await server.ask('PUT', TASKSPACE, { json: {} });
  });

  async function code(method: string, path: string, asked: Asked): Promise<string> {
    const answer = await server.ask(method, path, asked);
    return answer.status < 300 ? String(answer.status) : `${answer.status} ${String(answer.json.code)}`;
  }

  it.each([
    ['empty', ''],
    ['cut off', '{"name":'],
    ['not JSON', 'name=x'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['two values', '{}{}'],
  ])('%s: 400 invalid_json', async (_what, body) => {
    expect(await code('PUT', TASKSPACE, { body, headers: JSON_TYPE })).toBe('400 invalid_json');
  });

  it('must be objects', async () => {
    for (const body of ['null', '[]', '1', '"x"']) {
      expect(await code('PUT', TASKSPACE, { body, headers: JSON_TYPE })).toBe('422 invalid_body');
      expect(await code('PATCH', TASKSPACE, { body, headers: JSON_TYPE })).toBe('422 invalid_body');
    }
  });

  it('need their media type, and the problem says which and how to send it', async () => {
    for (const type of [
      undefined,
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'application/json; charset=latin1',
    ]) {
      const headers = type === undefined ? {} : { 'Content-Type': type };
      const answer = await server.ask('POST', MESSAGES, { body: '{}', headers });
      expect([type, answer.status, answer.json.code]).toEqual([type, 415, 'unsupported_media_type']);
      expect(answer.json.detail).toContain('Send `Content-Type: application/json` (curl: `--json`)');
    }
    for (const type of [
      'application/json',
      'Application/JSON; charset=UTF-8',
      'application/json;charset="utf-8"',
    ]) {
      expect(await code('POST', MESSAGES, { body: '{}', headers: { 'Content-Type': type } })).toBe('201');
    }
  });

  it('of a PATCH are merge patches', async () => {
    const refused = await server.ask('PATCH', TASKSPACE, {
      body: '{}',
      headers: { 'Content-Type': 'application/json-patch+json' },
    });
    expect([refused.status, refused.headers['accept-patch']]).toEqual([
      415,
      'application/merge-patch+json, application/json',
    ]);
    expect(
      await code('PATCH', TASKSPACE, {
        body: '{"name":"n"}',
        headers: { 'Content-Type': 'application/merge-patch+json' },
      }),
    ).toBe('200');
    const reset = await server.ask('PATCH', TASKSPACE, { json: { name: null, tags: null } });
    expect(reset.json).toMatchObject({ name: 'demo', tags: [] });
  });

  it('may not be compressed', async () => {
    expect(
      await code('POST', MESSAGES, { body: '{}', headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' } }),
    ).toBe('415 unsupported_media_type');
    expect(
      await code('POST', MESSAGES, { body: '{}', headers: { ...JSON_TYPE, 'Content-Encoding': 'identity' } }),
    ).toBe('201');
  });

  it('have a limit, a larger one for batches of messages and plans', async () => {
    const description = 'x'.repeat(2048);
    expect(await code('PUT', TASKSPACE, { json: { description } })).toBe('413 too_large');
    const batch = (content: string) => ({ json: { messages: [{ content }] } });
    expect(await code('POST', MESSAGES, batch(description))).toBe('201');
    expect(await code('POST', MESSAGES, { json: { content: description } })).toBe('413 too_large');
    expect(await code('PUT', `${TASKSPACE}/plan`, { json: { goal: description, tasks: [] } })).toBe('200');
    expect(await code('POST', MESSAGES, batch('x'.repeat(8192)))).toBe('413 too_large');
  });

  it('are refused by their announced length before they come', async () => {
    const text = await server.raw(
      `POST ${MESSAGES} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('"code":"too_large"');
    expect(text).toContain('Connection: close');
  });

  it('are counted when they come in chunks', async () => {
    const chunk = `2000\r\n${'x'.repeat(0x2000)}\r\n`;
    const text = await server.raw(
      `POST ${MESSAGES} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that end early change nothing', async () => {
    const before = await server.ask('GET', MESSAGES);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
      socket.end(
        `POST ${MESSAGES} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"content":`,
      );
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"incomplete_body"');
    expect((await server.ask('GET', MESSAGES)).json.lastSeq).toBe(before.json.lastSeq);
  });

  it('wait for 100 Continue when the client does, and are refused before it', async () => {
    const head = `POST ${MESSAGES} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n`;
    const refused = await server.raw(`${head}Content-Length: 99999999\r\n\r\n`);
    expect(refused).toMatch(/^HTTP\/1\.1 413 /);
    const taken = await server.raw(`${head}Content-Length: 2\r\n\r\n{}`);
    expect(taken).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
    const small = await server.raw(
      `${head.replace('demo', 'BAD').replace('Connection: close\r\n', '')}Content-Length: 2\r\n\r\n`,
    );
    expect(small).toMatch(/^HTTP\/1\.1 400 [\s\S]*\r\nConnection: close\r\n/);
    const unknown = await server.raw(
      `GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 200-ok\r\n\r\n`,
    );
    expect(unknown).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('may not have the key __proto__ anywhere, however it is written', async () => {
    for (const body of ['{"__proto__":{}}', '{"data":{"a":[{"\\u005f_proto__":1}]}}']) {
      const answer = await server.ask('PUT', TASKSPACE, { body, headers: JSON_TYPE });
      expect([answer.status, answer.json.code]).toEqual([422, 'invalid_body']);
    }
    const { json } = await server.ask('PUT', TASKSPACE, {
      body: '{"data":{"a/b":[{"__proto__":1}]}}',
      headers: JSON_TYPE,
    });
    expect(json.errors).toEqual([{ pointer: '/data/a~1b/0/__proto__', detail: expect.any(String) }]);
  });

  it('keep U+FFFD for lone surrogates, in values and in keys', async () => {
    const body = '{"data":{"k\\ud800":"v\\udc00w","ok":"\\ud83d\\ude00"}}';
    const { json } = await server.ask('PUT', TASKSPACE, { body, headers: JSON_TYPE });
    expect(json.data).toEqual({ 'k\ufffd': 'v\ufffdw', ok: '😀' });
  });

  it('may not be nested without end', async () => {
    const nested = (n: number) => `{"data":{"a":${'['.repeat(n)}${']'.repeat(n)}}}`;
    expect(await code('PUT', TASKSPACE, { body: nested(90), headers: JSON_TYPE })).toBe('200');
    expect(await code('PUT', TASKSPACE, { body: nested(900), headers: JSON_TYPE })).toBe('422 invalid_body');
  });

  it('name each wrong place by a JSON Pointer', async () => {
    const { json } = await server.ask('PUT', `${TASKSPACE}/plan`, {
      json: { goal: 1, 'a/b~c': 2, tasks: [{}, { name: 'x', status: 'done' }] },
    });
    const errors = json.errors as { pointer: string; detail: string }[];
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/a~1b~0c',
      '/goal',
      '/tasks/0/name',
      '/tasks/1/status',
    ]);
    expect(errors.find(({ pointer }) => pointer === '/tasks/0/name')?.detail).toBe(
      'This member is required for a new task.',
    );
  });

  it('can be what was read: members of the server are ignored, the id may be repeated but not changed', async () => {
    const read = await server.ask('GET', TASKSPACE);
    expect(await code('PUT', TASKSPACE, { json: { ...read.json, description: 'd' } })).toBe('200');
    expect(await code('PATCH', TASKSPACE, { json: { ...read.json, description: 'e' } })).toBe('200');
    expect(await code('PUT', TASKSPACE, { json: { id: 'other' } })).toBe('422 invalid_body');
    await server.ask('PUT', `${TASKSPACE}/plan`, { json: { goal: 'g', tasks: [{ id: 't1', name: 'one' }] } });
    const plan = await server.ask('GET', `${TASKSPACE}/plan`);
    expect(await code('PUT', `${TASKSPACE}/plan`, { json: { ...plan.json, goal: 'h' } })).toBe('200');
    const task = await server.ask('GET', `${TASKSPACE}/plan/tasks/t1`);
    expect(await code('PATCH', `${TASKSPACE}/plan/tasks/t1`, { json: { ...task.json, goal: 'h' } })).toBe(
      '200',
    );
    expect(await code('PATCH', `${TASKSPACE}/plan/tasks/t1`, { json: { id: 't2' } })).toBe(
      '422 invalid_body',
    );
    const message = await server.ask('GET', `${MESSAGES}/1`);
    expect(await code('POST', MESSAGES, { json: message.json })).toBe('201');
  });

  it('of messages come alone or in batches of 1 to 500', async () => {
    const one = await server.ask('POST', MESSAGES, { json: { content: 'a', role: 'tool' } });
    expect(one.json).toMatchObject({ content: 'a', role: 'tool', conversation: 'default' });
    const two = await server.ask('POST', MESSAGES, {
      json: { messages: [{ content: 'b' }, { content: 'c' }] },
    });
    expect(two.json).toMatchObject({ items: [{ content: 'b' }, { content: 'c' }] });
    expect(await code('POST', MESSAGES, { json: { messages: [] } })).toBe('422 invalid_body');
    expect(await code('POST', MESSAGES, { json: { messages: Array(501).fill({}) } })).toBe(
      '422 invalid_body',
    );
    expect(await code('POST', MESSAGES, { json: { messages: [{}], content: 'x' } })).toBe('422 invalid_body');
  });
});
