/**
 * A server as a real process: started on a free port, watched, and never left behind, whatever happens to the
 * process that has started it. Every wait has a deadline, after which it fails with what the process has
 * written so far.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childrenOf, signal } from '../../scripts/process-table.js';
import { eventually } from './eventually.js';

export const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** A cluster whose workers answer with who they are. */
export const ECHO_PROGRAM = fileURLToPath(new URL('../cluster/echo-program.ts', import.meta.url));

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Those that a test process which ends before its tests takes along. */
const running = new Set<ServerProcess>();
process.once('exit', () => {
  for (const server of running) server.killTree();
});

export class ServerProcess {
  out = '';
  err = '';
  readonly exit: Promise<Exit>;
  private readonly child: ChildProcess;

  /**
   * @param program in TypeScript or JavaScript. @param args such as its role. @param env on top of this
   * process's.
   */
  constructor(program: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const loader = program.endsWith('.ts') ? ['--import', 'tsx'] : [];
    this.child = spawn(process.execPath, [...loader, program, ...args], {
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
    running.add(this);
    this.exit = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('The process was not started');
    return this.child.pid;
  }

  /** The URL of its ready line, once it has written the `nth` one. */
  async ready(nth = 1): Promise<string> {
    const gone = this.exit.then(({ code, signal }) => {
      throw new Error(`Ended with ${signal ?? code} before it was ready: ${this.out}${this.err}`);
    });
    const ready = eventually(() => {
      const url = [...this.out.matchAll(/ ready: (http:\/\/\S+)/g)][nth - 1]?.[1];
      if (url === undefined) throw new Error(`Not ready: ${this.out}${this.err}`);
      return url;
    });
    return Promise.race([ready, gone]);
  }

  kill(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** SIGKILL to it and to all of its children. */
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
