/** Wires the use cases to a store and its caches. */
import { L1 } from '../cache/l1.js';
import type { Config } from '../config/config.js';
import { isLive } from '../domain/state.js';
import type { Files } from '../journal/files.js';
import { Store } from '../store/store.js';
import type { FolderLog } from '../store/taskspace-folder.js';
import { maySee } from './access.js';
import { artifactUseCases } from './artifacts.js';
import type { UseCaseContext } from './context.js';
import { messageUseCases } from './messages.js';
import { planUseCases } from './plan.js';
import { readyBody } from './ready-bodies.js';
import type { Service } from './service.js';
import { taskspaceUseCases } from './taskspaces.js';

export interface ServiceOptions {
  readonly config: Pick<Config, 'dataDir' | 'cache' | 'limits'>;
  readonly log: FolderLog;
  /** For tests. */
  readonly files?: Files;
  readonly now?: () => number;
}

export interface RunningService {
  readonly service: Service;
  /** Gives descriptors back. No use case may be running. */
  close(): Promise<void>;
}

export async function createService({
  config,
  log,
  files,
  now = Date.now,
}: ServiceOptions): Promise<RunningService> {
  const store = new Store({ dataDir: config.dataDir, log, now, ...(files ? { files } : {}) });
  store.start();
  const l1 = new L1(store, {
    bytesMax: config.cache.memory ? config.cache.bytesMax : 0,
    ttlSeconds: config.cache.ttlSeconds.detail ?? config.cache.ttlDefaultSeconds,
  });
  const context: UseCaseContext = { l1, now, artifactBytesMax: config.limits.artifactBytesMax };
  const service: Service = {
    taskspaces: taskspaceUseCases(context, store),
    plan: planUseCases(context),
    messages: messageUseCases(context),
    artifacts: artifactUseCases(context),
    peek(caller, id, what) {
      if (!caller.scopes.includes('read') || !maySee(caller, id)) return undefined;
      const resident = l1.peek(id);
      if (!resident) return undefined;
      const { state } = resident.folder;
      if (!isLive(state)) return undefined;
      const { body, etag } = readyBody(resident, state, what);
      return { body, etag, cache: 'l1' };
    },
    count: async () => (await store.ids()).length,
    readiness: async () => {
      try {
        await store.ids();
        return { ready: true, reason: null };
      } catch (error) {
        return {
          ready: false,
          reason: `The data folder cannot be read (${(error as NodeJS.ErrnoException).code}).`,
        };
      }
    },
  };
  return {
    service,
    async close() {
      l1.close();
      store.close();
    },
  };
}
