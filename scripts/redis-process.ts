/**
 * A Redis of one's own: a free port, a temporary folder, nothing kept; it can be killed, stopped and
 * started again.
 *
 * It ends with the process that started it, however that ends: a small shell watches its input, which closes
 * with its parent, and kills the server then. Started by root, the server runs as nobody.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { findRedis } from './redis.mjs';

const START_MS = 10_000;
const STARTS_MAX = 5;
/**
 * After so many failed starts root runs the server as root: nobody may not be allowed to look into the
 * project.
 */
const STARTS_AS_NOBODY = 2;
const NOBODY = 65_534;

/** $@ is the server. Says its pid; ends when it ends; kills it when the input ends. */
const WATCHED = `exec 3<&0
"$@" & server=$!
echo $server
{ cat <&3 >/dev/null; kill -9 $server; } & watcher=$!
wait $server
kill $watcher`;

/** What the command line of a server becomes: pinned to a core. */
type Wrap = (command: readonly string[]) => readonly string[];

export class RedisProcess {
  private constructor(
    readonly port: number,
    private readonly folder: string,
    private server: Running,
    private readonly settings: readonly string[],
    private readonly wrap: Wrap,
  ) {}

  /**
   * @param settings more of the server's own options. Errors: when there is no redis-server, or it does not
   * start.
   */
  static start(...settings: readonly string[]): Promise<RedisProcess> {
    return RedisProcess.startAs((command) => command, ...settings);
  }

  /** As `start`, with another command line. */
  static async startAs(wrap: Wrap, ...settings: readonly string[]): Promise<RedisProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'taskspace-redis-'));
    if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY);
    for (let attempt = 1; ; attempt++) {
      // Somebody else may take the port between its being free and Redis taking it.
      const port = await freePort();
      try {
        const server = await run(port, folder, settings, wrap, attempt <= STARTS_AS_NOBODY);
        return new RedisProcess(port, folder, server, settings, wrap);
      } catch (error) {
        if (attempt < STARTS_MAX) continue;
        rmSync(folder, { recursive: true, force: true });
        throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** SIGKILL: connections break at once. */
  async kill(): Promise<void> {
    const { shell } = this.server;
    if (shell.exitCode !== null || shell.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
    shell.stdin?.end();
    await gone;
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void {
    process.kill(this.server.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.server.pid, 'SIGCONT');
  }

  /** Started again on the same port, empty. */
  async restart(): Promise<void> {
    await this.kill();
    this.server = await run(this.port, this.folder, this.settings, this.wrap, this.server.asNobody);
  }

  async flushall(): Promise<void> {
    await this.command('FLUSHALL');
  }

  /** Any command, over a connection of its own. */
  async command(name: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    const client = new Redis({ port: this.port, lazyConnect: true, retryStrategy: null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.callBuffer(name, ...args);
    } finally {
      client.disconnect();
    }
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Running {
  readonly pid: number;
  readonly shell: ChildProcess;
  readonly asNobody: boolean;
}

async function run(
  port: number,
  folder: string,
  more: readonly string[],
  wrap: Wrap,
  asNobody: boolean,
): Promise<Running> {
  const found = findRedis();
  if (found.command === undefined) throw new Error(found.reason);
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--logfile', 'redis.log'];
  const command = wrap([found.command, ...settings, '--save', '', '--appendonly', 'no', ...more]);
  const shell = spawn('sh', ['-c', WATCHED, 'sh', ...command], {
    cwd: folder,
    env: { ...process.env, ...found.env },
    stdio: ['pipe', 'pipe', 'ignore'],
    ...(asNobody && process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  const pid = await firstLine(shell);
  await answering(port, shell, folder);
  return { pid: Number(pid), shell, asNobody };
}

function firstLine(shell: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    shell.once('error', reject);
    shell.once('exit', () => reject(new Error('the shell around redis-server ended')));
    if (shell.stdout) createInterface({ input: shell.stdout }).once('line', resolve);
  });
}

async function answering(port: number, shell: ChildProcess, folder: string): Promise<void> {
  const client = new Redis({ port, retryStrategy: () => 10, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  const cancel = new AbortController();
  try {
    await Promise.race([client.ping(), failure(shell, cancel.signal)]);
  } catch (error) {
    shell.stdin?.end();
    throw new Error(`redis-server did not start:\n${logIn(folder)}`, { cause: error });
  } finally {
    cancel.abort();
    client.disconnect();
  }
}

function failure(shell: ChildProcess, cancelled: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer for ${START_MS} ms`)), START_MS);
    const onExit = () => reject(new Error('it ended'));
    shell.once('exit', onExit);
    cancelled.addEventListener('abort', () => {
      clearTimeout(timer);
      shell.off('exit', onExit);
    });
  });
}

function logIn(folder: string): string {
  try {
    return readFileSync(join(folder, 'redis.log'), 'utf8').slice(-2000);
  } catch {
    return '(no log)';
  }
}

/** A port on which nobody listens, for now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}
