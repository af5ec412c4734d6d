import { describe, expect, it } from 'vitest';
import { startServer } from './harness.js';

const WRITE = { body: '{}', headers: { 'Content-Type': 'application/json' } };

describe('a server that runs open on loopback', () => {
  it('answers for loopback names and named hosts only', async () => {
    const server = await startServer({
      env: { ALLOWED_HOSTS: 'box.example,other.example:8080,Dot.example.,dot2.example.:81' },
    });
    const allowed = [
      'localhost',
      'LOCALHOST:1',
      '127.0.0.1',
      '127.9.8.7:80',
      '[::1]',
      '[::1]:7770',
      'box.example',
      'Box.Example:99',
      'box.example.',
      'box.example.:99',
      'dot.example',
      'dot.example.:99',
      'dot2.example:81',
      'localhost.',
      'localhost.:7770',
      'a.localhost',
      'a.b.LOCALHOST.:80',
      'other.example:8080',
      'other.example.:8080',
    ];
    for (const Host of allowed) {
      expect([Host, (await server.ask('GET', '/health', { headers: { Host } })).status]).toEqual([Host, 200]);
    }
    for (const Host of [
      'evil.example',
      'localhost.evil.example',
      'localhost..',
      'evil.example.localhost.evil.example',
      'evillocalhost',
      '127.0.0.1.evil.example',
      '1270.0.0.1',
      '10.0.0.1',
      '[::2]',
      'other.example',
      'other.example.',
      'dot2.example.',
      'box.example..',
      '.box.example',
      '[::1].evil.com',
      '[::1]:7770.evil.com',
      '[::1]x',
      '[::1',
      'localhost:7801@evil.com',
      'localhost:abc',
      'localhost:80:90',
      'localhost:7770.evil.com',
      'me@localhost',
      'localhost/evil.com',
      'box.example:99@evil.com',
      'box.example:x',
    ]) {
      const answer = await server.ask('PUT', '/api/taskspaces/a', {
        ...WRITE,
        headers: { ...WRITE.headers, Host },
      });
      expect([Host, answer.status, answer.json.code]).toEqual([Host, 403, 'forbidden_origin']);
    }
  });

  it('believes no second Host, and of a whole URL its host', async () => {
    const server = await startServer();
    const own = `127.0.0.1:${server.port}`;
    const status = async (line: string, ...hosts: string[]) => {
      const head = [line, ...hosts.map((host) => `Host: ${host}`), 'Connection: close', '', ''];
      return (await server.raw(head.join('\r\n'))).slice(0, 12);
    };
    expect(await status('GET /ready HTTP/1.1', own, 'evil.example')).toBe('HTTP/1.1 400');
    expect(await status('GET /api/taskspaces/a HTTP/1.1', own, own)).toBe('HTTP/1.1 400');
    expect(await status('GET http://evil.example/ready HTTP/1.1', own)).toBe('HTTP/1.1 403');
    expect(await status(`GET http://${own}/ready HTTP/1.1`, own)).toBe('HTTP/1.1 200');
    expect(await status('CONNECT 127.0.0.1:1 HTTP/1.1', own)).toBe('HTTP/1.1 400');
  });

  it.each([{}, { BASE_PATH: '/tasks' }])('has no path for a whole URL of another scheme, %j', async (env) => {
    const server = await startServer({ env });
    await server.ask('PUT', '/api/taskspaces/ct', { json: {} });
    const status = async (method: string, target: string) => {
      const head = `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
      return (await server.raw(`${head}Content-Length: 1\r\n\r\nx`)).slice(9, 12);
    };
    for (const front of ['x://evil.example', 'ftp://localhost', 'x://', 'ws://a', 'httpx://a']) {
      for (const path of ['/api/taskspaces/ct', '/tasks/api/taskspaces/ct', '/health', '/']) {
        expect([front + path, await status('GET', front + path)]).toEqual([front + path, '404']);
      }
      const artifact = `${front}/api/taskspaces/ct/artifacts/p5`;
      expect([artifact, await status('PUT', artifact)]).toEqual([artifact, '404']);
    }
    expect((await server.ask('GET', '/api/taskspaces/ct/artifacts')).json.items).toEqual([]);
    expect(await status('PUT', 'http://localhost/api/taskspaces/ct/artifacts/p5')).toBe('201');
    expect((await server.ask('GET', '/api/taskspaces/ct/artifacts/p5')).text).toBe('x');
  });

  it('refuses pages of other origins, and takes its own', async () => {
    const server = await startServer();
    const own = `127.0.0.1:${server.port}`;
    for (const Origin of [
      'http://evil.example',
      `https://${own}`,
      'null',
      `http://${own}.evil.example`,
      'http://127.0.0.1:1',
      'http://localhost',
    ]) {
      const answer = await server.ask('PUT', '/api/taskspaces/a', {
        ...WRITE,
        headers: { ...WRITE.headers, Origin },
      });
      expect([Origin, answer.status, answer.json.code]).toEqual([Origin, 403, 'forbidden_origin']);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    const answer = await server.ask('PUT', '/api/taskspaces/a', {
      ...WRITE,
      headers: { ...WRITE.headers, Origin: `http://${own}` },
    });
    expect(answer.status).toBe(201);
  });

  it('lets pages of named origins in, with their preflight', async () => {
    const server = await startServer({ env: { CORS_ORIGINS: 'https://app.example' } });
    const headers = { Origin: 'https://app.example' };
    const answer = await server.ask('PUT', '/api/taskspaces/a', {
      ...WRITE,
      headers: { ...WRITE.headers, ...headers },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      vary: 'Origin',
    });
    expect(answer.headers['access-control-expose-headers']).toContain('ETag');
    const preflight = await server.ask('OPTIONS', '/api/taskspaces/a', {
      headers: {
        ...headers,
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'content-type,if-match',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-methods']).toContain('PUT');
    expect(preflight.headers['access-control-allow-headers']).toBe('content-type,if-match');
    expect(
      (await server.ask('GET', '/api/taskspaces/a', { headers: { Origin: 'https://evil.example' } })).status,
    ).toBe(403);
    expect((await server.ask('GET', '/api/taskspaces/a')).headers.vary).toBe('Origin');
  });

  it('needs a Host header', async () => {
    const server = await startServer();
    const without = await server.raw('GET /health HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(without).toMatch(/^HTTP\/1\.1 400 /);
    expect(without).toContain('"code":"invalid_header"');
  });
});

describe('a server that is bound elsewhere and open', () => {
  it('looks at Host and Origin all the same', async () => {
    const server = await startServer({
      env: { HOST: '0.0.0.0', AUTH: 'off', ALLOWED_HOSTS: 'tasks.internal' },
    });
    const status = async (Host: string, more: object = {}) =>
      (
        await server.ask('POST', '/api/taskspaces', {
          ...WRITE,
          headers: { ...WRITE.headers, Host, ...more },
        })
      ).status;
    expect(await status('evil.example')).toBe(403);
    expect(await status('tasks.internal', { Origin: 'http://evil.example' })).toBe(403);
    expect(await status('tasks.internal:7770')).toBe(201);
    expect(await status('tasks.internal', { Origin: 'http://tasks.internal' })).toBe(201);
    expect(await status('127.0.0.1:7770')).toBe(201);
  });
});

describe('a request in HTTP/1.0 without a Host', () => {
  it('is answered when it asks for health, and for nothing that a page could want', async () => {
    const server = await startServer();
    const status = async (line: string) => (await server.raw(`${line} HTTP/1.0\r\n\r\n`)).slice(9, 12);
    expect(await status('GET /health')).toBe('200');
    expect(await status('HEAD /health')).toBe('200');
    expect(await status('GET /ready')).toBe('200');
    expect(await status('OPTIONS /')).toBe('204');
    expect(await status('OPTIONS *')).toBe('204');
    expect(await status('GET *')).not.toBe('200');
    expect(await status('GET /api/taskspaces/a')).toBe('403');
    expect(await status('POST /health')).toBe('403');
  });
});
