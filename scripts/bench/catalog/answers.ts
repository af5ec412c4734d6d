/**
 * Each question over HTTP, one at a time, while another client asks the same worker for a hot taskspace again
 * and again: what that one waits for is how long the worker's loop was held. Beside a bare query of SQLite
 * over the same file, and node:http.
 */
import fs from 'node:fs';
import path from 'node:path';
import { chooseDriver } from '../../../src/catalog/choose-driver.js';
import type { Database } from '../../../src/catalog/database.js';
import { Client } from '../client.js';
import { type Line, micros, type Spread, shown, spreadOf, timed } from '../lines.js';
import { startFloor } from '../processes.js';
import { distinct, QUESTIONS, type Question } from './questions.js';

const LOOP_BAR_MS = 10;
const FLOOR_ROUNDS = { warmUp: 5, count: 100 };

export interface Asked {
  readonly port: number;
  readonly dataDir: string;
  readonly count: number;
  readonly owners: readonly string[];
  readonly hot: string;
}

export async function askAll(asked: Asked): Promise<Line[]> {
  const database = openCatalog(asked.dataDir);
  const lines: Line[] = [];
  const client = new Client(asked.port);
  const idle = await probed(asked, client, async () => {
    for (let n = 0; n < asked.count; n++) await client.ask('GET', '/health');
  });
  let held: number[] = [];
  for (const question of QUESTIONS) {
    const { line, beside } = await ask(asked, client, database, question);
    lines.push(line);
    held = held.concat(beside);
  }
  const whole = await wholeServer(asked, client);
  client.close();
  database.close();
  return [...lines, ...whole, loopLine(idle, held)];
}

async function ask(asked: Asked, client: Client, database: Database, question: Question) {
  const targets = distinct(question, asked.count, asked.owners);
  // The first few only warm up: threads, statements, the compiler.
  const warmUp = Math.min(10, Math.floor(targets.length / 5));
  const took: number[] = [];
  let [cached, failed, bytes] = [0, 0, 0];
  const beside = await probed(asked, client, async () => {
    for (const [n, target] of targets.entries()) {
      const startedAt = performance.now();
      const { status, headers, body } = await client.ask('GET', target);
      const us = (performance.now() - startedAt) * 1000;
      if (n < warmUp) continue;
      took.push(us);
      bytes += body.length;
      if (status !== 200) failed++;
      if (headers['x-cache'] !== 'store') cached++;
    }
  });
  const ours = spreadOf(took);
  const floor = await floorOf(database, question, bytes / took.length);
  const { p50Ms, p99Ms } = question.bar;
  const met = ours.p50 < p50Ms * 1000 && (p99Ms === undefined || ours.p99 < p99Ms * 1000);
  const line: Line = {
    name: `${question.name}, ${took.length} questions, ${(bytes / took.length / 1024).toFixed(1)} KB`,
    ours: shown(ours),
    floor: `${micros(floor)} (node:http + bare SQLite)`,
    ratio: ours.p50 / floor,
    cost: ours.p50 / floor,
    claim: `p50 < ${p50Ms} ms${p99Ms === undefined ? '' : `, p99 < ${p99Ms} ms`}: ${met ? 'met' : 'MISSED'}`,
    // An answer from a cache would be no measurement.
    failed: failed + cached,
  };
  return { line, beside };
}

/**
 * Dashboard and stats over everybody: one question each, so its cached answer is dropped before every round.
 */
async function wholeServer({ count }: Asked, client: Client): Promise<Line[]> {
  const lines: Line[] = [];
  for (const [name, kind, target] of [
    ['dashboard of all', 'dashboard', '/api/dashboard'],
    ['stats of all, 366 days', 'stats', '/api/stats?days=366'],
  ] as const) {
    const took: number[] = [];
    let failed = 0;
    for (let n = 0; n < Math.min(50, count); n++) {
      await client.ask('POST', '/api/cache/invalidate', { kind });
      const startedAt = performance.now();
      const { status, headers } = await client.ask('GET', target);
      took.push((performance.now() - startedAt) * 1000);
      if (status !== 200 || headers['x-cache'] !== 'store') failed++;
    }
    const ours = spreadOf(took);
    const claim = `< 20 ms: ${ours.p50 < 20_000 ? 'met' : 'MISSED'}`;
    lines.push({ name: `${name}, uncached`, ours: shown(ours), claim, failed });
  }
  return [...lines, await readiness(client, count)];
}

/** Asked every second by whoever watches a server: it must not grow with the number of taskspaces. */
async function readiness(client: Client, count: number): Promise<Line> {
  let failed = 0;
  const ours = await timed({ warmUp: 2, count: Math.min(50, count) }, async () => {
    if ((await client.ask('GET', '/ready')).status !== 200) failed++;
  });
  const health = await timed({ warmUp: 2, count: Math.min(50, count) }, () => client.ask('GET', '/health'));
  const claim = `< ${LOOP_BAR_MS} ms: ${ours.p50 < LOOP_BAR_MS * 1000 ? 'met' : 'MISSED'}`;
  const floor = `${shown(health)} (/health)`;
  return { name: 'GET /ready', ours: shown(ours), floor, ratio: ours.p50 / health.p50, claim, failed };
}

/** Latencies of a hot read, in µs, for as long as the work takes. Through the same worker as the client's. */
async function probed({ port, hot }: Asked, client: Client, work: () => Promise<void>): Promise<number[]> {
  const worker = await workerOf(client);
  const probe = await onWorker(port, worker);
  const took: number[] = [];
  let ended = false;
  const probing = (async () => {
    while (!ended) {
      const startedAt = performance.now();
      await probe.ask('GET', hot);
      took.push((performance.now() - startedAt) * 1000);
      await new Promise((resume) => setTimeout(resume, 1));
    }
  })();
  await work();
  ended = true;
  await probing;
  probe.close();
  return took;
}

async function onWorker(port: number, worker: string): Promise<Client> {
  for (;;) {
    const client = new Client(port);
    if ((await workerOf(client)) === worker) return client;
    client.close();
  }
}

async function workerOf(client: Client): Promise<string> {
  return String((await client.ask('GET', '/health')).headers['x-worker']);
}

function loopLine(idle: readonly number[], held: readonly number[]): Line {
  const [before, beside] = [spreadOf(idle), spreadOf(held)];
  const longest = held.reduce((most, us) => Math.max(most, us), 0);
  const met = longest < LOOP_BAR_MS * 1000;
  return {
    name: `a hot read on the same worker meanwhile, ${held.length} times, p50 / p99; longest ${micros(longest)}`,
    ours: shown(beside),
    floor: `${shown(before)} (beside /health)`,
    ratio: beside.p99 / before.p99,
    claim: `no loop held for more than ${LOOP_BAR_MS} ms: ${met ? 'met' : 'MISSED'}`,
    failed: 0,
  };
}

function openCatalog(dataDir: string): Database {
  const all = path.join(dataDir, 'catalog');
  const [format = ''] = fs.readdirSync(all).sort().reverse();
  return chooseDriver().open(path.join(all, format, 'catalog.db'), { readOnly: true, busyMs: 1000 });
}

/** The barest query that reads as much, and a server that sends as many bytes. */
async function floorOf(database: Database, { name }: Question, bytes: number): Promise<number> {
  const sql = BARE.find(([word]) => name.startsWith(word))?.[1] ?? BARE[0][1];
  const query: Spread = await timed(FLOOR_ROUNDS, () => database.all(sql));
  const size = Math.max(1, Math.round(bytes));
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(size)];
  const server = await startFloor('raw', { headers, body: Buffer.alloc(size, 'x').toString('base64') });
  const client = new Client(server.port);
  const raw = await timed(FLOOR_ROUNDS, () => client.must('GET', '/'));
  client.close();
  await server.stop();
  return query.p50 + raw.p50;
}

const BARE: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  [
    'list',
    "SELECT body FROM taskspaces JOIN bodies USING (n) WHERE status = 'active' ORDER BY updated_at DESC, id LIMIT 50",
  ],
  ['artifacts', 'SELECT body FROM artifacts WHERE outdated = 1 ORDER BY taskspace, path LIMIT 50'],
  [
    'search',
    "SELECT d.ref, d.title, substr(d.body, 1, 200) FROM texts_index JOIN docs d ON d.doc = texts_index.rowid WHERE texts_index MATCH 'invoice' ORDER BY texts_index.rowid DESC LIMIT 50",
  ],
  ['dashboard', "SELECT * FROM totals WHERE owner = ''"],
  ['stats', "SELECT * FROM days WHERE owner = '' ORDER BY day DESC LIMIT 180"],
];
