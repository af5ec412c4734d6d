/**
 * So many projects in two data folders of their own: one for calls in this process, one for a server with a
 * writer beside.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningApp } from '../../../src/app/open-app.js';
import { MemoryTier } from '../../../src/cache/memory-tier.js';
import { writeFolders } from '../../demo/into.js';
import { Client } from '../client.js';
import { openInProcess } from '../open-app.js';
import { type ServerProcess, startTaskspace } from '../processes.js';
import { Floors } from './floors.js';
import { projectId, scenarioOf } from './projects.js';
import { httpWay, serviceWay, type Way } from './way.js';

const SEED = 1;
const MIB = 1024 * 1024;
const READY_MS = 60_000;
const WRITE_EVERY_MS = 5;

export interface Scene {
  /** How many projects. */
  readonly size: number;
  readonly ids: readonly string[];
  readonly ways: readonly Way[];
  readonly floors: Floors;
  readonly server: ServerProcess & { dataDir: string };
  /** Of the calls in this process. */
  readonly dataDir: string;
  /** Whoever wrote beside was refused so often. */
  refused(): number;
  close(): Promise<void>;
}

export async function openScene(size: number): Promise<Scene> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-seeds-'));
  const [inside, beside] = [path.join(scratch, 'inside'), path.join(scratch, 'beside')];
  for (const dataDir of [inside, beside]) await fill(dataDir, size);
  const running = await openService(inside);
  await ready(async () => (await running.service.readiness()).catalog?.state);
  const server = await startTaskspace({ DATA_DIR: beside, ENABLE_BACKGROUND_WARMING: 'false' });
  await serverReady(server.port);
  const writer = writeBeside(server.port);
  const floors = new Floors(inside);
  const ways = [serviceWay(running.service, running.close), httpWay(server.port, async () => undefined)];
  return {
    size,
    ids: Array.from({ length: size }, (_, n) => projectId(n)),
    ways,
    floors,
    server,
    dataDir: inside,
    refused: writer.refused,
    async close() {
      await writer.close();
      await floors.close();
      for (const way of ways) await way.close();
      await server.stop();
      fs.rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** What a server would have left behind. */
export async function fill(dataDir: string, size: number): Promise<void> {
  for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir, name), { recursive: true });
  const scenarios = Array.from({ length: size }, (_, n) => scenarioOf(n));
  await writeFolders(dataDir, SEED, scenarios, () => undefined);
}

export function openService(dataDir: string): Promise<RunningApp> {
  const env = { DATA_DIR: dataDir, WORKERS: '1', ENABLE_BACKGROUND_WARMING: 'false' };
  return openInProcess(env, () => ({
    tiers: { memory: new MemoryTier({ bytesMax: 32 * MIB }), l2: null },
  }));
}

/** Lists and search are whole. */
export async function serverReady(port: number): Promise<void> {
  const client = new Client(port);
  await ready(async () => {
    const { body } = await client.ask('GET', '/ready');
    return (JSON.parse(body.toString()) as { catalog?: { state: string } }).catalog?.state;
  });
  client.close();
}

async function ready(state: () => Promise<string | undefined>): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while ((await state()) !== 'ready') {
    if (performance.now() > deadline) throw new Error('the catalog did not become ready');
    await delay(10);
  }
}

/** A message to a taskspace that nobody reads, some 200 times a second. */
function writeBeside(port: number) {
  const client = new Client(port);
  let [ended, refused] = [false, 0];
  const running = (async () => {
    await client.must('PUT', '/api/taskspaces/beside', { owner: 'writer' });
    for (let n = 0; !ended; n++) {
      const { status } = await client.ask('POST', '/api/taskspaces/beside/messages', {
        content: `Note ${n}`,
      });
      if (status >= 300) refused++;
      await delay(WRITE_EVERY_MS);
    }
  })();
  return {
    refused: () => refused,
    async close() {
      ended = true;
      await running;
      client.close();
    },
  };
}
