/**
 * A server as a real process, for tests: started with its own data folder on a free port, watched, and never
 * left behind. Every wait has a deadline, after which the test fails with what the process has written so
 * far.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ECHO_PROGRAM = fileURLToPath(new URL('./echo-program.ts', import.meta.url));

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE_MS = 60_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServerProcess {
  out = '';
  err = '';
  readonly exit: Promise<Exit>;
  private readonly child: ChildProcess;

  /** @param program a TypeScript program. @param env on top of this process's. */
  constructor(program: string, role: string, env: Record<string, string>, args: readonly string[] = []) {
    this.child = spawn(process.execPath, ['--import', 'tsx', program, role, ...args], {
      cwd: ROOT,
      env: { ...process.env, HOST: '127.0.0.1', PORT: '0', LOG_FORMAT: 'text', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk) => {
      this.out += String(chunk);
    });
    this.child.stderr?.on('data', (chunk) => {
      this.err += String(chunk);
    });
    this.exit = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('The process was not started');
    return this.child.pid;
  }

  /** The URL of the ready line, once it is there. */
  async ready(): Promise<string> {
    const gone = this.exit.then(({ code, signal }) => {
      throw new Error(`Ended with ${signal ?? code} before it was ready: ${this.out}${this.err}`);
    });
    const ready = eventually(() => {
      const url = /ready: (http:\/\/\S+)/.exec(this.out)?.[1];
      if (url === undefined) throw new Error(`Not ready: ${this.out}${this.err}`);
      return url;
    });
    return Promise.race([ready, gone]);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it and everything below it, whatever state they are in. */
  async end(): Promise<void> {
    const below = childrenOf(this.pid);
    this.child.kill('SIGKILL');
    for (const pid of below) killQuietly(pid);
    await this.exit;
  }
}

/** Calls until it returns without throwing. @throws what it threw last, after the deadline. */
export async function eventually<T>(attempt: () => T | Promise<T>, deadlineMs = PATIENCE_MS): Promise<T> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'taskspace-cluster-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Process ids of the direct children (all threads' children count). */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Whether it runs: a zombie does not. */
export function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has left by itself.
  }
}
