/**
 * What every process that serves taskspaces is made of: settings → Redis → bus and tiers →
 * store and use cases.
 *
 * The one place where providers are chosen. What is made here is closed here, in the opposite order.
 */
import { createBus, openRedisLink } from '../bus/create-bus.js';
import { createTiers } from '../cache/tiers.js';
import type { Config } from '../config/config.js';
import type { Log } from '../platform/log.js';
import { createService, type RunningService, type ServiceOptions } from '../service/create-service.js';
import { storeIdOf } from '../store/files/data-dir.js';
import { storeSecret } from '../store/files/secret.js';
import { IpcChannel } from './ipc-channel.js';

export interface ComposeInput {
  readonly config: Config;
  readonly log: Log;
  readonly worker: number;
  /** `alone`: this process is the whole server. */
  readonly role: 'worker' | 'steward' | 'alone';
  /** File calls and clock, for programs that test the server under faults. */
  readonly ports?: Pick<ServiceOptions, 'files' | 'now'>;
}

/** Share of `CACHE_MAX_MB` for derived results; the rest is for folded states. */
const DERIVED_SHARE = 0.25;

export async function compose({
  config,
  log,
  worker,
  role,
  ports = {},
}: ComposeInput): Promise<RunningService> {
  const channel =
    role === 'alone'
      ? null
      : new IpcChannel(worker, (error) => log.warn({ err: error }, 'A question failed'));
  const storeId = storeIdOf(config.dataDir);
  const link = await openRedisLink(config, log);
  const bus = await createBus(config, { link, ipc: channel, storeId });
  const tiers = await createTiers(config, {
    link,
    storeId,
    secret: () => storeSecret(config.dataDir),
    l1BytesMax: config.cache.bytesMax * DERIVED_SHARE,
  });
  const running = await createService({
    config: { ...config, cache: { ...config.cache, bytesMax: config.cache.bytesMax * (1 - DERIVED_SHARE) } },
    log,
    bus,
    tiers: { memory: tiers.l1, l2: tiers.l2 },
    redis: () => link && { state: link.state, breaker: link.breakerState },
    housekeeping: role !== 'worker',
    catalog: { threads: true },
    ...(channel ? { peers: channel, onDeath: (listener) => channel.onDeath(listener) } : {}),
    ...ports,
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
