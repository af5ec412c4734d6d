/**
 * The longest turn of the event loops of one worker and the steward while it is sent the worst of each
 * endpoint: nobody else is served meanwhile. With `--before <folder>`, of another checkout in its place
 * beside it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GROUNDWORK, type WorstRequest, worstRequests } from './bodies/worst-bodies.js';
import { type Line, printLines } from './lines.js';
import type { Rounds } from './measure.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(HERE, '..', '..');
const TURN_MS_MAX = 50;
const LOOK_MS = 5;
/** What goes on behind an answer: plain files, texts of the catalog. */
const AFTER_MS = 300;

interface Turn {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly told: number;
}

interface Measured {
  readonly request: Pick<WorstRequest, 'endpoint' | 'what'>;
  readonly status: number;
  readonly tookMs: number;
  readonly turn: Turn;
}

export async function benchBodies({ before, only }: Rounds): Promise<Line[]> {
  const old = before === undefined ? null : await measured(before, only);
  const ours = await measured(ROOT, only);
  const lines = ours.map((one, i) => lineOf(one, old?.[i]));
  printLines(`worst bodies: longest turn of the loop in CPU ms; bar ${TURN_MS_MAX}`, lines);
  return lines;
}

function lineOf({ request, status, turn }: Measured, old: Measured | undefined): Line {
  return {
    name: `${request.endpoint}  ${request.what}`,
    ours: `${turn.cpuMs.toFixed(0)} ms (${status})`,
    ...(old === undefined ? {} : { floor: `${old.turn.cpuMs.toFixed(0)} ms (${old.status})` }),
    claim: turn.cpuMs <= TURN_MS_MAX ? 'met' : 'MISSED',
    // Shown, and not a failure of the run: the figure is of this machine.
    failed: status === 0 ? 1 : 0,
  };
}

async function measured(root: string, only: string | undefined): Promise<Measured[]> {
  const server = await start(root);
  try {
    for (const request of GROUNDWORK) await server.ask(request);
    const results: Measured[] = [];
    const total = count(chosen(only));
    for (const request of chosen(only)) {
      await server.longest();
      const begun = performance.now();
      const status = await server.ask(request);
      const tookMs = performance.now() - begun;
      await new Promise((resume) => setTimeout(resume, AFTER_MS));
      const { endpoint, what } = request;
      const turn = await server.longest();
      results.push({ request: { endpoint, what }, status, tookMs, turn });
      console.log(
        `${results.length}/${total} ${endpoint} ${what}: ${status} in ${tookMs.toFixed(0)} ms, longest turn ${turn.cpuMs.toFixed(0)} ms of CPU, ${turn.wallMs.toFixed(0)} ms in all`,
      );
    }
    return results;
  } finally {
    await server.stop();
  }
}

function* chosen(only: string | undefined): Generator<WorstRequest> {
  for (const request of worstRequests())
    if (only === undefined || `${request.endpoint} ${request.what}`.includes(only)) yield request;
}

function count(items: Iterable<unknown>): number {
  let total = 0;
  for (const _ of items) total++;
  return total;
}

async function start(root: string) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-turns-'));
  const meter = `--import=file://${path.join(HERE, 'turn-meter.mjs')}`;
  const child = spawn(process.execPath, [path.join(root, 'scripts', 'prod.mjs')], {
    cwd: root,
    env: {
      ...process.env,
      ...{ PORT: '0', WORKERS: '1', LOG_LEVEL: 'error', DATA_DIR: path.join(folder, 'data') },
      ...{ NODE_OPTIONS: meter, TURN_METER: folder },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await portOf(child);
  return {
    ask: (request: WorstRequest) => ask(port, request),
    longest: async () => {
      const turns = await Promise.all(childrenOf(child.pid ?? 0).map((pid) => longestOf(folder, pid)));
      return turns.reduce((a, b) => (b.cpuMs > a.cpuMs ? b : a));
    },
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exited;
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The longest turn since the last call. */
async function longestOf(folder: string, pid: number): Promise<Turn> {
  const file = path.join(folder, `${pid}.json`);
  const before = read(file)?.told ?? 0;
  process.kill(pid, 'SIGUSR2');
  for (;;) {
    const turn = read(file);
    if (turn !== null && turn.told > before) return turn;
    await new Promise((resume) => setTimeout(resume, LOOK_MS));
  }
}

function read(file: string): Turn | null {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Turn) : null;
}

/** 0: the connection broke. */
function ask(port: number, { method, path: target, headers, body }: WorstRequest): Promise<number> {
  return new Promise((resolve) => {
    const length = body === undefined ? {} : { 'Content-Length': body.length };
    const req = http.request({
      port,
      host: '127.0.0.1',
      method,
      path: target,
      headers: { 'Content-Type': 'application/json', ...headers, ...length },
      agent: false,
    });
    req.on('response', (res) => {
      res.resume();
      res.on('close', () => resolve(res.statusCode ?? 0));
    });
    req.on('error', () => resolve(0));
    req.end(body);
  });
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}

function childrenOf(pid: number): number[] {
  const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
