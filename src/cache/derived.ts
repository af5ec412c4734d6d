/**
 * Derived results: summaries, exports, lists and the like, made once and kept until a change invalidates one
 * of their tags.
 *
 * Before every answer the feed is polled, and keys contain the latest version of the tags: a value made from
 * another state cannot be requested, in any tier. A fill never outlives an invalidation during its load. Of
 * readers that miss at the same moment one loads, but a reader that comes after an invalidation never joins
 * an older load.
 */
import type { Feed } from '../store/ports.js';
import type { Kind, Statistics, TierName } from './statistics.js';
import type { TagVersions } from './tag-versions.js';
import type { LocalTier, Tier, TierValue } from './tier.js';

export interface DerivedBody {
  /** Shared: must not be changed. */
  readonly body: Buffer;
  readonly etag: string | null;
}

export interface DerivedRequest {
  readonly kind: Kind;
  /** `detail:<id>:<rest>` or `<kind>:<owner or *>:<rest>`; also contains what the caller may see. */
  readonly key: string;
  readonly tags: readonly string[];
  /** Milliseconds after which the result changes without any write; absent: never. */
  readonly changesInMs?: number;
  load(): Promise<DerivedBody>;
}

export interface Derived extends DerivedBody {
  readonly tier: TierName;
}

export interface DerivedDeps {
  readonly feed: Pick<Feed, 'poll' | 'pollSoon'>;
  readonly tagVersions: TagVersions;
  /** Null: no L1. */
  readonly l1: LocalTier | null;
  /** Null: no L2. */
  readonly l2: Tier | null;
  readonly statistics: Statistics;
  /** Upper bound on the lifetime of an entry of this kind. */
  ttlMs(kind: Kind): number;
}

export class DerivedCache {
  private readonly flights = new Map<string, Promise<Derived>>();

  constructor(private readonly deps: DerivedDeps) {}

  /** The result from the nearest tier that has the present one, else loaded. Rejects as `load` does. */
  async get(request: DerivedRequest): Promise<Derived> {
    const { l1, statistics } = this.deps;
    await this.deps.feed.pollSoon();
    const name = this.nameOf(request);
    const kept = l1?.peek(name);
    statistics.countKey(request.key, kept !== undefined);
    if (kept) return { body: kept.body, etag: kept.etag, tier: 'l1' };
    const flight = this.flights.get(name);
    if (flight) return flight;
    const result = this.fill(request, name).finally(() => this.flights.delete(name));
    this.flights.set(name, result);
    return result;
  }

  /**
   * Loads past the caches and fills them, unless L1 keeps it for `lifeMs` more: for warming, before entries
   * expire. True when it has loaded. Counts neither as a hit nor as a miss.
   */
  async refresh(request: DerivedRequest, lifeMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    await this.deps.feed.pollSoon();
    const name = this.nameOf(request);
    if ((this.deps.l1?.ttlMsOf(name) ?? 0) >= lifeMs) return false;
    await this.load(request, name);
    return true;
  }

  /** The key of the state of the last poll: it ends with the latest version of the tags. */
  private nameOf({ key, tags }: DerivedRequest): string {
    return stateKey(key, this.deps.tagVersions.latest(tags));
  }

  private async fill(request: DerivedRequest, name: string): Promise<Derived> {
    const found = (await this.deps.l2?.get(name)) ?? null;
    if (!found) return this.load(request, name);
    // With the time to live that is left, so that promotion prolongs nothing.
    this.deps.l1?.put(name, found);
    return { body: found.body, etag: found.etag, tier: 'l2' };
  }

  private async load(request: DerivedRequest, name: string): Promise<Derived> {
    const startedAt = performance.now();
    const { body, etag } = await request.load();
    this.deps.statistics.timeStore((performance.now() - startedAt) * 1000);
    const ttlMs = Math.min(this.deps.ttlMs(request.kind), request.changesInMs ?? Number.POSITIVE_INFINITY);
    await this.deps.feed.pollSoon();
    if (ttlMs > 0 && this.nameOf(request) === name) {
      const value: TierValue = { body, etag, ttlMs };
      this.deps.l1?.put(name, value);
      // Not awaited: an answer may cost one budget of Redis, not two.
      void this.deps.l2?.set(name, value);
    }
    return { body, etag, tier: 'store' };
  }
}

/** The tag version follows the last `@`: no request's key ends with one. */
export function stateKey(key: string, touch: string): string {
  return `${key}@${touch}`;
}

export function plainKey(stateKey: string): string {
  return stateKey.slice(0, stateKey.lastIndexOf('@'));
}
