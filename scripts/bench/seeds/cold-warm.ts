/**
 * Workload B, cold and warm: first reads after everything was dropped; a start; what refreshing in the
 * background costs.
 */
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { openCaller } from '../../../src/app/caller.js';
import type { RunningApp } from '../../../src/app/open-app.js';
import { Client } from '../client.js';
import { type ServerProcess, startFloor, startTaskspace } from '../processes.js';
import { type Sampling, sampled, statisticsOf } from '../sample.js';
import { rowOf, type SeedRow } from './row.js';
import { fill, openService, serverReady } from './scene.js';
import type { Begun, SeedLine } from './seed-line.js';

const CALLER = openCaller('bench');
const FIRST = 10;
const STARTS = { warmUp: 1, roundsMin: 5, roundsMax: 5, budgetMs: 0 };
/** src/app/open-app.ts: a round of warming begins a minute after the last. */
const REFRESH_MS = 60_000;
/** CPU time is counted in ticks of 10 ms: one round alone would not show. */
const REFRESHES = 20;
const REFRESH_BAR = 0.05;

export const COLD: readonly SeedLine[] = [
  {
    name: 'cold, first read of 10 projects',
    claim: 'met',
    targetMs: 50,
    sampling: { roundsMax: 30 },
    async begin({ ids, floors, dataDir }, way): Promise<Begun> {
      const first = ids.slice(0, FIRST);
      const journal = path.join(dataDir, 'taskspaces', 'p0', 'journal.jsonl');
      return {
        prepare: () => way.invalidate({ all: true }),
        async call() {
          for (const id of first) await way.read(id);
        },
        floor: await floors.of(way, floors.read(first.length, journal), 400, first.length),
      };
    },
  },
];

export async function startsAndRefreshes(size: number, limits: Partial<Sampling>): Promise<SeedRow[]> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-starts-'));
  try {
    await fill(dataDir, size);
    // What has to be built is built, and what is new here is known, before the clock runs.
    const first = await startTaskspace({ DATA_DIR: dataDir });
    await serverReady(first.port);
    await first.stop();
    return [
      await serverStarts(dataDir, size, { ...STARTS, ...limits }),
      await serviceStarts(dataDir, size, { ...STARTS, ...limits }),
      await refreshing(dataDir, size),
    ];
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * From `node` to the first answer, beside a node:http server that does nothing: each with all cores, as
 * servers are started.
 */
async function serverStarts(dataDir: string, size: number, sampling: Sampling): Promise<SeedRow> {
  const everywhere = { pin: false };
  const floor = await starting(sampling, () => startFloor('raw', { headers: [], body: '' }, everywhere));
  const statistics = await starting(sampling, () => startTaskspace({ DATA_DIR: dataDir }, everywhere));
  return rowOf({
    ...{ name: 'start with what is there, until the first answer', size, way: 'HTTP', statistics },
    floor: { name: 'a process with node:http', us: floor.median },
    ...{ claim: 'met', targetMs: 500 },
  });
}

async function starting(sampling: Sampling, start: () => Promise<ServerProcess>) {
  const running: ServerProcess[] = [];
  const statistics = await sampled(
    sampling,
    async () => {
      const server = await start();
      running.push(server);
      await firstAnswer(server.port);
    },
    () => running.pop()?.stop(),
  );
  await running.pop()?.stop();
  return statistics;
}

async function serviceStarts(dataDir: string, size: number, sampling: Sampling): Promise<SeedRow> {
  const running: RunningApp[] = [];
  const journal = path.join(dataDir, 'taskspaces', 'p0', 'journal.jsonl');
  const call = async () => {
    const started = await openService(dataDir);
    running.push(started);
    await started.service.taskspaces.get(CALLER, 'p0');
  };
  const statistics = await sampled(sampling, call, () => running.pop()?.close());
  await running.pop()?.close();
  const { median } = await sampled({ ...sampling, roundsMax: 50 }, () => fs.readFileSync(journal));
  return rowOf({
    ...{ name: 'start with what is there, until the first answer', size, way: 'in process', statistics },
    floor: { name: '1 × read', us: median },
    ...{ claim: '', targetMs: 500 },
  });
}

/**
 * CPU of all processes for one round of warming that loads everything anew, as a share of the minute between
 * two.
 */
async function refreshing(dataDir: string, size: number): Promise<SeedRow> {
  const server = await startTaskspace({ DATA_DIR: dataDir, ENABLE_BACKGROUND_WARMING: 'false' });
  await serverReady(server.port);
  const client = new Client(server.port);
  const cpu = (): number => server.cpuSecondsOfAll().reduce((sum, seconds) => sum + seconds, 0);
  const warm = () => client.must('POST', '/api/cache/warm', { all: true });
  await warm();
  const before = cpu();
  const took: number[] = [];
  for (let n = 0; n < REFRESHES; n++) {
    const startedAt = performance.now();
    await warm();
    took.push((performance.now() - startedAt) * 1000);
  }
  const share = (cpu() - before) / REFRESHES / (REFRESH_MS / 1000);
  client.close();
  await server.stop();
  const met = share < REFRESH_BAR;
  return {
    name: `background refresh of everything, ${size}, HTTP`,
    ours: `${(share * 100).toFixed(3)} %`,
    claim: `not measured; target < ${REFRESH_BAR * 100} % of a core: ${met ? 'met' : 'MISSED'}`,
    failed: met ? 0 : 1,
    statistics: statisticsOf(took),
  };
}

function firstAnswer(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', path: '/api/taskspaces/p0' }, (answer) => {
      answer.resume();
      answer.on('end', resolve);
    });
    request.on('error', reject);
  });
}
