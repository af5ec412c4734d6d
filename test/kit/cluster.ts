/**
 * A real cluster in processes of its own, for tests that kill them: its workers known by number and pid.
 *
 * `prod` is scripts/prod.mjs as people start it. `fault` is test/fault/fault-program.ts: the same server with
 * file calls and a clock that a test can turn (see fault-control.ts).
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childrenOf, runs } from '../../scripts/process-table.js';
import { faultProgram } from './fault-build.js';
import { type Connection, connect } from './http-connection.js';
import { ServerProcess } from './server-process.js';

const PROD = fileURLToPath(new URL('../../scripts/prod.mjs', import.meta.url));
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

export class Cluster extends ServerProcess {
  port = 0;

  private constructor(
    program: string,
    readonly dataDir: string,
    readonly workers: number,
    env: Readonly<Record<string, string>>,
  ) {
    super(program, ['prod'], { LOG_LEVEL: 'error', DATA_DIR: dataDir, WORKERS: String(workers), ...env });
  }

  /** Resolves when all workers are ready. */
  static async start({ dataDir, workers = 4, program = 'prod', env = {} }: StartOptions): Promise<Cluster> {
    const file = program === 'fault' ? await faultProgram() : PROD;
    const cluster = new Cluster(file, dataDir, workers, env);
    try {
      cluster.port = Number(new URL(await cluster.ready()).port);
      return cluster;
    } catch (error) {
      await cluster.end();
      throw error;
    }
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
