/** The real program: what the cluster promises about requests, seen from outside. */
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, ServerProcess, temporaryFolder } from './process.js';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const folder = temporaryFolder();
let server: ServerProcess | null = null;

afterEach(async () => {
  await server?.end();
  folder.remove();
});

/** An upload of which half is sent now and the rest when `finish` is called. */
function halfUpload(url: string): { begun: Promise<void>; finish: () => void; status: Promise<number> } {
  const call = request(url, { method: 'PUT', headers: { 'Content-Length': 8 } });
  const status = new Promise<number>((resolve, reject) => {
    call.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('error', reject);
  });
  status.catch(() => undefined);
  const begun = new Promise<void>((resolve) => call.write('half', () => resolve()));
  return { begun, finish: () => call.end('half'), status };
}

describe('the server', () => {
  it('shows a write through every worker, and finishes an upload in flight on SIGTERM', async () => {
    server = new ServerProcess(MAIN, 'prod', { DATA_DIR: folder.path, WORKERS: '3' });
    const { err } = server;
    const url = `${await server.ready()}/api/taskspaces/t`;
    const created = await fetch(url, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(created.status, err).toBe(201);

    const workers = new Set<string | null>();
    await eventually(async () => {
      const response = await fetch(url, { headers: { connection: 'close' } });
      expect(response.status).toBe(200);
      workers.add(response.headers.get('X-Worker'));
      expect([...workers].sort()).toEqual(['1', '2', '3']);
    });

    const upload = halfUpload(`${url}/artifacts/slow.txt`);
    await upload.begun;
    await fetch(url, { headers: { connection: 'close' } });
    server.kill('SIGTERM');
    await eventually(() => expect(fetch(url, { headers: { connection: 'close' } })).rejects.toThrow());
    upload.finish();
    expect(await upload.status).toBe(201);
    expect(await server.exit).toEqual({ code: 0, signal: null });

    server = new ServerProcess(MAIN, 'prod', { DATA_DIR: folder.path, WORKERS: '1' });
    const again = await fetch(`${await server.ready()}/api/taskspaces/t/artifacts/slow.txt`);
    expect(await again.text()).toBe('halfhalf');
    expect(server.out).toContain('(1 taskspace)');
  });
});
