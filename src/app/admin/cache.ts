/**
 * The cache API (API.md section 7): statistics, health, invalidation, warming and keys, over all
 * workers and Redis.
 */

import type { Bus } from '../../bus/bus.js';
import { plainKey } from '../../cache/derived.js';
import type { L1 } from '../../cache/l1.js';
import { KINDS, type Kind, kindOf, type Statistics, type WorkerStatistics } from '../../cache/statistics.js';
import type { LocalTier, Tier, TierKey } from '../../cache/tier.js';
import type {
  CacheHealth,
  CacheKey,
  CacheStats,
  InvalidateInput,
  WarmAnswer,
  WarmInput,
} from '../../contract/cache.js';
import type { Page as ListPage } from '../../contract/parameters.js';
import { TaskspaceError } from '../../domain/errors.js';
import { globMatches } from '../../domain/glob.js';
import type { Store } from '../../store/ports.js';
import { requireScope } from '../access.js';
import type { Caller } from '../caller.js';
import { decodeCursor, encodeCursor, type Page } from '../cursor.js';
import { addUp, type CacheMode, warmingOf } from './cache-stats.js';
import type { CacheReport, Peers, RedisReport, Warmed, WarmingReport, WarmQuestion } from './peers.js';
import type { Warmer } from './warmer.js';

export interface CacheDeps {
  readonly store: Store;
  readonly l1: L1;
  readonly memory: LocalTier | null;
  readonly l2: Tier | null;
  readonly statistics: Statistics;
  readonly bus: Bus;
  readonly peers: Peers;
  readonly warmer: Warmer;
  readonly mode: CacheMode;
  redis(): RedisReport | null;
  /** Loads taskspaces past the caches of this worker and fills them. */
  fill(what: WarmQuestion): Promise<Warmed>;
  /** Rebuilds the catalog if this process projects it; returns whether it does. */
  remakeCatalog(): boolean;
  /** Looks at a taskspace for the catalog if this process projects it; returns whether it does. */
  lookAt(id: string): boolean;
}

/** Keys of L2 that are scanned for one answer. */
const L2_KEYS_MAX = 10_000;

export type CacheUseCases = ReturnType<typeof cacheUseCases>;

/** All but `stats` and `health` need the scope `admin`. Bodies are JSON values of API.md section 9. */
export function cacheUseCases(deps: CacheDeps) {
  const { peers, l2 } = deps;
  peers.serve({
    cacheReport: () => report(deps),
    cacheKeys: ({ pattern, limit }) => keysHere(deps, pattern, limit),
    cacheDrop: (what) => ('owner' in what ? dropOwner(deps, what.owner) : dropHere(deps, what.pattern)),
    cacheWarm: (what) => deps.fill(what),
    catalogDamaged: () => deps.remakeCatalog(),
    taskspaceTrouble: ({ id }) => deps.lookAt(id),
  });

  async function drop(patterns: readonly string[], owner?: string): Promise<number> {
    let dropped = 0;
    for (const pattern of patterns) {
      for (const { answer } of await peers.ask('cacheDrop', { pattern })) dropped += answer;
      if (l2) dropped += await l2.deleteMatching(`${pattern}@*`);
    }
    if (owner === undefined) return dropped;
    for (const { answer } of await peers.ask('cacheDrop', { owner })) dropped += answer;
    return dropped;
  }

  return {
    async stats(caller: Caller): Promise<CacheStats> {
      requireScope(caller, 'read');
      const [reports] = await Promise.all([peers.ask('cacheReport', null), l2?.measure?.()]);
      return addUp(reports, deps.mode, l2?.stats() ?? null);
    },

    /** `down` when the store cannot be used: 503. */
    async health(caller: Caller): Promise<{ readonly down: boolean; readonly body: CacheHealth }> {
      requireScope(caller, 'read');
      const store = await storeHealth(deps.store);
      const off = { status: 'off', detail: 'Not enabled.' } as const;
      const body: Omit<CacheHealth, 'status'> = {
        store,
        l1: deps.mode.memory ? { status: 'ok', detail: 'In each worker.' } : off,
        l2: l2?.health() ?? off,
        bus: { status: deps.bus.stats().state, detail: BUS_DETAIL[deps.bus.kind] },
        warming: warmingHealth(warmingOf(await peers.ask('cacheReport', null))),
      };
      const states = Object.values(body).map(({ status }) => status);
      const status =
        store.status === 'down'
          ? 'down'
          : states.some((s) => s === 'down' || s === 'degraded')
            ? 'degraded'
            : 'ok';
      return { down: status === 'down', body: { status, ...body } };
    },

    async invalidate(caller: Caller, what: InvalidateInput): Promise<{ invalidated: number }> {
      requireScope(caller, 'admin');
      return { invalidated: await drop(patternsOf(what), what.owner) };
    },

    async warm(caller: Caller, what: WarmInput): Promise<WarmAnswer> {
      requireScope(caller, 'admin');
      return deps.warmer.warm(what);
    },

    /** By key; the cursor is the last key seen. */
    async keys(
      caller: Caller,
      { pattern, limit, cursor }: Page & { pattern: string },
    ): Promise<ListPage<CacheKey>> {
      requireScope(caller, 'admin');
      const list = ['cache-keys', pattern];
      const after = decodeCursor<string>(list, cursor, 'string');
      const all = await allKeys(deps, pattern);
      const rest = all.filter(({ key, tier }) => after === null || `${key} ${tier}` > after);
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      const nextCursor =
        rest.length > items.length && last ? encodeCursor(list, `${last.key} ${last.tier}`) : null;
      return { items, nextCursor };
    },

    /** Throws `not_found` when no tier has it. */
    async deleteKey(caller: Caller, key: string): Promise<void> {
      requireScope(caller, 'admin');
      if ((await drop([escapeGlob(key)])) > 0) return;
      throw new TaskspaceError(
        'not_found',
        `No cache holds "${key}". GET /api/cache/keys lists what there is.`,
      );
    },
  };
}

const BUS_DETAIL: Record<Bus['kind'], string> = {
  redis: 'Redis pub/sub.',
  ipc: 'Through the primary.',
  none: 'No wake-ups: waiting reads look every 250 ms.',
};

function warmingHealth(warming: WarmingReport | null): { status: 'ok' | 'off'; detail: string } {
  if (warming === null) return { status: 'off', detail: 'Not enabled, or its process is just starting.' };
  return {
    status: 'ok',
    detail: warming.lastRunAt === null ? 'No round yet.' : `Last round at ${warming.lastRunAt}.`,
  };
}

interface KeyItem {
  readonly key: string;
  readonly kind: Kind;
  readonly tier: 'l1' | 'l2';
  readonly workers: number[];
  readonly bytes: number;
  readonly ageMs: number;
  readonly ttlMs: number;
}

/** Keys of all workers and of Redis, by key; the same key on several workers is one item. */
async function allKeys({ peers, l2 }: CacheDeps, pattern: string): Promise<KeyItem[]> {
  const items = new Map<string, KeyItem>();
  const answers = await peers.ask('cacheKeys', { pattern, limit: L2_KEYS_MAX });
  for (const { worker, answer } of answers
    .filter((one) => one.worker > 0)
    .sort((a, b) => a.worker - b.worker)) {
    for (const { key, bytes, ageMs, ttlMs } of answer) {
      const known = items.get(key);
      // An invalid entry of an earlier state may lie behind the present one.
      if (known?.workers.includes(worker)) continue;
      if (known) known.workers.push(worker);
      else items.set(key, { key, kind: kindOf(key), tier: 'l1', workers: [worker], bytes, ageMs, ttlMs });
    }
  }
  const inRedis = l2 ? await l2.keys(`${pattern}@*`, L2_KEYS_MAX) : [];
  for (const { key: name, bytes, ageMs, ttlMs } of inRedis) {
    const key = plainKey(name);
    items.set(`${key} l2`, { key, kind: kindOf(key), tier: 'l2', workers: [], bytes, ageMs, ttlMs });
  }
  const rounded = [...items.values()].map((item) => ({
    ...item,
    ageMs: Math.round(item.ageMs),
    ttlMs: Math.round(item.ttlMs),
  }));
  return rounded.sort((a, b) => (`${a.key} ${a.tier}` < `${b.key} ${b.tier}` ? -1 : 1));
}

/** The key under which a folded taskspace is listed in L1. */
function stateKeyOf(id: string): string {
  return `detail:${id}:state`;
}

async function keysHere({ l1, memory }: CacheDeps, pattern: string, limit: number): Promise<TierKey[]> {
  const keys: TierKey[] = [];
  const now = performance.now();
  for (const [id, { counted, since }] of l1.entries()) {
    if (keys.length === limit) return keys;
    const key = stateKeyOf(id);
    if (!globMatches(pattern, key)) continue;
    const ageMs = Math.round(now - since);
    keys.push({ key, bytes: counted, ageMs, ttlMs: l1.ttlMsOf(id) });
  }
  const derived = (await memory?.keys(`${pattern}@*`, limit - keys.length)) ?? [];
  return [...keys, ...derived.map((item) => ({ ...item, key: plainKey(item.key) }))];
}

async function dropHere({ l1, memory }: CacheDeps, pattern: string): Promise<number> {
  let dropped = 0;
  for (const [id] of [...l1.entries()]) if (globMatches(pattern, stateKeyOf(id)) && l1.drop(id)) dropped++;
  return dropped + ((await memory?.deleteMatching(`${pattern}@*`)) ?? 0);
}

function report(deps: CacheDeps): CacheReport {
  const { l1, memory, l2, statistics, bus } = deps;
  const largest = [...l1.entries()].map(([id, { counted }]) => ({ key: stateKeyOf(id), n: counted }));
  return {
    l1: l1.stats(memory?.stats() ?? null),
    l2: l2?.stats() ?? null,
    statistics: withStates(statistics.snapshot(), deps.l1),
    warming: deps.warmer.report(),
    bus: bus.stats(),
    redis: deps.redis(),
    largest: largest.sort((a, b) => b.n - a.n).slice(0, 10),
    health: { l2: l2?.health() ?? { status: 'off', detail: 'Not enabled.' } },
  };
}

/** Folded states are among the busiest keys. */
function withStates(statistics: WorkerStatistics, l1: L1): WorkerStatistics {
  const states = [...l1.entries()].map(([id, resident]) => ({ key: stateKeyOf(id), n: resident.hits }));
  const top = [...statistics.top.hits, ...states.filter(({ n }) => n > 0)]
    .sort((a, b) => b.n - a.n)
    .slice(0, 10);
  return { ...statistics, top: { ...statistics.top, hits: top } };
}

/**
 * The globs over keys that a request means. An owner's entries in L1 are found by the taskspaces' metadata.
 */
function patternsOf(what: InvalidateInput): string[] {
  if (what.taskspace !== undefined) return [`detail:${what.taskspace}:*`, `export:*:${what.taskspace}`];
  if (what.kind !== undefined) return [`${what.kind}:*`];
  if (what.pattern !== undefined) return [what.pattern];
  if (what.owner === undefined) return ['*'];
  const owner = escapeGlob(what.owner);
  return KINDS.filter((kind) => kind !== 'detail').map((kind) => `${kind}:${owner}:*`);
}

async function dropOwner(deps: CacheDeps, owner: string): Promise<number> {
  let dropped = 0;
  for (const [id, { folder }] of [...deps.l1.entries()]) {
    if (folder.state.metadata?.owner === owner) dropped += await dropHere(deps, `detail:${id}:*`);
  }
  return dropped;
}

/** These globs have no escape; `?` matches the special character itself, and hardly anything else. */
function escapeGlob(text: string): string {
  return text.replaceAll(/[*?]/g, '?');
}

async function storeHealth(store: Store): Promise<{ status: 'ok' | 'down'; detail: string }> {
  try {
    await store.check();
    return { status: 'ok', detail: 'The data folder can be read.' };
  } catch (error) {
    // The store's error says what is wrong.
    return { status: 'down', detail: (error as Error).message };
  }
}
