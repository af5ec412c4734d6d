/**
 * The project in a folder of its own, so that its scripts can be run, its sources changed and its build
 * replaced without touching the tree that is being tested; and its programs as processes, none of which
 * outlives its test.
 */
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownedFolder } from '../kit/owned-folder.js';
import { ServerProcess } from '../kit/server-process.js';

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
  readonly written: { readonly out: string; readonly err: string };
  readonly exit: Promise<number | null>;
  /** Its URL, once it says that it is ready for the `nth` time. */
  ready(nth?: number): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

export class ProjectCopy {
  private readonly folder = ownedFolder();
  private readonly servers: ServerProcess[] = [];

  constructor() {
    for (const name of COPIED) cpSync(join(ROOT, name), this.path(name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), this.path('node_modules'));
  }

  path(name: string): string {
    return join(this.folder.path, name);
  }

  /** Runs a script with one worker on a free port, its data in `data`, unless `env` says otherwise. */
  run(script: string, env: Record<string, string> = {}): Run {
    const server = new ServerProcess(this.path(script), [], {
      ...{ DATA_DIR: this.path('data'), WORKERS: '1' },
      ...env,
    });
    this.servers.push(server);
    return {
      pid: server.pid,
      written: server,
      exit: server.exit.then(({ code }) => code),
      ready: (nth) => server.ready(nth),
      kill: (signal) => server.kill(signal),
    };
  }

  remove(): void {
    for (const server of this.servers) server.killTree();
    this.folder.remove();
  }
}
