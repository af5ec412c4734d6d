/**
 * What every process that serves taskspaces is made of: settings → store → Redis → bus and tiers → use cases
 * → HTTP.
 *
 * The one place where adapters are chosen. What is made here is closed here, in the opposite order.
 */
import type { Server } from 'node:http';
import { openApp, type RunningApp } from './app/open-app.js';
import { createBus, openRedisLink } from './bus/create-bus.js';
import { createTiers } from './cache/tiers.js';
import { catalogFolderForOnce } from './catalog/folder-for-once.js';
import { IpcChannel } from './cluster/ipc-channel.js';
import { listenError } from './cluster/listen.js';
import type { OpenServer, RunningServer, ServerInput } from './cluster/running-server.js';
import type { Config } from './config/config.js';
import { createHttpServer } from './http/server.js';
import type { Log } from './platform/log.js';
import { FileStore, type FileStoreOptions } from './store/files/store.js';
import { Memory, MemoryStore } from './store/memory/store.js';
import type { Store } from './store/ports.js';

/** File calls and clocks, for programs that test the server under faults. */
export type StorePorts = Pick<FileStoreOptions, 'files' | 'now' | 'steady'>;

interface ComposeInput {
  readonly config: Config;
  readonly log: Log;
  readonly worker: number;
  /** `alone`: this process is the whole server. */
  readonly role: 'worker' | 'steward' | 'alone';
  readonly ports?: StorePorts;
}

/** Share of `CACHE_MAX_MB` for derived results; the rest is for folded states. */
const DERIVED_SHARE = 0.25;
/** Connections that may wait to be accepted while the process is busy. */
const BACKLOG = 1024;

/** A store that has not begun. */
export function openStore(
  { store, dataDir }: Pick<Config, 'store' | 'dataDir'>,
  log: FileStoreOptions['log'],
  ports: StorePorts = {},
): Store {
  return store === 'memory' ? new MemoryStore(new Memory(ports)) : new FileStore({ dataDir, log, ...ports });
}

async function compose({ config, log, worker, role, ports }: ComposeInput): Promise<RunningApp> {
  const channel =
    role === 'alone'
      ? null
      : new IpcChannel(worker, (error) => log.warn({ err: error }, 'A question failed'));
  const store = openStore(config, log, ports);
  const link = await openRedisLink(config, log);
  const bus = await createBus(config, { link, ipc: channel, storeId: store.id });
  const tiers = await createTiers(config, {
    link,
    storeId: store.id,
    secret: () => store.secret,
    l1BytesMax: config.cache.bytesMax * DERIVED_SHARE,
  });
  const running = await openApp({
    config: {
      ...config,
      // The catalog has a folder, whatever the store.
      dataDir: config.store === 'memory' ? catalogFolderForOnce() : config.dataDir,
      cache: { ...config.cache, bytesMax: config.cache.bytesMax * (1 - DERIVED_SHARE) },
    },
    log,
    store,
    bus,
    tiers: { memory: tiers.l1, l2: tiers.l2 },
    redis: () => link && { state: link.state, breaker: link.breakerState },
    housekeeping: role !== 'worker',
    catalog: { threads: true },
    ...(channel ? { peers: channel, onDeath: (listener) => channel.onDeath(listener) } : {}),
  });
  return {
    service: running.service,
    async close() {
      await running.close();
      await tiers.close();
      await bus.close();
      await link?.close();
    },
  };
}

/**
 * What serves requests: the same for a worker and for `npm run dev`.
 * @throws StartError when it cannot listen.
 */
export async function openServer(
  { config, log, worker, startedAt }: ServerInput,
  ports: StorePorts = {},
): Promise<RunningServer> {
  const role = config.mode === 'dev' ? 'alone' : 'worker';
  const { service, close } = await compose({ config, log, worker, role, ports });
  const { server, drain } = createHttpServer({ service, config, log, worker, startedAt });
  await listen(server, config.host, config.port);
  return {
    async close(deadlineMs) {
      const untilMs = performance.now() + deadlineMs;
      await drain(deadlineMs);
      const inTime = performance.now() < untilMs;
      await close();
      return inTime;
    },
  };
}

/**
 * The steward: the one process beside the workers that does what no request should wait for (the catalog,
 * upkeep of the store, warming). It answers no request and may be killed at any time: all it makes can be
 * made again.
 */
export const openSteward: OpenServer = async ({ config, log, worker }) => {
  const { close } = await compose({ config, log, worker, role: 'steward' });
  return {
    async close() {
      await close();
      return true;
    },
  };
};

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => reject(listenError(error, host, port));
    server.once('error', refuse);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}
