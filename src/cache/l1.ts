/**
 * L1: folded taskspaces with bodies ready to send, kept in this process, bounded in bytes.
 *
 * Nothing here is trusted: every hit is checked against the journal by a `stat`. Without L1 a handle exists
 * only while it is in use, so that writers of the same moment still share one group commit.
 */
import { LRUCache } from 'lru-cache';
import { turn } from '../platform/turn.js';
import type { Change, Store, Taskspace } from '../store/ports.js';
import type { Statistics } from './statistics.js';
import type { TierStats } from './tier.js';
import { addKinds, KindCounts, nothingHeld, TierCounts, tierOf } from './tier-counts.js';

/**
 * A rendered body. Valid while `of`, the value that it was rendered from, is still the value in the state.
 */
export interface ReadyBody {
  readonly of: object;
  readonly body: Buffer;
  readonly etag: string;
}

export type Work<T> = (cached: CachedTaskspace, hit: boolean) => Promise<T> | T;

export class CachedTaskspace {
  readonly bodies = new Map<string, ReadyBody>();
  users = 0;
  /** The weight that L1 has counted for it; 0 while it is not in L1. */
  counted = 0;
  hits = 0;
  readonly since = performance.now();
  /** Bounded mode: when the state was last checked, and since when the feed has had a later change. */
  checkedAt = performance.now();
  behindSince: number | null = null;
  /** The turn in which the state was last checked, and what the check has shown. */
  checkedIn = -1;
  isCurrent = false;

  constructor(readonly folder: Taskspace) {}

  get weight(): number {
    let bytes = this.folder.weight;
    for (const { body } of this.bodies.values()) bytes += body.length + BODY_OVERHEAD_BYTES;
    return bytes;
  }
}

const BODY_OVERHEAD_BYTES = 300;
/** A change of weight below this share is not reported to the LRU. */
const WEIGHT_SLACK = 0.1;

/** Warming fills L1 up to this share. */
const ROOM_SHARE = 0.9;

/** A new one for every size: the LRU does not accept another size for the value that it holds already. */
interface Entry {
  readonly cached: CachedTaskspace;
}

/** One lookup in this many is timed, a power of two: timing every one would cost as much as the lookup. */
const TIMED_EVERY = 64;

export interface L1Options {
  /** Bound in bytes; 0 = no L1. */
  readonly bytesMax: number;
  /** Upper bound on an entry's lifetime. */
  readonly ttlSeconds: number;
  /** Null: strict, every hit is checked. Else for how many ms a state without later changes is trusted. */
  readonly trustMs: number | null;
}

/** The part of L1 that use cases need. */
export type L1Reads = Pick<L1, 'use' | 'useToWrite'>;

export class L1 {
  private readonly lru: LRUCache<string, Entry> | null;
  /** Handles in use, whether in L1 or not. */
  private readonly used = new Map<string, CachedTaskspace>();

  private readonly counts = new KindCounts();
  private checks = 0;
  private readonly trustMs: number | null;

  constructor(
    private readonly store: Store,
    private readonly statistics: Statistics,
    { bytesMax, ttlSeconds, trustMs }: L1Options,
  ) {
    this.trustMs = trustMs;
    if (trustMs !== null)
      store.feed.subscribe({
        onChange: (change) => this.noteChange(change),
        onUnreadable: () => this.distrust(),
      });
    if (bytesMax === 0) {
      this.lru = null;
      return;
    }
    this.lru = new LRUCache<string, Entry>({
      maxSize: bytesMax,
      ttl: ttlSeconds * 1000,
      ttlResolution: 1000,
      noDisposeOnSet: true,
      noUpdateTTL: true,
      dispose: ({ cached }, _id, reason) => {
        if (reason === 'evict') this.counts.evictions.size++;
        if (reason === 'expire') this.counts.evictions.ttl++;
        cached.counted = 0;
        if (cached.users === 0) cached.folder.close();
      },
    });
  }

  /**
   * Calls `show` at the end of this turn with a cached taskspace whose state is the present one, or with
   * undefined when it is not here. `show` must not throw.
   */
  peek(id: string, show: (cached: CachedTaskspace | undefined) => void): void {
    turn.atEnd('read', () => {
      const cached = this.lru?.get(id)?.cached;
      if (!cached || !this.isPresent(cached)) return show(undefined);
      this.counts.hits++;
      cached.hits++;
      show(cached);
    });
  }

  /**
   * Runs `work` on the taskspace's handle, its state that of a moment after this call: checked at the end of
   * this turn, once for all who ask in it. `work` begins where the check ends: up to its first `await` it
   * sees that state. `hit` tells whether L1 had it. Errors: those of the store, and of `work`.
   */
  use<T>(id: string, work: Work<T>): Promise<T> {
    return this.checkAndUse(id, work, true);
  }

  /** Silent reads, for warming: neither a hit nor a miss. */
  readonly silent: L1Reads = {
    use: (id, work) => this.checkAndUse(id, work, false),
    useToWrite: (id, work) => this.useToWrite(id, work),
  };

  private checkAndUse<T>(id: string, work: Work<T>, counted: boolean): Promise<T> {
    return new Promise((resolve) => {
      turn.atEnd('read', () => resolve(this.useNow(id, work, counted)));
    });
  }

  private async useNow<T>(id: string, work: Work<T>, counted: boolean): Promise<T> {
    const inL1 = this.lru?.get(id)?.cached;
    const cached = inL1 ?? this.used.get(id) ?? new CachedTaskspace(this.store.open(id));
    cached.users++;
    this.used.set(id, cached);
    try {
      const hit = inL1 !== undefined && this.isPresent(inL1);
      if (hit && counted) {
        this.counts.hits++;
        cached.hits++;
      } else if (this.lru && counted) this.counts.misses++;
      if (!hit) await this.load(id, cached);
      // Another load may have begun since: `work` begins in the turn in which the state was found current.
      while (!hit && !cached.folder.catchUpNow()) await cached.folder.catchUp();
      return await work(cached, hit);
    } finally {
      this.release(id, cached);
    }
  }

  /**
   * Runs `work` on the handle of a taskspace that is about to be written to. A cached state is not checked
   * first: a write checks the journal itself.
   */
  async useToWrite<T>(id: string, work: (cached: CachedTaskspace) => Promise<T>): Promise<T> {
    const cached = this.lru?.get(id)?.cached ?? this.used.get(id);
    if (!cached?.folder.exists) return this.use(id, work);
    cached.users++;
    this.used.set(id, cached);
    try {
      return await work(cached);
    } finally {
      this.release(id, cached);
    }
  }

  /**
   * Whether the state may be shown at the end of this turn: checked once, and again when somebody has written
   * to it since.
   */
  private isPresent(cached: CachedTaskspace): boolean {
    if (cached.checkedIn === turn.number && cached.isCurrent && cached.folder.isPublished) return true;
    cached.checkedIn = turn.number;
    cached.isCurrent = this.timedCheck(cached);
    return cached.isCurrent;
  }

  private timedCheck(cached: CachedTaskspace): boolean {
    if (this.checks++ % TIMED_EVERY !== 0) return this.isCurrent(cached);
    const startedAt = performance.now();
    const present = this.isCurrent(cached);
    this.counts.latencyNs.record((performance.now() - startedAt) * 1e6, TIMED_EVERY);
    return present;
  }

  /** Whether a lookup may be answered from this state: it is current, or in bounded mode young enough. */
  private isCurrent(cached: CachedTaskspace): boolean {
    if (this.trustMs === null) return cached.folder.catchUpNow();
    const now = performance.now();
    const feedIsKnown = now - this.store.feed.polledAt < this.trustMs;
    const isYoung = cached.behindSince === null && now - cached.checkedAt < this.trustMs;
    // What a writer here has appended is in the state already: it has to be published first.
    if (feedIsKnown && isYoung && cached.folder.isPublished) return true;
    if (!cached.folder.catchUpNow()) return false;
    if (cached.behindSince !== null) this.statistics.recordStaleness(now - cached.behindSince);
    cached.behindSince = null;
    cached.checkedAt = now;
    return true;
  }

  private noteChange({ id, to }: Change): void {
    const cached = this.lru?.peek(id)?.cached;
    if (cached && cached.folder.state.commit < to) cached.behindSince ??= performance.now();
  }

  private distrust(): void {
    for (const { cached } of this.lru?.values() ?? []) cached.behindSince ??= performance.now();
  }

  /** Drops a taskspace's state; true when it was here. */
  drop(id: string): boolean {
    const dropped = this.lru?.delete(id) === true;
    if (dropped) this.counts.invalidations++;
    return dropped;
  }

  /**
   * Drops a state that expires within this many milliseconds, so that the next use loads it anew with a full
   * time to live. True when it was dropped.
   */
  endEarly(id: string, lifeMs: number): boolean {
    return this.ttlMsOf(id) < lifeMs && this.lru?.delete(id) === true;
  }

  /** Whether more may be loaded without evicting what requests have loaded. */
  get hasRoom(): boolean {
    return this.lru !== null && this.lru.calculatedSize < this.lru.maxSize * ROOM_SHARE;
  }

  has(id: string): boolean {
    return this.lru?.has(id) === true;
  }

  /** The cached taskspaces, the most recently used first. Iterating counts as no use. */
  *entries(): Generator<[id: string, cached: CachedTaskspace]> {
    for (const [id, { cached }] of this.lru?.entries() ?? []) yield [id, cached];
  }

  /** Milliseconds until it expires. */
  ttlMsOf(id: string): number {
    return this.lru?.getRemainingTTL(id) ?? 0;
  }

  /** Folded states, which are details, and derived results of this worker as one tier; null without L1. */
  stats(derived: TierStats | null): TierStats | null {
    if (!this.lru) return null;
    const { size: entries, calculatedSize: bytes, maxSize } = this.lru;
    const { kinds, maxBytes } = derived ?? new TierCounts().stats(nothingHeld(), 0);
    const detail = addKinds([this.counts.save({ entries, bytes }, maxSize), kinds.detail]);
    return tierOf({ ...kinds, detail }, maxSize + maxBytes);
  }

  close(): void {
    this.lru?.clear();
  }

  private async load(id: string, cached: CachedTaskspace): Promise<void> {
    const cold = !cached.folder.exists;
    cached.checkedAt = performance.now();
    cached.behindSince = null;
    await cached.folder.catchUp();
    if (cold && cached.folder.exists) await cached.folder.repairMirror();
    if (this.lru && cached.folder.exists) this.keep(id, cached);
  }

  private release(id: string, cached: CachedTaskspace): void {
    cached.users--;
    if (this.lru && cached.folder.exists) this.keep(id, cached);
    if (cached.users > 0) return;
    if (this.used.get(id) === cached) this.used.delete(id);
    if (cached.counted === 0) cached.folder.close();
  }

  /** Puts it into L1, or updates its weight there. */
  private keep(id: string, cached: CachedTaskspace): void {
    const { weight } = cached;
    if (cached.counted > 0 && Math.abs(weight - cached.counted) <= cached.counted * WEIGHT_SLACK) return;
    const entry = { cached };
    this.lru?.set(id, entry, { size: weight });
    // One that is larger than all of L1 is not kept.
    cached.counted = this.lru?.peek(id) === entry ? weight : 0;
  }
}
