/**
 * Workload C: the fixed trace against four workers with L2 in Redis, one request at a time, each through the
 * worker that the trace names. Four hit rates beside theirs and beside the bound; what a hit is faster by;
 * and whether any answer was old: after each answer that came from a cache a process of its own, which caches
 * nothing, makes the same one anew.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openCaller } from '../../src/app/caller.js';
import type { RunningApp } from '../../src/app/open-app.js';
import { writeFolders } from '../demo/into.js';
import type { Answer } from '../http-request.js';
import { Client } from './client.js';
import { type Line, micros, printLines, spreadOf } from './lines.js';
import { openInProcess } from './open-app.js';
import { startTaskspace } from './processes.js';
import { startRedis } from './redis.js';
import { serverReady } from './seeds/scene.js';
import { boundOf, type Counts, isWrite, noCounts, rateOf } from './trace/bound.js';
import {
  digestOf,
  makeTrace,
  OWNERS,
  PROJECTS,
  READ_KINDS,
  REQUESTS,
  type ReadKind,
  type Request,
  SEED,
  SHA256,
  WORKERS,
} from './trace/trace.js';
import { scenarioOf, targetOf, writeOf } from './trace/world.js';

const BAR = 0.95;
const CALLER = openCaller(null);

/** What others expected, and never measured. */
const EXPECTED: Readonly<Record<ReadKind, { rate: string; faster: string }>> = {
  detail: { rate: '80–90 %', faster: '50–80 %' },
  dashboard: { rate: '70–80 %', faster: '60–90 %' },
  list: { rate: '85–95 %', faster: '70–85 %' },
  search: { rate: '60–70 %', faster: '40–60 %' },
};

interface Outcome {
  readonly counts: Counts;
  readonly hitUs: Readonly<Record<ReadKind, number[]>>;
  readonly missUs: Readonly<Record<ReadKind, number[]>>;
  checked: number;
  stale: number;
  failed: number;
}

/** @param seconds fewer than 1 make it a short form, whose rates may not be compared. */
export async function benchTrace(seconds: number): Promise<Line[]> {
  const whole = seconds >= 1;
  const trace = makeTrace(whole ? REQUESTS : Math.max(100, Math.round(seconds * 10_000)));
  if (whole && digestOf(trace) !== SHA256)
    throw new Error(`the trace of seed "${SEED}" is no longer the one that its digest names`);
  const redis = await startRedis();
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-trace-'));
  for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir, name));
  await writeFolders(dataDir, 1, scenarios(), () => undefined);
  const l2 = redis ? { ENABLE_REDIS_CACHE: 'true', REDIS_URL: redis.url } : {};
  const server = await startTaskspace({ ...l2, DATA_DIR: dataDir, WORKERS: String(WORKERS) });
  await serverReady(server.port);
  const clients = await oneToEach(server.port);
  const truth = await openTruth(dataDir);
  try {
    const outcome = await run(trace, clients, truth);
    const lines = linesOf(outcome, boundOf(trace));
    const form = whole ? '' : ' (a short form: not to be compared)';
    printLines(
      `Workload C: ${trace.length} requests${form}, ${WORKERS} workers, ${redis ? 'L2 in Redis' : 'NO L2'}`,
      lines,
    );
    return lines;
  } finally {
    for (const client of clients) client.close();
    await truth.close();
    await server.stop();
    await redis?.stop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}

function* scenarios() {
  for (let project = 0; project < PROJECTS; project++) yield scenarioOf(project, project % OWNERS);
}

/** A connection to each worker, in the order of their numbers. */
async function oneToEach(port: number): Promise<Client[]> {
  const found = new Map<string, Client>();
  while (found.size < WORKERS) {
    const client = new Client(port);
    const worker = String((await client.ask('GET', '/health')).headers['x-worker']);
    if (found.has(worker)) client.close();
    else found.set(worker, client);
  }
  return [...found].sort(([a], [b]) => Number(a) - Number(b)).map(([, client]) => client);
}

/** Reads the same files, keeps nothing, and does no work for others. */
function openTruth(dataDir: string): Promise<RunningApp> {
  const env = { DATA_DIR: dataDir, ENABLE_MEMORY_CACHE: 'false', ENABLE_BACKGROUND_WARMING: 'false' };
  return openInProcess(env, () => ({ housekeeping: false }));
}

async function run(
  trace: readonly Request[],
  clients: readonly Client[],
  truth: RunningApp,
): Promise<Outcome> {
  const times = () =>
    Object.fromEntries(READ_KINDS.map((kind) => [kind, []])) as unknown as Record<ReadKind, number[]>;
  const outcome = { counts: noCounts(), hitUs: times(), missUs: times(), checked: 0, stale: 0, failed: 0 };
  for (const [n, request] of trace.entries()) {
    const { kind, worker } = request;
    const client = clients[worker];
    if (!client) throw new Error(`there is no worker ${worker}`);
    if (isWrite(kind)) {
      const { status } = await client.ask(...writeOf(request, n));
      if (status >= 300) outcome.failed++;
      continue;
    }
    const startedAt = performance.now();
    const reply = await client.ask('GET', targetOf(request));
    const us = (performance.now() - startedAt) * 1000;
    if (reply.status !== 200) outcome.failed++;
    const hit = reply.headers['x-cache'] !== 'store';
    outcome.counts[kind].reads++;
    if (hit) outcome.counts[kind].hits++;
    (hit ? outcome.hitUs : outcome.missUs)[kind].push(us);
    if (!hit) continue;
    outcome.checked++;
    if (!(await isTrue(request, reply, truth))) outcome.stale++;
  }
  return outcome;
}

/**
 * Nobody writes meanwhile, so the present answer is this very one; but for what a dashboard says of the whole
 * server, which may be as of its own last change.
 */
async function isTrue(request: Request, reply: Answer, { service }: RunningApp): Promise<boolean> {
  const now = await truthOf(request, service);
  if (request.kind === 'dashboard') return ownOf(now.body) === ownOf(reply.body);
  return now.etag === reply.headers.etag && now.body.equals(reply.body);
}

function ownOf(body: Buffer): string {
  const {
    position: _position,
    storage,
    ...own
  } = JSON.parse(body.toString()) as {
    position: string;
    storage: Record<string, number>;
  };
  return JSON.stringify({ ...own, storage: { ...storage, catalogBytes: 0 } });
}

function truthOf(request: Request, { taskspaces, overview }: RunningApp['service']) {
  const { kind } = request;
  const query = new URL(targetOf(request), 'http://x').searchParams;
  const owner = query.get('owner');
  const page = { limit: 50, cursor: null };
  if (kind === 'dashboard') return overview.dashboard(CALLER, owner);
  if (kind === 'search')
    return overview.search(CALLER, { ...page, q: query.get('q') ?? '', types: [], owner, taskspace: null });
  if (kind !== 'list') return taskspaces.get(CALLER, targetOf(request).slice('/api/taskspaces/'.length));
  const sort = query.get('sort') === 'name' ? 'name' : 'updatedAt';
  return taskspaces.list(CALLER, {
    ...{ ...page, owner, q: null, withSummary: false, sort, order: sort === 'name' ? 'asc' : 'desc' },
    statuses: query.get('status') === null ? [] : ['active'],
    tags: query.get('tag') === null ? [] : ['even'],
  });
}

function linesOf({ counts, hitUs, missUs, checked, stale, failed }: Outcome, bound: Counts): Line[] {
  const rates = READ_KINDS.map((kind): Line => {
    const [ours, best] = [rateOf(counts[kind]), rateOf(bound[kind])];
    const met = ours >= BAR * best;
    return {
      name: `hit rate, ${kind}, ${counts[kind].reads} reads`,
      ours: percent(ours),
      floor: `${percent(best)} (bound)`,
      ratio: ours / best,
      // Misses and not hits: what grows when it gets worse.
      cost: (1 - ours) / (1 - best),
      claim: `${EXPECTED[kind].rate}; ours / bound ≥ ${BAR}: ${met ? 'met' : 'MISSED'}`,
      failed: 0,
    };
  });
  const speeds = READ_KINDS.map((kind): Line => {
    const [hit, miss] = [spreadOf(hitUs[kind]), spreadOf(missUs[kind])];
    return {
      name: `answer from a cache, ${kind}, HTTP, p50 / p99`,
      ours: `${micros(hit.p50)} / ${micros(hit.p99)}`,
      floor: `${micros(miss.p50)} / ${micros(miss.p99)} (not from a cache)`,
      ratio: hit.p50 / miss.p50,
      claim: `faster by ${percent(1 - hit.p50 / miss.p50)}; theirs ${EXPECTED[kind].faster}`,
      failed: 0,
    };
  });
  const truth: Line = {
    name: 'answers from a cache that were not the present state',
    ours: String(stale),
    floor: `${checked} checked`,
    claim: '0',
    failed: stale + failed,
  };
  return [...rates, ...speeds, truth];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
