/**
 * One worker process as the primary sees it: its state, and the time of its last heartbeat.
 *
 * Nothing here throws when the process is gone: sending to, draining or killing a dead worker does nothing.
 * It never forks and never decides on replacements.
 */
import type { Worker } from 'node:cluster';
import { type PrimaryMessage, type WorkerMessage, workerMessage } from './ipc-messages.js';

export type WorkerProcessState = 'starting' | 'ready' | 'draining' | 'gone';

export interface WorkerProcessEvents {
  readonly onReady: () => void;
  readonly onFatal: (exitCode: number, message: string) => void;
  /** This worker alone got a signal to end. */
  readonly onLeave: () => void;
  readonly onExit: () => void;
  /** A message for other processes than the primary. */
  readonly onIpcMessage: (channel: IpcMessage, from: WorkerProcess) => void;
}

export type IpcMessage = Extract<WorkerMessage, { type: 'bus' | 'ask' | 'answer' }>;

export class WorkerProcess {
  /** Resolves with true when it serves, with false when it exits before that. */
  readonly settled: Promise<boolean>;
  /** Resolves when the process has exited. */
  readonly exited: Promise<void>;
  /** How it ended, once it is gone: an exit code or the name of a signal. */
  end: number | string | null = null;
  readyAt: number | null = null;
  lastSignAt: number;
  private phase: WorkerProcessState = 'starting';

  /** @param now milliseconds of a monotonic clock. */
  constructor(
    /** Its slot: 1…N, 0 for the steward. */
    readonly place: number,
    readonly worker: Worker,
    private readonly now: () => number,
    private readonly events: WorkerProcessEvents,
  ) {
    this.lastSignAt = now();
    this.settled = new Promise((resolve) => {
      worker.on('message', (value: unknown) => {
        if (this.receive(value)) resolve(true);
      });
      worker.once('exit', () => resolve(false));
    });
    this.exited = new Promise((resolve) => {
      worker.once('exit', (code: number | null, signal: string | null) => {
        this.phase = 'gone';
        this.end = signal ?? code;
        resolve();
        events.onExit();
      });
    });
    // Without a listener, a failed send to a dying worker would end the primary. A process that could not
    // even be started has no pid and never exits: its end is reported here.
    worker.on('error', () => undefined);
    worker.process.on('error', () => {
      if (this.pid === undefined && this.phase !== 'gone') worker.emit('exit', null, 'not started');
    });
  }

  get pid(): number | undefined {
    return this.worker.process.pid;
  }

  get state(): WorkerProcessState {
    return this.phase;
  }

  /**
   * Asks it to finish and exit. One that is still starting may not receive the message; then
   * the signal ends it.
   */
  drain(): void {
    if (this.phase === 'gone' || this.phase === 'draining') return;
    if (this.phase === 'starting') this.worker.process.kill('SIGTERM');
    this.send({ type: 'drain' });
    this.phase = 'draining';
  }

  kill(): void {
    if (this.phase !== 'gone') this.worker.process.kill('SIGKILL');
  }

  /** A message to a process that is gone is lost. */
  send(message: PrimaryMessage): void {
    if (this.worker.isConnected()) this.worker.send(message, () => undefined);
  }

  /** @returns whether the message says that it serves now. */
  private receive(value: unknown): boolean {
    const message = workerMessage(value);
    if (message === null) return false;
    this.lastSignAt = this.now();
    if (message.type === 'bus' || message.type === 'ask' || message.type === 'answer')
      this.events.onIpcMessage(message, this);
    if (message.type === 'leave') this.events.onLeave();
    if (message.type === 'fatal') this.events.onFatal(message.exitCode, message.message);
    if (message.type !== 'ready' || this.phase !== 'starting') return false;
    this.phase = 'ready';
    this.readyAt = this.now();
    this.events.onReady();
    return true;
  }
}
