import { beforeAll, describe, expect, it } from 'vitest';
import { pathFault } from '../../src/domain/artifact-path.js';
import { type Running, startServer } from './harness.js';

const BASE = '/api/taskspaces/demo/artifacts/';

describe('artifact paths on a raw socket', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', '/api/taskspaces/demo', { json: {} });
  });

  /** No client library in between that would tidy up the path. */
  async function put(path: string): Promise<string> {
    const head = Buffer.concat([Buffer.from(`PUT ${BASE}`), Buffer.from(path), Buffer.from(' HTTP/1.1\r\n')]);
    const rest = Buffer.from('Host: localhost\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx');
    const text = await server.raw(Buffer.concat([head, rest]));
    const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
    const code = /"code":"(\w+)"/.exec(text)?.[1];
    return code === undefined ? String(status) : `${status} ${code}`;
  }

  it.each([
    '..',
    '../x',
    'a/../b',
    'a/..',
    '.',
    './a',
    'a/./b',
    '%2e%2e%2fx',
    '%2e%2e/x',
    '.%2e/x',
    '..%2f..%2f..%2fetc%2fpasswd',
    '..%5cx',
    '..\\x',
    'a%5cb',
    '/etc/passwd',
    '%2fetc',
    'a//b',
    'a%2f%2fb',
    'a/',
    'a%2f',
    '%00',
    'a%00.txt',
    'a%0ab',
    'a%7fb',
    'a%c2%85b',
    '.git',
    '.git/config',
    'a/.GIT/config',
    'a/.g%69t',
    '.taskspace',
    '.taskspace/objects/x',
    '.t%61skspace/x',
    '%zz',
    '%',
    'a%f',
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    'a%CC%88',
    'a'.repeat(256),
    '%C3%A4'.repeat(128),
    `${'a/'.repeat(512)}a`,
  ])('%s is refused', async (path) => {
    expect(await put(path)).toBe('400 invalid_path');
  });

  it.each([
    ['__proto__', '__proto__'],
    ['constructor/x', 'constructor/x'],
    ['...', '...'],
    ['..a', '..a'],
    ['a%2Fb%2fc', 'a/b/c'],
    ['%252e%252e', '%2e%2e'],
    ['a%25zz', 'a%zz'],
    ['sp%20ace+plus', 'sp ace+plus'],
    ['.gitignore', '.gitignore'],
    ['x/.taskspace', 'x/.taskspace'],
    ['%C3%A4.txt', 'ä.txt'],
    ['q%3Fm%23.txt', 'q?m#.txt'],
    ["semi;colon,(~!$&'*@:=).txt", "semi;colon,(~!$&'*@:=).txt"],
  ])('%s names the artifact %s', async (sent, path) => {
    expect(await put(sent)).toBe('201');
    const { json } = await server.ask('GET', `${BASE}${encodeURIComponent(path)}?meta=true`);
    expect(json.path).toBe(path);
    expect((await server.ask('DELETE', `${BASE}${sent}`)).status).toBe(204);
  });

  it('must be percent-encoded, and the problem says so', async () => {
    expect(await put('raw-ü.txt')).toBe('400 invalid_header');
    const text = await server.raw('GET /ü HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(text).toContain('Percent-encode it as UTF-8');
  });

  it('are checked for reads, deletes, patches and revisions alike', async () => {
    for (const word of ['artifacts', 'revisions']) {
      const answer = await server.ask('GET', `/api/taskspaces/demo/${word}/a%2F..%2Fb`);
      expect([word, answer.status, answer.json.code]).toEqual([word, 400, 'invalid_path']);
    }
    for (const method of ['DELETE', 'PATCH']) {
      expect((await server.ask(method, `${BASE}.git/x`)).json.code).toBe('invalid_path');
    }
  });

  it('do not make ids of taskspaces, tasks or messages lenient', async () => {
    for (const path of ['..%2fx', '__proto__', 'A', 'a%00', '%zz', 'a.b', '-a', 'x'.repeat(65)]) {
      const answer = await server.ask('GET', `/api/taskspaces/${path}`);
      expect([path, answer.status, answer.json.code]).toEqual([path, 400, 'invalid_id']);
    }
    for (const path of [
      'plan/tasks/-x',
      'plan/tasks/a%2Fb',
      'plan/tasks/%zz',
      'messages/x',
      'messages/-1',
      'messages/1.5',
    ]) {
      const answer = await server.ask('GET', `/api/taskspaces/demo/${path}`);
      expect([path, answer.status, answer.json.code]).toEqual([path, 400, 'invalid_id']);
    }
  });
});

describe('the rule for artifact paths', () => {
  it('counts bytes, not characters', () => {
    expect(pathFault('ä'.repeat(127))).toBeUndefined();
    expect(pathFault('ä'.repeat(128))).toMatch(/255 bytes/);
    expect(pathFault(Array(4).fill('a'.repeat(255)).join('/'))).toBeUndefined();
    expect(pathFault(Array(5).fill('a'.repeat(255)).join('/'))).toMatch(/1024 bytes/);
  });
});
