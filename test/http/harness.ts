/**
 * A real server on a free port over a real service in a temp folder, and the smallest clients to talk to it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { type Answer, request } from '../../scripts/http-request.js';
import { openApp } from '../../src/app/open-app.js';
import type { UseCases } from '../../src/app/use-cases.js';
import type { LoadDriver } from '../../src/catalog/database.js';
import { openStore } from '../../src/compose.js';
import type { Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/environment.js';
import { createHttpServer, type HttpServer } from '../../src/http/server.js';
import type { Log } from '../../src/platform/log.js';
import { prepareDataDir } from '../../src/store/files/data-dir.js';
import { Memory, MemoryStore } from '../../src/store/memory/store.js';
import type { Store } from '../../src/store/ports.js';
import { atEnd } from '../kit/at-end.js';

export interface Asked {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  /** Sent as JSON, with its Content-Type. */
  readonly json?: unknown;
}

export interface Logged {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export interface Running extends HttpServer {
  readonly port: number;
  readonly service: UseCases;
  readonly logged: readonly Logged[];
  ask(method: string, path: string, asked?: Asked): Promise<Answer>;
  /** Sends bytes as they are and gives back all that comes until the server closes the connection. */
  raw(text: string | Buffer): Promise<string>;
}

export interface Setup {
  /** Settings as environment variables. */
  readonly env?: Record<string, string>;
  /** Replaces the real service. */
  readonly service?: UseCases;
  /** Drivers of SQLite, in place of those that are installed. */
  readonly drivers?: readonly LoadDriver[];
  /** What no environment variable can bring about yet. */
  readonly access?: Partial<Config['access']>;
}

export async function startServer({ env = {}, service, drivers, access = {} }: Setup = {}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'taskspace-http-'));
  const read = readConfig(
    { STORE, DATA_DIR: folder, WORKERS: '1', PORT: '0', LOG_REQUESTS: 'false', ...env },
    'prod',
    '0.0.0-test',
  );
  const config: Config = { ...read, access: { ...read.access, ...access } };
  await prepareDataDir(config.dataDir);
  const logged: Logged[] = [];
  const running =
    service === undefined
      ? await openApp({
          config,
          log: memoryLog(logged),
          store: storeOf(config, memoryLog(logged)),
          ...(drivers ? { catalog: { drivers } } : {}),
        })
      : undefined;
  const used = service ?? running?.service;
  if (used === undefined) throw new Error('no service');
  const built = createHttpServer({
    service: used,
    config,
    log: memoryLog(logged),
    worker: 3,
    startedAt: new Date(0),
  });
  await new Promise<void>((resolve) => built.server.listen(0, '127.0.0.1', resolve));
  const { port } = built.server.address() as AddressInfo;
  atEnd(async () => {
    await built.drain(100);
    await running?.close();
    await rm(folder, { recursive: true });
  });
  return {
    ...built,
    port,
    service: used,
    logged,
    ask: (method, path, asked) => ask(port, method, path, asked),
    raw: (text) => raw(port, text),
  };
}

/** The store that the tests run on: `files` unless TEST_STORE says `memory`. */
export const STORE = process.env.TEST_STORE ?? 'files';
/** Leaves out a test that is about files themselves, and says why, when the tests run on another store. */
export function onFiles(test: TestContext, what: string): void {
  test.skip(STORE !== 'files', `about files: ${what}`);
}

const memories = new Map<string, Memory>();

/** In memory, servers with the same data folder share one memory, as they share the folder otherwise. */
function storeOf(config: Config, log: Log): Store {
  if (config.store === 'files') return openStore(config, log);
  const memory = memories.get(config.dataDir) ?? new Memory();
  memories.set(config.dataDir, memory);
  return new MemoryStore(memory);
}

/** Two workers on one data folder, with no bus between them: what is published is seen by polling. */
export async function startTwo(): Promise<{ one: Running; two: Running; dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskspace-two-'));
  atEnd(() => rm(dataDir, { recursive: true }));
  const one = await startServer({ env: { DATA_DIR: dataDir } });
  const two = await startServer({ env: { DATA_DIR: dataDir } });
  return { one, two, dataDir };
}

function ask(
  port: number,
  method: string,
  path: string,
  { headers = {}, body, json }: Asked = {},
): Promise<Answer> {
  const type = json === undefined ? {} : { 'Content-Type': 'application/json' };
  const payload = json === undefined ? body : JSON.stringify(json);
  return request({ port, method, path, headers: { ...type, ...headers }, payload, agent: false });
}

function raw(port: number, text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

function memoryLog(logged: Logged[]): Log {
  const at = (level: string) => (fields: object, message: string) => {
    logged.push({ level, fields: { ...fields }, message });
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
