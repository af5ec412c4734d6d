/**
 * The project in a folder of its own, so that its scripts can be run, its sources changed and its build
 * replaced without touching the tree that is being tested; and its programs as processes, none of which
 * outlives its test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, temporaryFolder } from '../cluster/process.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = [
  'src',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts',
];

export interface Run {
  readonly pid: number;
  readonly written: { out: string; err: string };
  readonly exit: Promise<number | null>;
  /** Its URL, once it says that it is ready for the `nth` time. */
  ready(nth?: number): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

export class ProjectCopy {
  private readonly folder = temporaryFolder();
  private readonly children: ChildProcess[] = [];

  constructor() {
    for (const name of COPIED) cpSync(join(ROOT, name), this.path(name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), this.path('node_modules'));
  }

  path(name: string): string {
    return join(this.folder.path, name);
  }

  /** Runs a script with one worker on a free port, its data in `data`, unless `env` says otherwise. */
  run(script: string, env: Record<string, string> = {}): Run {
    const child = spawn(process.execPath, [this.path(script)], {
      env: { ...process.env, DATA_DIR: this.path('data'), PORT: '0', WORKERS: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.push(child);
    const written = { out: '', err: '' };
    child.stdout.on('data', (chunk) => {
      written.out += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      written.err += String(chunk);
    });
    return {
      pid: child.pid ?? 0,
      written,
      exit: new Promise((resolve) => child.once('close', resolve)),
      ready: (nth = 1) =>
        eventually(() => {
          const url = [...written.out.matchAll(/ ready: (http:\/\/\S+)/g)][nth - 1]?.[1];
          if (url === undefined) throw new Error(`Not ready: ${written.out}${written.err}`);
          return url;
        }),
      kill: (signal) => child.kill(signal),
    };
  }

  remove(): void {
    for (const child of this.children) child.kill('SIGKILL');
    this.folder.remove();
  }
}
