/**
 * Many taskspaces: how soon a server is ready with them, and how much memory a worker takes that has read
 * them all.
 */
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { writeFolders } from './folders.js';
import { type Line, printLines } from './lines.js';
import { type ServerProcess, startTaskspace } from './processes.js';

const READY = { count: 10_000, barMs: 2_000 };
const READ = { count: 50_000, cacheMb: 64, barMb: 300 };
const SHAPE = { tasks: 10, messages: 5 };
const CONNECTIONS = 16;
const MIB = 1024 * 1024;

export async function benchScale(): Promise<Line[]> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-scale-'));
  try {
    // Whatever has to be built is built now.
    await (await startTaskspace({ DATA_DIR: dataDir })).stop();
    const emptyMs = await startMs(dataDir);
    const journal = writeFolders(dataDir, READY.count, SHAPE);
    const lines = [readiness(await startMs(dataDir), emptyMs)];
    writeFolders(dataDir, READ.count, SHAPE);
    lines.push(...(await memory(dataDir)));
    printLines(
      `${READ.count} taskspaces: ${SHAPE.tasks} tasks, ${SHAPE.messages} messages, ${journal} bytes of journal`,
      lines,
    );
    return lines;
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The median of three starts of two workers, until the first answer is there. */
async function startMs(dataDir: string): Promise<number> {
  const took: number[] = [];
  for (let start = 0; start < 3; start++) {
    const startedAt = performance.now();
    const server = await startTaskspace({ DATA_DIR: dataDir, WORKERS: '2' });
    await get(server.port, `/api/taskspaces/t${start}`, new http.Agent());
    took.push(performance.now() - startedAt);
    await server.stop();
  }
  return took.sort((a, b) => a - b)[1] ?? Number.NaN;
}

function readiness(ms: number, emptyMs: number): Line {
  return {
    name: `start with ${READY.count} taskspaces until the first answer, 2 workers`,
    ours: `${ms.toFixed(0)} ms`,
    floor: `${emptyMs.toFixed(0)} ms (with none)`,
    ratio: ms / emptyMs,
    claim: `< ${READY.barMs} ms`,
    failed: ms < READY.barMs ? 0 : 1,
  };
}

async function memory(dataDir: string): Promise<Line[]> {
  const server = await startTaskspace({ DATA_DIR: dataDir, CACHE_MAX_MB: String(READ.cacheMb) });
  const idle = server.rssBytes();
  let highest = 0;
  const startedAt = performance.now();
  const failed = await readAll(server, (rss) => {
    highest = Math.max(highest, rss);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const stats = JSON.parse((await get(server.port, '/api/cache/stats', new http.Agent())).body) as {
    tiers: { l1: { entries: number; bytes: number; evictions: { size: number } } };
  };
  await server.stop();
  const { entries, bytes, evictions } = stats.tiers.l1;
  return [
    {
      name: `RSS of the worker, highest, CACHE_MAX_MB=${READ.cacheMb}`,
      ours: `${(highest / MIB).toFixed(0)} MB`,
      floor: `${(idle / MIB).toFixed(0)} MB (after the start)`,
      ratio: highest / idle,
      claim: `< ${READ.barMb} MB`,
      failed: highest < READ.barMb * MIB ? 0 : 1,
    },
    {
      name: 'L1 as it counts itself',
      ours: `${(bytes / MIB).toFixed(1)} MB, ${entries} entries, ${evictions.size} evicted`,
      failed: 0,
    },
    {
      name: `${READ.count} × (taskspace, plan, summary), none of them in L1`,
      ours: `${((READ.count * 3) / seconds).toFixed(0)} requests/s`,
      failed,
    },
  ];
}

/** Every taskspace, its plan and its summary once; returns how many answers were not 200. */
async function readAll(server: ServerProcess, sample: (rss: number) => void): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let [next, failed] = [0, 0];
  const client = async (): Promise<void> => {
    while (next < READ.count) {
      const base = `/api/taskspaces/t${next++}`;
      for (const target of [base, `${base}/plan`, `${base}/summary`])
        if ((await get(server.port, target, agent)).status !== 200) failed++;
      if (next % 100 === 0) sample(server.rssBytes());
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return failed;
}

function get(port: number, target: string, agent: http.Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', path: target, agent }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    request.on('error', reject);
  });
}
