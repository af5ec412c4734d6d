/**
 * Pages of a log of 1,000,000 messages, at its start, middle and end, with filters that let hardly anything
 * pass, each beside the first page of a log of 1,000 that is read in turn with it; and what such a log costs
 * in memory and to load.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openCaller } from '../../src/app/caller.js';
import type { MessageQuery } from '../../src/app/messages/message-pages.js';
import type { UseCases } from '../../src/app/use-cases.js';
import { FileStore } from '../../src/store/files/store.js';
import { type Line, printLines, shown, spreadOf } from './lines.js';
import { RARE, writeLog } from './long-log.js';
import { openInProcess } from './open-app.js';

const LONG = 1_000_000;
const SHORT = 1_000;
const ROUNDS = { warmUp: 100, count: 500 };
const CALLER = openCaller('bench');
const MIB = 1024 * 1024;
const FIRST_PAGE: MessageQuery = {
  conversation: null,
  from: null,
  to: null,
  role: null,
  after: 0,
  before: null,
  order: 'asc',
  limit: 50,
  cursor: null,
};

interface Case {
  readonly name: string;
  /** Of round n; differs from round to round, so that no place is read twice in a row. */
  query(round: number): Partial<MessageQuery>;
  /** How many messages the page has. */
  readonly found: number;
  /** Bar for the ratio of medians. */
  readonly bar: number;
}

const near = (share: number, round: number): number => Math.floor(LONG * share) + ((round * 7919) % 10_000);

const CASES: readonly Case[] = [
  { name: 'at the start', query: (round) => ({ after: (round * 7919) % 10_000 }), found: 50, bar: 3 },
  { name: 'in the middle', query: (round) => ({ after: near(0.5, round) }), found: 50, bar: 3 },
  { name: 'near the end', query: (round) => ({ after: near(0.98, round) }), found: 50, bar: 3 },
  { name: 'the last ones, desc', query: () => ({ order: 'desc' }), found: 50, bar: 3 },
  { name: 'in the middle, desc', query: (n) => ({ order: 'desc', before: near(0.5, n) }), found: 50, bar: 3 },
  { name: 'conversation with 3', query: () => ({ conversation: RARE.conversation }), found: 3, bar: 10 },
  { name: 'from one who wrote 3', query: () => ({ from: RARE.from }), found: 3, bar: 10 },
  { name: 'to one who got 3, desc', query: () => ({ to: RARE.to, order: 'desc' }), found: 3, bar: 10 },
  { name: 'role of 3', query: () => ({ role: RARE.role }), found: 3, bar: 10 },
  { name: 'from nobody', query: () => ({ from: 'nobody' }), found: 0, bar: 3 },
];

export async function benchMessages(): Promise<Line[]> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-messages-'));
  for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir, name));
  try {
    writeLog(dataDir, 'short', SHORT);
    const bytes = writeLog(dataDir, 'long', LONG);
    const lines = [...(await loads(dataDir)), ...(await pages(dataDir))];
    printLines(
      `A log of ${LONG} messages, ${(bytes / MIB).toFixed(0)} MB of journal, beside the first page of one of ${SHORT}; p50 / p99`,
      lines,
    );
    return lines;
  } finally {
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The cold fold without a snapshot and with one, and the memory that the state is counted as. */
async function loads(dataDir: string): Promise<Line[]> {
  const first = await load(dataDir, true);
  const second = await load(dataDir, false);
  return [
    {
      name: 'load from its snapshot',
      ours: `${second.ms.toFixed(0)} ms`,
      floor: `${first.ms.toFixed(0)} ms (whole fold)`,
      ratio: second.ms / first.ms,
      failed: 0,
    },
    { name: 'memory, as L1 counts it', ours: `${(second.weight / MIB).toFixed(1)} MB`, failed: 0 },
  ];
}

const LOG = { warn: () => undefined };

async function load(dataDir: string, snapshot: boolean): Promise<{ ms: number; weight: number }> {
  const store = new FileStore({ dataDir, log: LOG });
  store.begin();
  const folder = store.open('long');
  const startedAt = performance.now();
  await folder.catchUp();
  const ms = performance.now() - startedAt;
  if (snapshot) await folder.writeSnapshotWhenDue();
  const { weight } = folder;
  folder.close();
  store.close();
  return { ms, weight };
}

async function pages(dataDir: string): Promise<Line[]> {
  const env = { DATA_DIR: dataDir, WORKERS: '1' };
  const { service, close } = await openInProcess(env, () => ({ housekeeping: false }));
  try {
    const lines: Line[] = [];
    for (const each of CASES) lines.push(await compared(service, each));
    return lines;
  } finally {
    await close();
  }
}

/** In turn, so that whatever else the machine does meets both alike. */
async function compared(service: UseCases, { name, query, found, bar }: Case): Promise<Line> {
  const long: number[] = [];
  const short: number[] = [];
  let failed = 0;
  for (let round = -ROUNDS.warmUp; round < ROUNDS.count; round++) {
    const floor = await page(service, 'short', FIRST_PAGE);
    const ours = await page(service, 'long', { ...FIRST_PAGE, ...query(Math.abs(round)) });
    if (floor.items !== FIRST_PAGE.limit || ours.items !== found) failed++;
    if (round < 0) continue;
    short.push(floor.us);
    long.push(ours.us);
  }
  const ratio = spreadOf(long).p50 / spreadOf(short).p50;
  return {
    name,
    ours: shown(spreadOf(long)),
    floor: shown(spreadOf(short)),
    ratio,
    claim: `< ${bar}×`,
    failed: failed + (ratio < bar ? 0 : 1),
  };
}

async function page(
  service: UseCases,
  id: string,
  query: MessageQuery,
): Promise<{ us: number; items: number }> {
  const startedAt = performance.now();
  const { body } = await service.messages.list(CALLER, id, query);
  const us = (performance.now() - startedAt) * 1000;
  return { us, items: (JSON.parse(body.toString()) as { items: unknown[] }).items.length };
}
