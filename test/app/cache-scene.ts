/** Workers over one data folder that ask each other as the real ones do, without processes. */
import fs from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type { PeerHandlers, Peers } from '../../src/app/admin/peers.js';
import { openCaller } from '../../src/app/caller.js';
import { openApp, type RunningApp } from '../../src/app/open-app.js';
import type { UseCases } from '../../src/app/use-cases.js';
import { MemoryTier } from '../../src/cache/memory-tier.js';
import type { Tier } from '../../src/cache/tier.js';
import type { LoadDriver } from '../../src/catalog/database.js';
import { openStore } from '../../src/compose.js';
import { readConfig } from '../../src/config/environment.js';
import type { cacheStats } from '../../src/contract/cache.js';

export const ANN = openCaller('ann');
export type CacheStats = z.infer<typeof cacheStats>;

interface Choices {
  readonly env?: Record<string, string>;
  readonly l2?: Tier | null;
  /** Whether this worker does what otherwise the steward does: it keeps the catalog. */
  readonly housekeeping?: boolean;
  /** Of SQLite, in place of those that are installed. */
  readonly drivers?: readonly LoadDriver[];
  readonly now?: () => number;
}

export class Crew {
  private readonly handlers = new Map<number, PeerHandlers>();
  private readonly running: RunningApp[] = [];

  constructor(private readonly dataDir: string) {
    for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir, name), { recursive: true });
  }

  async start(
    worker: number,
    { env = {}, l2 = null, housekeeping = false, drivers, now }: Choices = {},
  ): Promise<UseCases> {
    const config = readConfig({ DATA_DIR: this.dataDir, WORKERS: '1', ...env }, 'prod', '0.0.0-test');
    const log = { warn: () => {} };
    const started = await openApp({
      config,
      log,
      store: openStore(config, log, now ? { now } : {}),
      peers: this.peers(worker),
      tiers: { memory: config.cache.memory ? new MemoryTier({ bytesMax: 10_000_000 }) : null, l2 },
      housekeeping,
      ...(drivers ? { catalog: { drivers } } : {}),
    });
    this.running.push(started);
    return started.service;
  }

  /** What one of them answers to the others. */
  handlersOf(worker: number): PeerHandlers {
    const found = this.handlers.get(worker);
    if (!found) throw new Error(`there is no worker ${worker}`);
    return found;
  }

  async close(): Promise<void> {
    for (const { close } of this.running.splice(0)) await close();
  }

  private peers(worker: number): Peers {
    return {
      worker,
      ask: async (call, question) =>
        Promise.all(
          [...this.handlers].map(async ([number, handlers]) => ({
            worker: number,
            answer: (await handlers[call](question as never)) as never,
          })),
        ),
      serve: (handlers) => {
        this.handlers.set(worker, handlers);
      },
    };
  }
}

export async function statsOf(service: UseCases): Promise<CacheStats> {
  return (await service.cache.stats(ANN)) as CacheStats;
}
