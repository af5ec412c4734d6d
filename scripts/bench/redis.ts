/** A Redis of the benchmark's own, on the servers' core, that keeps nothing on disk. */
import { type ChildProcess, spawn } from 'node:child_process';
import net from 'node:net';
import { Redis } from 'ioredis';
import { findRedis, redisNotice } from '../redis.mjs';
import { onServerCore } from './processes.js';

export interface BenchRedis {
  readonly url: string;
  readonly client: Redis;
  /** Bytes that Redis says it uses. */
  memoryBytes(): Promise<number>;
  stop(): Promise<void>;
}

const START_MS = 10_000;

/** Null when there is no redis-server; then it says so. */
export async function startRedis(): Promise<BenchRedis | null> {
  const found = findRedis();
  if (found.command === undefined) {
    console.log(`\nNOT MEASURED: all lines that need a Redis. ${redisNotice()}`);
    return null;
  }
  const port = await freePort();
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const [command, ...args] = onServerCore([found.command, ...settings]);
  const child = spawn(command as string, args, { env: { ...process.env, ...found.env }, stdio: 'ignore' });
  // Also when the benchmark ends by an error.
  process.once('exit', () => child.kill('SIGKILL'));
  const client = await connected(port, child);
  return {
    url: `redis://127.0.0.1:${port}`,
    client,
    async memoryBytes() {
      return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    },
    stop: () =>
      new Promise((resolve) => {
        client.disconnect();
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

async function connected(port: number, child: ChildProcess): Promise<Redis> {
  const deadline = performance.now() + START_MS;
  const client = new Redis({ port, retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('redis-server did not start')), deadline - performance.now()).unref();
    child.once('exit', () => reject(new Error('redis-server ended')));
  });
  await Promise.race([client.ping(), late]);
  return client;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}
