/**
 * A real cluster in processes of its own, for tests that kill them: started on a free port over a data
 * folder, its workers known by number and pid, and never left behind.
 *
 * `prod` is scripts/prod.mjs as people start it. `fault` is test/fault/fault-program.ts: the same server with
 * file calls and a clock that a test can turn (see fault-control.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childrenOf, eventually, runs } from '../cluster/process.js';
import { faultProgram } from './fault-build.js';
import { type Connection, connect } from './http-connection.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS_MAX = 60_000;
const CONNECTIONS_TRIED_MAX = 500;
/** A worker whose place is being filled answers nobody for a while. */
const CONNECTIONS_PAUSE_MS = 20;

export interface StartOptions {
  readonly dataDir: string;
  readonly workers?: number;
  readonly program?: 'prod' | 'fault';
  readonly env?: Readonly<Record<string, string>>;
}

export interface WorkerProcess {
  readonly worker: number;
  readonly pid: number;
}

/** Those that a test process which ends before its tests takes along. */
const running = new Set<Cluster>();
process.once('exit', () => {
  for (const cluster of running) cluster.killTree();
});

export class Cluster {
  out = '';
  err = '';
  port = 0;
  readonly exit: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    readonly dataDir: string,
    readonly workers: number,
  ) {
    child.stdout?.on('data', (chunk) => {
      this.out += String(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      this.err += String(chunk);
    });
    this.exit = new Promise((resolve) => {
      child.once('close', () => {
        running.delete(this);
        resolve();
      });
    });
  }

  /** Resolves when all workers are ready. */
  static async start({ dataDir, workers = 4, program = 'prod', env = {} }: StartOptions): Promise<Cluster> {
    const file = program === 'fault' ? await faultProgram() : join(ROOT, 'scripts', 'prod.mjs');
    const child = spawn(process.execPath, [file, 'prod'], {
      cwd: ROOT,
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: '0',
        LOG_LEVEL: 'error',
        DATA_DIR: dataDir,
        WORKERS: String(workers),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const cluster = new Cluster(child, dataDir, workers);
    running.add(cluster);
    try {
      cluster.port = await eventually(() => {
        if (child.exitCode !== null) return 0;
        const port = /ready: http:\/\/127\.0\.0\.1:(\d+)/.exec(cluster.out)?.[1];
        if (port === undefined) throw new Error(`Not ready: ${cluster.out}${cluster.err}`);
        return Number(port);
      }, READY_MS_MAX);
      if (cluster.port === 0) throw new Error(`The server has ended: ${cluster.out}${cluster.err}`);
      return cluster;
    } catch (error) {
      await cluster.end();
      throw error;
    }
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The workers that run now; a dead one is missing until its place is filled. */
  workerProcesses(): WorkerProcess[] {
    return childrenOf(this.pid).flatMap((pid) => {
      const worker = workerNumber(pid);
      return worker !== null && runs(pid) ? [{ worker, pid }] : [];
    });
  }

  pidOf(worker: number): number {
    const found = this.workerProcesses().find((process) => process.worker === worker);
    if (!found) throw new Error(`Worker ${worker} does not run`);
    return found.pid;
  }

  /** A keep-alive connection that ends at some worker. */
  connect(): Promise<Connection> {
    return connect(this.port);
  }

  /** One keep-alive connection to each worker, in the order of their numbers. */
  async pinned(): Promise<Connection[]> {
    const found = new Map<number, Connection>();
    for (let tried = 0; found.size < this.workers; tried++) {
      if (tried === CONNECTIONS_TRIED_MAX) throw new Error(`Only workers ${[...found.keys()]} answer`);
      const connection = await this.connect();
      const { worker } = await connection.ask('GET', '/health');
      if (tried > 4 * this.workers) await delay(CONNECTIONS_PAUSE_MS);
      if (worker === null || found.has(worker)) connection.close();
      else found.set(worker, connection);
    }
    return [...found].sort(([a], [b]) => a - b).map(([, connection]) => connection);
  }

  /** One more keep-alive connection to this worker, once it serves. */
  async pinnedTo(worker: number): Promise<Connection> {
    for (let tried = 0; tried < CONNECTIONS_TRIED_MAX; tried++) {
      const connection = await this.connect();
      if ((await connection.ask('GET', '/health')).worker === worker) return connection;
      connection.close();
      if (tried >= this.workers) await delay(CONNECTIONS_PAUSE_MS);
    }
    throw new Error(`Worker ${worker} does not answer: ${this.err}`);
  }

  /** SIGKILL to the primary and all workers. */
  killTree(): void {
    const below = childrenOf(this.pid);
    this.child.kill('SIGKILL');
    for (const pid of below) signal(pid, 'SIGKILL');
  }

  /** Ends everything at once, in whatever state it is. */
  async end(): Promise<void> {
    this.killTree();
    await this.exit;
  }
}

/** Sends a signal to a process that may have left. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether the process is stopped by a signal. */
export function isStopped(pid: number): boolean {
  return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

function workerNumber(pid: number): number | null {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const at = args.indexOf('worker');
    return at < 0 ? null : Number(args[at + 1]);
  } catch {
    return null;
  }
}
