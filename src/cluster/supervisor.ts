/**
 * All workers of one primary: started together, watched, replaced one after the other, and ended together.
 *
 * The first start either succeeds whole or ends with one StartError; after that, a worker's failure concerns
 * its slot alone. While the server runs, every slot is filled or being filled. The supervisor never binds a
 * port and reads no file.
 */
import cluster, { type Worker } from 'node:cluster';
import type { Config } from '../config/config.js';
import { StartError } from '../config/start-error.js';
import type { Log } from '../platform/log.js';
import { ConnectionHandoff } from './connection-handoff.js';
import { HEARTBEAT_MS } from './ipc-messages.js';
import { IpcRouter } from './ipc-router.js';
import { WorkerSlot } from './worker-slot.js';

/** Workers that die before they serve, while none has served yet, after which the start is given up. */
const FAILED_STARTS_MAX = 5;
/** The steward's slot number. */
const STEWARD = 0;
/** Lists wait for the steward, so a hung one is replaced sooner than a worker. */
const STEWARD_SILENT_MS = 3000;
/** By then the steward has swept for commits that a dead worker left unpublished. */
const SWEPT_MS = 10_000;
/** Added to the time in which a worker drains, so that the worker exits before the primary ends it. */
const DRAIN_GRACE_MS = 2000;
/**
 * File calls and fdatasync run in libuv's pool; its four default threads would queue group
 * commits behind uploads.
 */
const WORKER_ENVIRONMENT = { UV_THREADPOOL_SIZE: '16', NODE_ENV: 'production' };

export interface SupervisedProgram {
  /** The program's file: called with `worker <number> <port>`, or `steward`. */
  readonly exec: string;
  readonly steward: boolean;
  /** Called before each process is started. */
  readonly beforeFork: () => void;
}

/**
 * V8 lets a heap grow to up to four times its live objects before it collects garbage there. A worker
 * whose L1 turns over would take three times `CACHE_MAX_MB`; collecting at one and a half costs a few per
 * cent of such a run's CPU.
 */
const HEAP_GROWTH = '--heap-growing-percent=50';

export class Supervisor {
  private readonly slots: WorkerSlot[] = [];
  private readonly handoffs: ConnectionHandoff;
  private readonly router = new IpcRouter();
  private readonly steward: WorkerSlot | null;
  private readonly watchdog: NodeJS.Timeout;
  private watchedAt = now();
  private diedAt = Number.NEGATIVE_INFINITY;
  /** A worker has died, and no steward has been notified. */
  private hasUnreportedDeath = false;
  private failedStarts = 0;
  private started = false;
  private stewarded = false;
  private rolling = false;
  private stopped: Promise<boolean> | null = null;

  constructor(
    private readonly config: Config,
    private readonly log: Log,
    private readonly program: SupervisedProgram,
  ) {
    cluster.schedulingPolicy = cluster.SCHED_RR;
    this.handoffs = new ConnectionHandoff(log, now);
    this.watchdog = setInterval(() => this.watch(), HEARTBEAT_MS);
    this.steward = program.steward ? this.stewardSlot() : null;
  }

  private stewardSlot(): WorkerSlot {
    return new WorkerSlot({
      number: STEWARD,
      now,
      log: this.log,
      router: this.router,
      fork: () => this.forkSteward(),
      silentMs: STEWARD_SILENT_MS,
      endFirst: true,
      onReady: () => this.reportDeath(),
      onFatal: (_exitCode, message) => this.log.error({ steward: true }, message),
      onFailedToStart: () => undefined,
    });
  }

  /**
   * Resolves when every worker has been ready at the same time. @throws StartError when that is impossible.
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      for (let number = 1; number <= this.config.workers; number++) {
        const slot = new WorkerSlot({
          number,
          now,
          log: this.log,
          router: this.router,
          fork: (place) => this.fork(place),
          isDeaf: (process) => this.handoffs.isDeaf(process),
          onReady: () => {
            // The steward has work from now on; earlier it would only delay the start of the workers.
            if (!this.stewarded) this.steward?.start();
            this.stewarded = true;
            if (!this.slots.every(({ ready }) => ready)) return;
            this.started = true;
            resolve();
          },
          onFatal: (exitCode, message) => {
            if (this.started) this.log.error({ worker: number }, message);
            reject(new StartError(message, exitCode));
          },
          onDeath: () => this.noteDeath(),
          onFailedToStart: () => {
            this.failedStarts += 1;
            if (this.failedStarts < FAILED_STARTS_MAX || this.slots.some(({ ready }) => ready)) return;
            reject(new StartError('The workers die before they serve. The reason is in the lines above.'));
          },
        });
        this.slots.push(slot);
      }
      for (const slot of this.slots) slot.start();
    });
  }

  /** Replaces every worker, one after the other; each new one serves before the old one exits. */
  async roll(): Promise<void> {
    if (this.rolling || this.stopped !== null) return;
    this.rolling = true;
    this.log.info({}, 'Rolling restart');
    const outcome = await this.replaceAll();
    this.rolling = false;
    if (this.stopped === null) this.log.info({ outcome }, 'Rolling restart ended');
  }

  /**
   * Drains all workers.
   * @returns whether the stop was clean: all exited in order, with every request finished and every
   *   commit published.
   */
  stop(): Promise<boolean> {
    this.stopped ??= this.drainAll();
    return this.stopped;
  }

  /** Ends all workers at once. */
  kill(): void {
    clearInterval(this.watchdog);
    for (const slot of this.places()) slot.kill();
  }

  private noteDeath(): void {
    this.diedAt = now();
    this.hasUnreportedDeath = true;
    this.reportDeath();
  }

  /** A steward that is still starting is notified when it serves. */
  private reportDeath(): void {
    if (!this.hasUnreportedDeath || !this.steward?.ready) return;
    this.steward.send({ type: 'death' });
    this.hasUnreportedDeath = false;
  }

  private places(): WorkerSlot[] {
    return this.steward ? [...this.slots, this.steward] : this.slots;
  }

  private fork(number: number): Worker {
    this.program.beforeFork();
    cluster.setupPrimary({
      exec: this.program.exec,
      args: ['worker', String(number), String(this.config.port)],
      execArgv: [...process.execArgv, HEAP_GROWTH],
    });
    const worker = cluster.fork(WORKER_ENVIRONMENT);
    this.handoffs.watch(worker);
    return worker;
  }

  private forkSteward(): Worker {
    this.program.beforeFork();
    cluster.setupPrimary({ exec: this.program.exec, args: ['steward'] });
    return cluster.fork(WORKER_ENVIRONMENT);
  }

  private async replaceAll(): Promise<'complete' | 'given up'> {
    for (const slot of this.places()) {
      if (!(await slot.replace((old) => old.drain()))) return 'given up';
    }
    return 'complete';
  }

  private async drainAll(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), this.config.shutdownSeconds * 1000 + DRAIN_GRACE_MS);
    });
    this.handoffs.stop();
    const swept = now() - this.diedAt > SWEPT_MS;
    const left = Promise.all(this.places().map((slot) => slot.stop())).then(
      (all) => swept && all.every(Boolean),
    );
    const drained = await Promise.race([left, late]);
    clearTimeout(timer);
    this.kill();
    await left;
    return drained;
  }

  /**
   * Checks not only that event loops run, but that connections arrive. When this timer was late, the machine
   * or the primary was asleep: then silence means nothing.
   */
  private watch(): void {
    const lateMs = now() - this.watchedAt - HEARTBEAT_MS;
    this.watchedAt = now();
    this.handoffs.check();
    for (const slot of this.places()) {
      if (lateMs > 2 * HEARTBEAT_MS) slot.forgiveSilence();
      else slot.watch();
    }
  }
}

function now(): number {
  return performance.now();
}
