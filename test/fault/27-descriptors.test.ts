/** Fault 27: descriptors are gone and free again; and a worker that lives without taking connections. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Cluster } from '../kit/cluster.js';
import { eventually } from '../kit/eventually.js';
import { inForm } from '../kit/form.js';
import { ownedFolder } from '../kit/owned-folder.js';
import { ECHO_PROGRAM, ServerProcess } from '../kit/server-process.js';

/** What FAULTS.md promises, and the four times of it that are asserted. */
const SERVED_AGAIN_MS = 2000;
const FREE = 3;

describe('a server whose processes run out of descriptors', () => {
  it('serves new connections within two seconds after some are free again, with the same workers', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'taskspace-27-'));
    const cluster = await Cluster.start({ dataDir, workers: 2, env: { LOG_LEVEL: 'warn' } });
    try {
      const before = cluster.workerProcesses();
      for (const { pid } of before) allow(pid, FREE);
      const idle = await connectAll(cluster.port, inForm(40, 400));
      // Each of them is either held by a worker or was closed: none waits for somebody who never comes.
      await eventually(async () => {
        if ((await answers(cluster.port, 1000)) === 200) throw new Error('descriptors are left');
      });
      for (const socket of idle) socket.destroy();
      const freed = performance.now();
      await eventually(async () => {
        for (let i = 0; i < 14; i++) {
          const status = await answers(cluster.port, 1000);
          if (status !== 200) throw new Error(`new connection ${i}: ${status}`);
        }
      });
      const tookMs = performance.now() - freed;
      console.log(`14 new connections were served ${Math.round(tookMs)} ms after descriptors were free`);
      expect(tookMs).toBeLessThan(4 * SERVED_AGAIN_MS);
      expect(cluster.workerProcesses()).toEqual(before);
    } finally {
      await cluster.end();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('gives to one worker what another one has no descriptor for', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'taskspace-27-'));
    const cluster = await Cluster.start({ dataDir, workers: 2 });
    try {
      const pid = cluster.pidOf(1);
      allow(pid, 0);
      for (let i = 0; i < 14; i++) expect(await answers(cluster.port, 4 * SERVED_AGAIN_MS)).toBe(200);
    } finally {
      await cluster.end();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it('serves new connections beside very many idle ones', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'taskspace-27-'));
    const cluster = await Cluster.start({ dataDir, workers: 2 });
    try {
      const idle = await connectAll(cluster.port, inForm(500, 10_000));
      for (let i = 0; i < 14; i++) expect(await answers(cluster.port, 4 * SERVED_AGAIN_MS)).toBe(200);
      for (const socket of idle) socket.destroy();
    } finally {
      await cluster.end();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

describe('a worker whose event loop turns and that takes no connections', () => {
  it('is replaced, and keeps nobody waiting meanwhile', async () => {
    const folder = ownedFolder();
    const server = new ServerProcess(ECHO_PROGRAM, ['prod'], { DATA_DIR: folder.path, WORKERS: '1' });
    try {
      const port = Number(new URL(await server.ready()).port);
      const first = (await ask(port, '/deaf', 10_000)).body;
      await eventually(async () => {
        const { body } = await ask(port, '/', 1000);
        if (body === '' || JSON.parse(body).pid === JSON.parse(first).pid) throw new Error('still deaf');
      });
      expect(server.err).toContain('takes no connections');
    } finally {
      await server.end();
      folder.remove();
    }
  });
});

/**
 * Leaves a running process this many free descriptors (prlimit(1)); the limit counts numbers, not open files.
 */
function allow(pid: number, free: number): void {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let left = free; left > 0 || open.has(limit); limit++) if (!open.has(limit)) left--;
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:${limit}`]);
}

function connectAll(port: number, count: number): Promise<Socket[]> {
  const one = () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        socket.on('error', () => undefined);
        resolve(socket);
      });
    });
  return Promise.all(Array.from({ length: count }, one));
}

/** The status of one request over a new connection; 0 when there is none within `ms`. */
async function answers(port: number, ms: number): Promise<number> {
  return (await ask(port, '/health', ms)).status;
}

function ask(port: number, path: string, ms: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const nothing = () => resolve({ status: 0, body: '' });
    const request = http.get({ port, host: '127.0.0.1', path, agent: false, timeout: ms }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', nothing);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', nothing);
  });
}
