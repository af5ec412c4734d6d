/** The real program: what the cluster promises about requests, seen from outside. */
import { Agent, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../kit/eventually.js';
import { ownedFolder } from '../kit/owned-folder.js';
import { MAIN, ServerProcess } from '../kit/server-process.js';

let folder: ReturnType<typeof ownedFolder>;
let server: ServerProcess | null = null;

beforeEach(() => {
  folder = ownedFolder();
});

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

/** Posts one message over a connection that is kept. @returns its seq. */
function post(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' };
    const call = request(`${url}/messages`, { method: 'POST', agent, headers }, async (response) => {
      try {
        let text = '';
        for await (const chunk of response) text += String(chunk);
        if (response.statusCode !== 201) throw new Error(`${response.statusCode}: ${text}`);
        resolve((JSON.parse(text) as { seq: number }).seq);
      } catch (error) {
        reject(error);
      }
    });
    call.on('error', reject);
    call.end('{"content":"x"}');
  });
}

describe('the server', () => {
  it('fails and loses no request of kept connections while all workers are replaced', async () => {
    server = new ServerProcess(MAIN, ['prod'], { DATA_DIR: folder.path, WORKERS: '2' });
    const running = server;
    const url = `${await running.ready()}/api/taskspaces/t`;
    await fetch(url, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{}' });
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const seqs: number[] = [];
    const rolled = () => running.err.includes('outcome=complete');
    running.kill('SIGHUP');
    const posters = [1, 2, 3, 4].map(async () => {
      while (!rolled()) seqs.push(await post(url, agent));
    });
    await Promise.all(posters);
    agent.destroy();
    seqs.sort((a, b) => a - b);
    expect(seqs.length).toBeGreaterThan(10);
    expect(seqs).toEqual(seqs.map((_, n) => n + 1));
  });

  it('shows a write through every worker, and finishes an upload in flight on SIGTERM', async () => {
    server = new ServerProcess(MAIN, ['prod'], { DATA_DIR: folder.path, WORKERS: '3' });
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

    server = new ServerProcess(MAIN, ['prod'], { DATA_DIR: folder.path, WORKERS: '1' });
    const again = await fetch(`${await server.ready()}/api/taskspaces/t/artifacts/slow.txt`);
    expect(await again.text()).toBe('halfhalf');
    expect(server.out).toContain('(1 folder)');
  });
});
