/** Child processes of a benchmark: servers pinned to one core, load from another, CPU time from /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenOf, cpuSecondsOf, rssBytesOf } from '../process-table.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(HERE, '..', '..');
const SERVER_CORE = '0';
const LOAD_CORE = '1';

export interface ServerProcess {
  readonly port: number;
  /** CPU seconds, user and system, of the process that answers requests. */
  cpuSeconds(): number;
  /** Bytes of resident memory of the same process. */
  rssBytes(): number;
  /** CPU seconds of every process of the server, one by one: the first worker first, the steward last. */
  cpuSecondsOfAll(): number[];
  /** Bytes of resident memory in the same order. */
  rssBytesOfAll(): number[];
  stop(): Promise<void>;
  /** SIGKILL for every process of it at once. */
  kill(): Promise<void>;
}

export interface LoadResult {
  readonly count: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** One of floors.mjs, on one core unless `pin` is false. */
export async function startFloor(
  kind: string,
  options: object,
  { pin = true }: { pin?: boolean } = {},
): Promise<ServerProcess> {
  const child = pinned(pin ? SERVER_CORE : null, [path.join(HERE, 'floors.mjs'), kind], {}, options);
  const port = Number(await firstLine(child, /^(\d+)$/m));
  return running(child, port, () => [child.pid ?? 0]);
}

/**
 * Taskspace itself in production mode, with one worker unless `env` says otherwise. On one core, unless `pin`
 * is false: for what a server does with all of them.
 */
export async function startTaskspace(
  env: Record<string, string>,
  { pin = true }: { pin?: boolean } = {},
): Promise<ServerProcess & { dataDir: string }> {
  const dataDir = env.DATA_DIR ?? fs.mkdtempSync(path.join(os.tmpdir(), 'taskspace-bench-'));
  const settings = { PORT: '0', WORKERS: '1', LOG_LEVEL: 'warn', ...env, DATA_DIR: dataDir };
  const child = pinned(pin ? SERVER_CORE : null, [path.join(ROOT, 'scripts', 'prod.mjs')], settings);
  const port = Number(await firstLine(child, /http:\/\/127\.0\.0\.1:(\d+)/));
  const server = running(child, port, () => childrenOf(child.pid ?? 0));
  const stop = async (): Promise<void> => {
    await server.stop();
    if (env.DATA_DIR === undefined) fs.rmSync(dataDir, { recursive: true, force: true });
  };
  return { ...server, dataDir, stop };
}

export async function load(
  port: number,
  requests: readonly string[],
  options: { connections: number; seconds: number },
): Promise<LoadResult> {
  const plan = { port, ...options, requests: requests.map((text) => Buffer.from(text).toString('base64')) };
  const child = pinned(LOAD_CORE, [path.join(HERE, 'load.mjs')], {}, plan);
  return JSON.parse(await firstLine(child, /^(\{.*\})$/m)) as LoadResult;
}

/**
 * Whether processes are pinned to cores of their own; without `taskset` ratios are less steady, and the
 * report says so.
 */
export function canPin(): boolean {
  return os.availableParallelism() > 1 && fs.existsSync('/usr/bin/taskset');
}

/** The command line that runs a program on the core of the servers. */
export function onServerCore(command: readonly string[]): string[] {
  return onCore(SERVER_CORE, command);
}

function onCore(core: string, command: readonly string[]): string[] {
  return canPin() ? ['taskset', '-c', core, ...command] : [...command];
}

/** @param input what the program reads as JSON; a command line would not hold all of it. */
function pinned(
  core: string | null,
  args: string[],
  env: Record<string, string>,
  input?: object,
): ChildProcess {
  const program = [process.execPath, ...args];
  const [command, ...rest] = core === null ? program : onCore(core, program);
  const child = spawn(command as string, rest, {
    env: { ...process.env, ...env },
    stdio: [input ? 'pipe' : 'ignore', 'pipe', 'inherit'],
  });
  child.stdin?.end(JSON.stringify(input));
  return child;
}

function running(child: ChildProcess, port: number, pids: () => number[]): ServerProcess {
  const pid = (): number => pids()[0] ?? 0;
  return {
    port,
    cpuSeconds: () => cpuSecondsOf(pid()),
    cpuSecondsOfAll: () => pids().map(cpuSecondsOf),
    rssBytes: () => rssBytesOf(pid()),
    rssBytesOfAll: () => pids().map(rssBytesOf),
    kill: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        for (const one of [child.pid ?? 0, ...pids()]) process.kill(one, 'SIGKILL');
      }),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

function firstLine(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
      const match = pattern.exec(text);
      if (match?.[1]) resolve(match[1]);
    });
    child.once('exit', (code) =>
      reject(new Error(`a process ended with ${code} before it was ready: ${text}`)),
    );
  });
}
