/**
 * One worker slot, with the number that its answers carry in `X-Worker`: it always holds one
 * process, or one is coming.
 *
 * A process that dies is replaced after a growing delay; one that is to be replaced exits only once its
 * successor serves. The number stays, whichever process fills the slot. A slot never ends the server: it
 * reports, and the supervisor decides.
 */
import type { Worker } from 'node:cluster';
import type { Log } from '../platform/log.js';
import type { PrimaryMessage } from './ipc-messages.js';
import type { IpcRouter } from './ipc-router.js';
import { RestartBackoff } from './restart-backoff.js';
import { WorkerProcess } from './worker-process.js';

/**
 * Silence after which a process is regarded as hung; loading the program may take longer on a busy machine.
 */
const SILENT_MS = 10_000;
const SILENT_STARTING_MS = 30_000;
/**
 * How long a successor may take to be ready before the replacement is given up; shorter when
 * no process serves.
 */
const SUCCESSOR_MS = 60_000;
const SUCCESSOR_OF_HUNG_MS = 8000;

export interface WorkerSlotInput {
  readonly number: number;
  /** Starts a process for this slot. */
  readonly fork: (number: number) => Worker;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly log: Log;
  readonly router: IpcRouter;
  readonly onReady: () => void;
  readonly onFatal: (exitCode: number, message: string) => void;
  /** A process died that had never served. */
  readonly onFailedToStart: () => void;
  /** Whether a process takes no connections, although it sends heartbeats. */
  readonly isDeaf?: (process: Worker) => boolean;
  /** Silence after which a serving process is regarded as hung; absent: `SILENT_MS`. */
  readonly silentMs?: number;
  /**
   * A hung process is ended before its successor starts: no request waits for its answers, and it may hold
   * what the successor needs.
   */
  readonly endFirst?: boolean;
  /** A process has not ended in order: it may have left a write half done. */
  readonly onDeath?: () => void;
}

export class WorkerSlot {
  private readonly backoff = new RestartBackoff();
  private readonly processes = new Set<WorkerProcess>();
  private current: WorkerProcess | null = null;
  private successor: WorkerProcess | null = null;
  private timer: NodeJS.Timeout | null = null;
  private stopping = false;
  /** Whether all processes that ended since `stop` began ended in order. */
  private orderly = true;

  constructor(private readonly input: WorkerSlotInput) {}

  get ready(): boolean {
    return this.current?.state === 'ready';
  }

  start(): void {
    this.timer = null;
    if (!this.stopping) this.current = this.fork();
  }

  /**
   * Puts a new process into this slot; the old one exits once the new one is ready.
   * @param leave how the old one is ended.
   * @param successorMs how long the new one may take.
   * @returns false when no successor came to serve.
   */
  async replace(leave: (child: WorkerProcess) => void, successorMs = SUCCESSOR_MS): Promise<boolean> {
    if (this.stopping || this.successor !== null) return false;
    // There is no process to replace: the one that is coming is new already.
    if (this.current === null) return true;
    const next = this.fork();
    this.successor = next;
    const served = await within(next.settled, successorMs);
    this.successor = null;
    if (!served) {
      next.kill();
      if (this.current === null) this.fillAfter(null);
      return false;
    }
    const old: WorkerProcess | null = this.current;
    this.current = next;
    if (old !== null) {
      leave(old);
      await old.exited;
    }
    return true;
  }

  /**
   * Replaces a process that has been silent for too long or takes no connections; to be called
   * about every second.
   */
  watch(): void {
    for (const child of this.processes) {
      const silentMs = this.input.now() - child.lastSignAt;
      const silentMsMax =
        child.state === 'starting' ? SILENT_STARTING_MS : (this.input.silentMs ?? SILENT_MS);
      if (silentMs < silentMsMax && !this.input.isDeaf?.(child.worker)) continue;
      const serving = child === this.current && child.state === 'ready';
      if (serving && !this.stopping && !this.input.endFirst) this.replaceHung(child);
      else child.kill();
    }
  }

  /** After the primary itself was stopped or asleep, silence means nothing. */
  forgiveSilence(): void {
    for (const child of this.processes) child.lastSignAt = this.input.now();
  }

  /** A message to the serving process; lost when there is none. */
  send(message: PrimaryMessage): void {
    this.current?.send(message);
  }

  /**
   * All processes exit and none is started.
   * @returns when all are gone, whether each had finished its work.
   */
  async stop(): Promise<boolean> {
    this.stopping = true;
    this.orderly = true;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const child of this.processes) child.drain();
    await Promise.all([...this.processes].map((member) => member.exited));
    return this.orderly;
  }

  kill(): void {
    this.stopping = true;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const child of this.processes) child.kill();
  }

  /**
   * A hung process answers nothing, so the successor comes first and the kill after it: the
   * slot is never empty.
   */
  private replaceHung(child: WorkerProcess): void {
    if (this.successor !== null) return;
    this.input.log.error(
      { worker: this.input.number, workerPid: child.pid },
      'A worker is silent, or takes no connections, and will be replaced',
    );
    void this.replace((old) => old.kill(), SUCCESSOR_OF_HUNG_MS).then((served) => {
      if (!served) child.kill();
    });
  }

  private fork(): WorkerProcess {
    const { number, now, onReady, onFatal, router } = this.input;
    const child: WorkerProcess = new WorkerProcess(number, this.input.fork(number), now, {
      onReady,
      onFatal,
      onIpcMessage: (channel, from) => router.route(channel, from),
      onLeave: () => void this.replace((old) => old.drain()),
      onExit: () => {
        router.leave(child);
        this.left(child);
      },
    });
    router.enter(child);
    this.processes.add(child);
    return child;
  }

  private left(child: WorkerProcess): void {
    this.processes.delete(child);
    if (child.end !== 0) {
      this.orderly = false;
      this.input.onDeath?.();
    }
    if (this.stopping) return;
    if (child.readyAt === null) this.input.onFailedToStart();
    if (child !== this.current) return;
    this.current = null;
    // With a successor on its way, the slot is filled as soon as that one is ready.
    if (this.successor === null) this.fillAfter(child);
  }

  private fillAfter(dead: WorkerProcess | null): void {
    if (this.stopping) return;
    const readyMs = dead === null || dead.readyAt === null ? null : this.input.now() - dead.readyAt;
    const delayMs = this.backoff.delayAfter(readyMs);
    this.input.log.warn(
      { worker: this.input.number, workerPid: dead?.pid, end: dead?.end, delayMs },
      'A worker has died',
    );
    this.timer = setTimeout(() => this.start(), delayMs);
  }
}

/** What `promise` resolves with, or false after `ms`. */
async function within(promise: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
