/**
 * Opens the use cases of one process over a store, its caches and the bus, which `compose.ts` has chosen.
 * What is made here is closed here, in the opposite order.
 */
import type { Bus } from '../bus/bus.js';
import { FeedWatch } from '../bus/feed-watch.js';
import { NoneBus } from '../bus/none-bus.js';
import { DerivedCache } from '../cache/derived.js';
import { type CachedTaskspace, L1 } from '../cache/l1.js';
import { type Kind, Statistics } from '../cache/statistics.js';
import { TagVersions } from '../cache/tag-versions.js';
import type { LocalTier, Tier } from '../cache/tier.js';
import type { LoadDriver } from '../catalog/database.js';
import type { Config } from '../config/config.js';
import { isLive } from '../domain/state.js';
import type { Store } from '../store/ports.js';
import { maySee } from './access.js';
import { cacheUseCases } from './admin/cache.js';
import { fillCaches, NOTHING_WARMED } from './admin/fill.js';
import { type Peers, type RedisReport, soloPeers } from './admin/peers.js';
import { readinessOf } from './admin/readiness.js';
import { TroubleReports } from './admin/trouble-reports.js';
import { Warmer } from './admin/warmer.js';
import type { ReadAnswer } from './answer.js';
import { artifactUseCases } from './artifacts/artifacts.js';
import { readChanges } from './changes/changes.js';
import { Events } from './changes/events.js';
import type { UseCaseContext } from './context.js';
import { messageUseCases } from './messages/messages.js';
import { Catalog } from './overview/catalog.js';
import type { CatalogContext } from './overview/catalog-context.js';
import { latestIds } from './overview/lists.js';
import { overviewUseCases } from './overview/overview.js';
import { claimUseCases } from './plan/claims.js';
import { LeaseTokens } from './plan/lease-tokens.js';
import { planUseCases } from './plan/plan.js';
import { leaseUseCases } from './taskspaces/leases.js';
import { type ReadyName, readyNow } from './taskspaces/ready-bodies.js';
import { taskspaceUseCases } from './taskspaces/taskspaces.js';
import type { UseCases } from './use-cases.js';
import { ChangeNotifier } from './waiting/change-notifier.js';

export interface AppOptions {
  readonly config: Pick<Config, 'dataDir' | 'cache' | 'consistency' | 'limits' | 'retention'>;
  readonly log: {
    warn(fields: object, message: string): void;
    info?(fields: object, message: string): void;
  };
  /** One that has not begun. It is closed with the service. */
  readonly store: Store;
  /** Absent: none. */
  readonly bus?: Bus;
  /** Absent: this process is the whole server. */
  readonly peers?: Peers;
  /** Derived results in this process and in Redis; null: that tier is absent. */
  readonly tiers?: { readonly memory: LocalTier | null; readonly l2: Tier | null };
  /** The state of the connections to Redis; absent: there are none. */
  readonly redis?: () => RedisReport | null;
  /**
   * Whether this process does upkeep: catalog, snapshots, feed retention, warming. True for the steward and
   * for a server that is one process (default); false for a worker.
   */
  readonly housekeeping?: boolean;
  /** Absent: the catalog runs on this thread. */
  readonly catalog?: { readonly threads?: boolean; readonly drivers?: readonly LoadDriver[] };
  /** Calls the listener when a process has died that may have left commits unpublished. */
  readonly onDeath?: (listener: () => void) => void;
}

export interface RunningApp {
  readonly service: UseCases;
  /** Releases descriptors. No use case may be running. */
  close(): Promise<void>;
}

const WARM_EVERY_MS = 60_000;

export async function openApp(options: AppOptions): Promise<RunningApp> {
  const { config, log, store, bus = new NoneBus(), peers = soloPeers(1), housekeeping = true } = options;
  const { memory, l2 } = options.tiers ?? { memory: null, l2: null };
  const bounded = config.consistency.mode === 'bounded' ? config.consistency.stalenessMsMax : null;
  const ttlMs = (kind: Kind): number =>
    (config.cache.ttlSeconds[kind] ?? config.cache.ttlDefaultSeconds) * 1000;
  const onTrouble = (error: unknown): void =>
    log.warn({ error: String(error) }, 'work in the background failed');

  // Subscribed before the feed is read: publications from then on are received.
  await bus.ready;
  const reports = new TroubleReports((id) => void peers.ask('taskspaceTrouble', { id }));
  const stopReports = store.onTrouble((id, isOver) => reports.met(id, isOver));
  const tagVersions = new TagVersions(store.feed);
  store.begin();
  const statistics = new Statistics();
  const subscription = new FeedWatch(store.feed, bus, {
    paceMs: bounded === null ? null : bounded / 4,
    onApplied: () => statistics.countApplied(),
    onTrouble,
  });
  const notifier = new ChangeNotifier({ feed: store.feed, keepPolling: () => subscription.keepPolling() });
  const l1 = new L1(store, statistics, {
    bytesMax: config.cache.memory ? config.cache.bytesMax : 0,
    ttlSeconds: ttlMs('detail') / 1000,
    trustMs: bounded,
  });
  const derived = new DerivedCache({ feed: store.feed, tagVersions, l1: memory, l2, statistics, ttlMs });
  const context: UseCaseContext = {
    l1,
    derived,
    notifier,
    clock: store.clock,
    artifactBytesMax: config.limits.artifactBytesMax,
    damageVersion: (id) => store.damageVersion(id),
  };
  const leaseTokens = new LeaseTokens(store.secret);
  const everyMs = housekeeping && config.cache.warming && config.cache.memory ? WARM_EVERY_MS : null;
  const onProgress = (fields: object, text: string): void => log.info?.(fields, text);
  const upkeep = housekeeping
    ? store.keepUp({ feedBytesMax: config.retention.feedBytesMax, onProgress, onTrouble })
    : null;
  const catalog = await Catalog.open({
    dataDir: config.dataDir,
    store,
    upkeep,
    threads: options.catalog?.threads ?? false,
    drivers: options.catalog?.drivers,
    grown: (timeoutMs, signal) => subscription.grown(timeoutMs, signal),
    onWait: () => {
      bus.publish({ type: 'wanted' });
      catalog.want();
    },
    onDamage: () => void peers.ask('catalogDamaged', null),
    onProgress,
    onTrouble,
  });
  const ignoreWaits = bus.subscribe({
    onMessage({ type }) {
      if (type === 'wanted') catalog.want();
    },
    onGap: () => undefined,
  });
  options.onDeath?.(() => upkeep?.processDied());
  const catalogContext: CatalogContext = {
    derived,
    now: () => store.clock.nowMs(),
    catalog,
    l1: l1.silent,
    trashDays: config.retention.trashDays,
  };
  const warmer = new Warmer({
    store,
    peers,
    everyMs,
    onTrouble,
    idsOf: (owner, max) => latestIds(catalogContext, owner, max),
    isLive: (id) => l1.silent.use(id, ({ folder }) => isLive(folder.state)),
  });
  const mode = {
    memory: config.cache.memory,
    redis: l2 !== null,
    bus: bus.kind,
    consistency: config.consistency.mode,
  };
  const changes = {
    l1,
    feed: store.feed,
    grown: (timeoutMs: number, signal: AbortSignal) => subscription.grown(timeoutMs, signal),
  };
  const events = new Events({
    // A follower is one client, however often the hub reads.
    l1: l1.silent,
    feed: store.feed,
    keepPolling: () => subscription.keepPolling(),
  });
  const service: UseCases = {
    taskspaces: taskspaceUseCases(context, store, catalogContext),
    overview: overviewUseCases(catalogContext),
    plan: planUseCases(context),
    claims: claimUseCases(context, leaseTokens),
    leases: leaseUseCases(context, leaseTokens),
    messages: messageUseCases(context),
    artifacts: artifactUseCases(context),
    cache: cacheUseCases({
      redis: options.redis ?? (() => null),
      store,
      l1,
      memory,
      l2,
      statistics,
      bus,
      peers,
      warmer,
      mode,
      remakeCatalog: () => catalog.remake(),
      lookAt: (id) => catalog.look(id),
      // The steward serves no requests: caches in it would be of no use.
      fill: async (what) =>
        peers.worker === 0 ? NOTHING_WARMED : fillCaches(context, catalogContext, l1, what),
    }),
    changes: (caller, query) => readChanges(changes, caller, query),
    events,
    peek(caller, id, what, answer) {
      if (!caller.scopes.includes('read') || !maySee(caller, id)) return answer(undefined);
      l1.peek(id, (cached) => answer(cached && answerIn(cached, what)));
    },
    count: () => store.count(),
    readiness: () => readinessOf(store, catalog),
  };
  return {
    service,
    async close() {
      await warmer.close();
      ignoreWaits();
      await catalog.close();
      await upkeep?.close();
      notifier.close();
      events.close();
      subscription.close();
      tagVersions.close();
      stopReports();
      await store.settle();
      l1.close();
      store.close();
    },
  };
}

/** Undefined: there is no body ready, and none can be made without waiting. */
function answerIn(cached: CachedTaskspace, what: ReadyName): ReadAnswer | undefined {
  const { state } = cached.folder;
  if (!isLive(state)) return undefined;
  try {
    const ready = readyNow(cached, state, what);
    return ready && { body: ready.body, etag: ready.etag, cache: 'l1' };
  } catch {
    // The slow path meets the same failure, and reports it.
    return undefined;
  }
}
