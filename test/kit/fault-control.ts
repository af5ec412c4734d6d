/**
 * How a test turns the file calls of a running worker: a folder through which both talk (FAULT_DIR).
 *
 * `worker-<n>.json` is the plan that worker n follows, looked at before every call; it may change at any
 * time. `fired-<n>.log` has a line for each fault that struck, `calls-<n>.log` one for each call while they
 * are listed, `gate-<name>` opens a gate, and `synced-*.log` tells what a power cut would leave.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from './eventually.js';
import type { FileOp } from './files/around-files.js';
import { idsIn, journalFile } from './final-state.js';

export interface Fault {
  readonly op: FileOp | '*';
  readonly when: 'before' | 'after';
  /** The first call of this kind that is struck, from 1. */
  readonly nth?: number;
  /** How many are struck from then on; `Infinity` is written as null. */
  readonly times?: number | null;
  /** Only calls on files whose path contains this. */
  readonly path?: string;
  readonly act: Act;
}

export type Act =
  /** SIGKILL or SIGSTOP of the process by itself, so that nothing comes between the call and its end. */
  | { readonly kind: 'kill' | 'stop' }
  /** Waits at `gate-<name>`; only for calls that are asynchronous. */
  | { readonly kind: 'hold'; readonly gate: string }
  | { readonly kind: 'fail'; readonly errno: string }
  /** An append of so many bytes less. */
  | { readonly kind: 'short'; readonly missing: number };

/** What a worker does wrong from its first call on, so that a test can show that it would be found. */
export type Mutant =
  /** `stat` gives its first answer for ever: no check of what is cached. */
  | 'frozen-stat'
  /** `stat` and `fstat` do not tell one file from another that took its place. */
  | 'blind-stat'
  /** fdatasync answers and does nothing. */
  | 'idle-sync'
  /** An fdatasync that failed is asked for again, and then the kernel says that all is well. */
  | 'retried-sync'
  /** A torn tail is ended by a newline alone. */
  | 'bare-newline'
  /** Appends go where the writer believes the end to be. */
  | 'seeking-append'
  /** After an append, the file looks as if nobody else had written. */
  | 'unfolded-append';

export interface FaultPlan {
  readonly faults: readonly Fault[];
  readonly mutants: readonly Mutant[];
  /** Milliseconds that the worker's clock is ahead. */
  readonly clockAheadMs: number;
  readonly listCalls: boolean;
}

export const NO_FAULTS: FaultPlan = { faults: [], mutants: [], clockAheadMs: 0, listCalls: false };

export class FaultControl {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  get env(): Record<string, string> {
    return { FAULT_DIR: this.folder };
  }

  /** Gives a worker its plan, in place of the one it has. Counts begin anew. */
  plan(worker: number, plan: Partial<FaultPlan>): void {
    const file = join(this.folder, `worker-${worker}.json`);
    rmSync(join(this.folder, `fired-${worker}.log`), { force: true });
    writeFileSync(`${file}.new`, JSON.stringify({ ...NO_FAULTS, ...plan }));
    renameSync(`${file}.new`, file);
  }

  /** Strikes these faults on the worker's coming calls. */
  arm(worker: number, ...faults: Fault[]): void {
    this.plan(worker, { faults });
  }

  disarm(worker: number): void {
    this.plan(worker, {});
  }

  /** A line for each time that a fault of the present plan has struck: when, which call, on what. */
  strikes(worker: number): string[] {
    return linesOf(join(this.folder, `fired-${worker}.log`));
  }

  fired(worker: number): number {
    return this.strikes(worker).length;
  }

  /** Resolves when a fault has struck. */
  async struck(worker: number, times = 1): Promise<void> {
    await eventually(() => {
      if (this.fired(worker) < times) throw new Error(`No fault has struck worker ${worker}`);
    });
  }

  open(gate: string): void {
    writeFileSync(join(this.folder, `gate-${gate}`), '');
  }

  /** The calls that the worker made while its plan had `listCalls`. */
  calls(worker: number): string[] {
    return linesOf(join(this.folder, `calls-${worker}.log`));
  }

  /**
   * What a power cut leaves of the journals: the bytes that an fdatasync has covered, and `kept` of those
   * behind them. To be called when all processes are gone. Gives the number of bytes that were lost.
   */
  cutPower(dataDir: string, kept: (unsynced: number) => number = () => 0): number {
    const synced = new Map<string, number>();
    for (const name of readdirSync(this.folder).filter((file) => file.startsWith('synced-'))) {
      for (const line of linesOf(join(this.folder, name))) {
        const { path, ino, size } = JSON.parse(line) as { path: string; ino: number; size: number };
        const key = `${path} ${ino}`;
        synced.set(key, Math.max(size, synced.get(key) ?? 0));
      }
    }
    let lost = 0;
    for (const id of idsIn(dataDir)) {
      const file = journalFile(dataDir, id);
      if (!existsSync(file)) continue;
      const { ino, size } = statSync(file);
      const safe = synced.get(`${file} ${ino}`) ?? 0;
      const left = safe + kept(size - safe);
      lost += size - left;
      truncateSync(file, left);
      // A snapshot is written after the sync that it rests on, but not synced itself.
      rmSync(join(dirname(file), '.taskspace', 'snapshot.json'), { force: true });
    }
    return lost;
  }
}

/** Adds a line that another process reads: one write, so that a kill leaves it whole or not at all. */
export function addLine(file: string, line: string): void {
  appendFileSync(file, `${line}\n`);
}

function linesOf(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}
