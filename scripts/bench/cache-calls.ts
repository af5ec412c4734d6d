/**
 * Workload A inside one process: each read without a cache, with L1 strict, and with L1 bounded, beside their
 * floors.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { openCaller } from '../../src/app/caller.js';
import type { RunningApp } from '../../src/app/open-app.js';
import type { UseCases } from '../../src/app/use-cases.js';
import { MemoryTier } from '../../src/cache/memory-tier.js';
import { hotAnswer } from './hot-answer.js';
import { type Line, micros, printLines, type Spread, shown, timed } from './lines.js';
import { openInProcess } from './open-app.js';
import { artifactOf, ID, MESSAGES, READS, TASKS } from './workload-a.js';

const ROUNDS = { warmUp: 200, count: 2_000 };
const WRITES = { warmUp: 5, count: 100 };
const CALLER = openCaller('bench');
const MIB = 1024 * 1024;
const MODES = {
  'no cache': { ENABLE_MEMORY_CACHE: 'false' },
  strict: { ENABLE_MEMORY_CACHE: 'true' },
  bounded: { ENABLE_MEMORY_CACHE: 'true', CONSISTENCY: 'bounded' },
} as const;

type Mode = keyof typeof MODES;

export async function benchCalls(): Promise<Line[]> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-bench-'));
  for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir, name));
  const running: Record<Mode, RunningApp> = {
    'no cache': await open(dataDir, 'no cache'),
    strict: await open(dataDir, 'strict'),
    bounded: await open(dataDir, 'bounded'),
  };
  try {
    await fill(running['no cache'].service);
    const lines = await floors(path.join(dataDir, 'taskspaces', ID));
    for (const { name, target, claim } of READS) {
      const spreads = {} as Record<Mode, Spread>;
      for (const mode of Object.keys(MODES) as Mode[])
        spreads[mode] = await timed(ROUNDS, () => readOf(running[mode].service, target));
      const without = spreads['no cache'];
      for (const mode of ['strict', 'bounded'] as const)
        lines.push({
          name: `${name}, ${mode}`,
          ours: shown(spreads[mode]),
          floor: `${shown(without)} no cache`,
          ratio: without.p50 / spreads[mode].p50,
          claim,
          failed: 0,
        });
    }
    lines.push(...(await spared(dataDir)), ...(await writes(running)));
    printLines('Workload A, calls in one process, p50 / p99; speed-up over no cache', lines);
    return lines;
  } finally {
    for (const { close } of Object.values(running)) await close();
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * What a hit in L2 spares: making the result from a state that is in L1. L2 pays where this takes longer than
 * its `get`.
 */
async function spared(dataDir: string): Promise<Line[]> {
  const { service, close } = await open(dataDir, 'strict', false);
  const summary = await timed(ROUNDS, () => service.taskspaces.summary(CALLER, ID));
  const whole = await timed({ warmUp: 20, count: 300 }, () => service.taskspaces.exportJson(CALLER, ID));
  await close();
  return [
    { name: 'summary made anew from the state in L1', ours: shown(summary), failed: 0 },
    { name: 'export as JSON made anew, state in L1', ours: shown(whole), failed: 0 },
  ];
}

function open(dataDir: string, mode: Mode, derived = true): Promise<RunningApp> {
  return openInProcess({ DATA_DIR: dataDir, WORKERS: '1', ...MODES[mode] }, ({ cache }) => ({
    tiers: { memory: derived && cache.memory ? new MemoryTier({ bytesMax: 32 * MIB }) : null, l2: null },
    housekeeping: false,
  }));
}

async function fill({ taskspaces, plan, messages, artifacts }: UseCases): Promise<void> {
  await taskspaces.create(CALLER, { id: ID, name: 'Workload A' }, null);
  await plan.put(CALLER, ID, { goal: 'Read fast', tasks: TASKS }, {});
  for (const message of MESSAGES) await messages.post(CALLER, ID, [message], false, null);
  for (let n = 0; n < 5; n++) await artifacts.put(CALLER, ID, `notes/${n}.md`, uploadOf(artifactOf(n)), {});
}

function uploadOf(bytes: Buffer) {
  return {
    stream: Readable.from([bytes]),
    length: bytes.length,
    contentType: 'text/markdown',
    metadata: {},
    message: '',
    sha256: null,
  };
}

/** What a worker does for it, HTTP aside: its ready bodies first. */
async function readOf(service: UseCases, target: string): Promise<unknown> {
  if (target === '')
    return (await hotAnswer(service, CALLER, ID, 'detail')) ?? service.taskspaces.get(CALLER, ID);
  if (target === '/plan')
    return (await hotAnswer(service, CALLER, ID, 'plan')) ?? service.plan.get(CALLER, ID);
  if (target === '/summary') return service.taskspaces.summary(CALLER, ID);
  if (target === '/artifacts')
    return service.artifacts.list(CALLER, ID, { prefix: '', deleted: false, limit: 50, cursor: null });
  if (target.startsWith('/messages')) return service.messages.list(CALLER, ID, CONVERSATION);
  const { open: bytes } = await service.artifacts.content(CALLER, ID, 'notes/4.md', null);
  return bytes().toArray();
}

const CONVERSATION = {
  conversation: 'default',
  from: null,
  to: null,
  role: null,
  after: null,
  before: null,
  order: 'asc',
  limit: 50,
  cursor: null,
} as const;

async function floors(folder: string): Promise<Line[]> {
  const journal = path.join(folder, 'journal.jsonl');
  const file = path.join(folder, 'plan.json');
  const stat = await timed(ROUNDS, () => fs.statSync(journal));
  const parse = await timed(ROUNDS, () => JSON.parse(fs.readFileSync(file, 'utf8')));
  const later = await timed(ROUNDS, async () => JSON.parse(await fs.promises.readFile(file, 'utf8')));
  return [
    { name: 'floor: stat', ours: shown(stat), failed: 0 },
    { name: 'floor: read + parse plan.json, at once', ours: shown(parse), failed: 0 },
    { name: 'floor: read + parse plan.json, not waiting', ours: shown(later), failed: 0 },
  ];
}

async function writes(running: Record<Mode, RunningApp>): Promise<Line[]> {
  const lines: Line[] = [];
  for (const [name, write] of Object.entries(WRITE)) {
    const without = await timed(WRITES, (round) => write(running['no cache'].service, round));
    const strict = await timed(WRITES, (round) => write(running.strict.service, round + 0.5));
    lines.push({
      name: `${name}, durable, strict`,
      ours: shown(strict),
      floor: `${micros(without.p50)} no cache`,
      ratio: without.p50 / strict.p50,
      claim: '1.0×',
      failed: 0,
    });
  }
  return lines;
}

const WRITE: Record<string, (service: UseCases, round: number) => Promise<unknown>> = {
  'store plan': ({ plan }, round) => plan.put(CALLER, ID, { goal: `Goal ${round}`, tasks: TASKS }, {}),
  'store artifact': ({ artifacts }, round) =>
    artifacts.put(CALLER, ID, 'notes/0.md', uploadOf(Buffer.from(`${round} ${artifactOf(0)}`)), {}),
};
