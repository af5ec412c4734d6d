import { describe, expect, it } from 'vitest';
import { startServer } from './harness.js';

const server = await startServer();
await server.ask('POST', '/api/taskspaces', { json: { id: 'a' } });
// From then on the hot path knows it.
await server.ask('GET', '/api/taskspaces/a');

async function send(line: string, headers: readonly string[], body = ''): Promise<string> {
  const all = ['Host: localhost', 'Connection: close', ...headers];
  if (body !== '') all.push(`Content-Length: ${body.length}`);
  return server.raw(`${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body}`);
}

const JSON_TYPE = 'Content-Type: application/json';
const BASE = '/api/taskspaces/a';

describe('a header that must come once', () => {
  it.each([
    ['GET', BASE, ['X-Actor: a', 'X-Actor: b'], ''],
    ['GET', BASE, ['If-None-Match: "1"', 'if-none-match: "2"'], ''],
    ['POST', `${BASE}/messages`, [JSON_TYPE, 'X-Actor: a', 'x-actor: a'], '{"content":"m"}'],
    ['POST', `${BASE}/messages`, [JSON_TYPE, 'Idempotency-Key: k', 'Idempotency-Key: k'], '{"content":"m"}'],
    ['POST', `${BASE}/messages`, [JSON_TYPE, JSON_TYPE], '{"content":"m"}'],
    ['PATCH', BASE, [JSON_TYPE, 'If-Match: "1"', 'If-Match: "2"'], '{"name":"n"}'],
    ['PUT', `${BASE}/artifacts/x`, ['Content-Type: text/plain', 'Content-Type: text/html'], 'bytes'],
    ['PUT', `${BASE}/artifacts/x`, ['X-Message: a', 'X-Message: b'], 'bytes'],
    ['GET', `${BASE}/artifacts/x`, ['Range: bytes=0-1', 'Range: bytes=1-2'], ''],
  ])('%s %s with it twice is refused: %j', async (method, path, headers, body) => {
    const answer = await send(`${method} ${path}`, headers, body);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"invalid_header"');
    expect(answer).toContain('more than once');
  });

  it('may have commas in its value', async () => {
    expect(await send(`GET ${BASE}`, ['If-None-Match: "1", "2"'])).toMatch(/^HTTP\/1\.1 200 /);
    const answer = await send(`POST ${BASE}/messages`, [JSON_TYPE, 'X-Actor: Doe, J.'], '{"content":"m"}');
    expect(answer).toContain('"by":"Doe, J."');
  });
});

describe('a transfer coding that is not known', () => {
  it.each(['gzip, chunked', 'gzip', 'identity', 'chunked, gzip', 'x'])(
    'is said to be: %s',
    async (coding) => {
      const answer = await send(`POST ${BASE}/messages`, [JSON_TYPE, `Transfer-Encoding: ${coding}`, 'X: 1']);
      expect(answer).toMatch(/^HTTP\/1\.1 501 /);
      expect(answer).toContain('"code":"not_implemented"');
    },
  );

  it('is not chunked in capitals', async () => {
    const head = `POST ${BASE}/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${JSON_TYPE}\r\n`;
    const answer = await server.raw(
      `${head}Transfer-Encoding: Chunked\r\n\r\nf\r\n{"content":"m"}\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  });
});
