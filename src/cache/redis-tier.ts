/**
 * L2: values in Redis, shared by all workers of all hosts over one store, under the store's names, which all
 * expire.
 *
 * Trouble with Redis is a miss within the budget of one call; while the breaker is open a miss does not wait
 * at all. What is found is verified before it is returned: a value that this store has not put under this
 * very key is a miss and is removed. The remaining time to live is the one that Redis reports, so no host's
 * clock matters. KEYS and FLUSHDB are never sent.
 */
import { type RedisLink, UNAVAILABLE } from '../bus/redis-link.js';
import { globMatches } from '../domain/glob.js';
import { RedisKeys } from './redis-keys.js';
import { kindOf } from './statistics.js';
import { decodeValue, encodeValue, HEADER_BYTES, KEY_BYTES_MAX, peekValue } from './stored-value.js';
import type { Tier, TierHealth, TierKey, TierStats, TierValue } from './tier.js';
import { nothingHeld, TierCounts } from './tier-counts.js';
import { ValueMac } from './value-mac.js';

export interface RedisTierOptions {
  readonly link: RedisLink;
  readonly prefix: string;
  readonly storeId: string;
  /** The store's secret: a value that was not made with it is never returned. */
  readonly secret: Buffer;
}

/** Bound of one value as stored in Redis: about 8 ms of a gigabit line, well within the budget. */
const STORED_BYTES_MAX = 1024 * 1024;
const LIFE_MS_MAX = 7 * 24 * 3_600_000;
/** Names that Redis examines in one SCAN, and entries handled in one round trip. */
const SCAN_COUNT = 1_000;
const BATCH = 200;
/** One walk over all names ends after this, complete or not. */
const WALK_MS_MAX = 3_000;
const NOTHING = Buffer.alloc(0);

interface Found {
  readonly name: string;
  readonly key: string;
}

export class RedisTier implements Tier {
  readonly kind = 'redis';
  private readonly counts = new TierCounts();
  private readonly keysOf: RedisKeys;
  private readonly mac: ValueMac;
  private held = nothingHeld();
  private measuring: Promise<void> | null = null;
  private refused = 0;
  private closed = false;

  constructor(private readonly options: RedisTierOptions) {
    this.keysOf = new RedisKeys(options.prefix, options.storeId);
    this.mac = new ValueMac(options.secret);
  }

  /** Values that were found and could not be returned. */
  get refusals(): number {
    return this.refused;
  }

  async get(key: string): Promise<TierValue | null> {
    const startedAt = performance.now();
    const value = this.closed ? null : await this.lookUp(key);
    this.counts.recordLookup(key, value !== null, startedAt);
    return value;
  }

  async set(key: string, { body, etag, ttlMs }: TierValue): Promise<void> {
    const lifeMs = Math.min(Math.floor(ttlMs), LIFE_MS_MAX);
    // While Redis is away nothing is compressed for it either.
    if (this.closed || !(lifeMs >= 1) || this.options.link.state === 'down') return;
    const bytes = await encodeValue(this.mac, key, this.keysOf.isHashed(key), { body, etag, lifeMs });
    if (bytes === null || bytes.length > STORED_BYTES_MAX) return;
    const name = this.keysOf.nameOf(key);
    await this.options.link.call((redis) => redis.set(name, bytes, 'PX', lifeMs));
  }

  async delete(key: string): Promise<boolean> {
    const removed = this.closed ? 0 : await this.unlink(this.keysOf.nameOf(key));
    if (removed > 0) this.counts.invalidated(key);
    return removed > 0;
  }

  async deleteMatching(pattern: string): Promise<number> {
    let removed = 0;
    for await (const batch of this.walk(pattern)) {
      const outcome = await this.options.link.call((redis) =>
        Promise.all(batch.map(({ name }) => redis.unlink(name))),
      );
      if (outcome === UNAVAILABLE) continue;
      for (const [index, { key }] of batch.entries()) {
        if (outcome[index] !== 1) continue;
        removed++;
        this.counts.invalidated(key);
      }
    }
    return removed;
  }

  async keys(pattern: string, limit: number): Promise<TierKey[]> {
    const found = new Map<string, TierKey>();
    for await (const batch of this.walk(pattern)) {
      for (const key of await this.described(batch)) found.set(key.key, key);
      if (found.size >= limit) break;
    }
    return [...found.values()].slice(0, limit);
  }

  /** Counts this store's entries, for `stats`; costs a walk over all names. Concurrent calls share one. */
  measure(): Promise<void> {
    this.measuring ??= this.count().finally(() => {
      this.measuring = null;
    });
    return this.measuring;
  }

  /** Entries and bytes are those of the last `measure`; Redis does not report its evictions. */
  stats(): TierStats {
    return this.counts.stats(this.held, 0);
  }

  health(): TierHealth {
    const { link } = this.options;
    if (this.closed) return { status: 'off', detail: 'closed' };
    const { state, breakerState, lastProblem } = link;
    const trouble = `${link.target.shown}, breaker ${breakerState}, last: ${lastProblem ?? 'nothing'}`;
    return { status: state, detail: state === 'ok' ? link.target.shown : trouble };
  }

  /** The connections belong to the link, which others may still use. */
  async close(): Promise<void> {
    this.closed = true;
  }

  private async lookUp(key: string): Promise<TierValue | null> {
    const name = this.keysOf.nameOf(key);
    const answer = await this.options.link.call((redis) =>
      Promise.all([redis.getBuffer(name), redis.pttl(name)]),
    );
    if (answer === UNAVAILABLE || answer[0] === null) return null;
    const [bytes, ttlMs] = answer;
    const value = await decodeValue(this.mac, key, bytes);
    // -2: it has expired between the two commands. -1: it never expires, so it is not one of this store's.
    if (value !== null && ttlMs > 0) return { body: value.body, etag: value.etag, ttlMs };
    if (ttlMs === -2) return null;
    this.refused++;
    // Not awaited: the budget is spent.
    void this.unlink(name);
    return null;
  }

  private async unlink(name: string): Promise<number> {
    const removed = await this.options.link.call((redis) => redis.unlink(name));
    return removed === UNAVAILABLE ? 0 : removed;
  }

  private async count(): Promise<void> {
    const held = nothingHeld();
    for await (const batch of this.walk('*')) {
      const lengths = await this.options.link.call((redis) =>
        Promise.all(batch.map(({ name }) => orElse(redis.strlen(name), 0))),
      );
      if (lengths === UNAVAILABLE) return;
      for (const [index, { key }] of batch.entries()) {
        const [bytes, ofKind] = [lengths[index] ?? 0, held[kindOf(key)]];
        if (bytes > 0) ofKind.entries++;
        ofKind.bytes += bytes;
      }
    }
    this.held = held;
  }

  /** All entries whose key matches, in batches. A concurrent change may be missed; one may come twice. */
  private async *walk(pattern: string): AsyncGenerator<readonly Found[]> {
    const { link } = this.options;
    const glob = this.keysOf.globOf(pattern);
    const endAt = performance.now() + WALK_MS_MAX;
    for (let server = 0; !this.closed && server < link.serverCount; server++) {
      let cursor = '0';
      do {
        const from = cursor;
        const answer = await link.callServer(server, (redis) =>
          redis.scan(from, 'MATCH', glob, 'COUNT', SCAN_COUNT),
        );
        if (answer === UNAVAILABLE) return;
        const [next, names] = answer;
        cursor = next;
        for (let first = 0; first < names.length; first += BATCH) {
          const found = await this.named(server, names.slice(first, first + BATCH));
          const matching = found.filter(({ key }) => globMatches(pattern, key));
          if (matching.length > 0) yield matching;
        }
      } while (cursor !== '0' && !this.closed && performance.now() < endAt);
    }
  }

  /** The keys of these names; those of hashed ones are read from their values. */
  private async named(server: number, names: readonly string[]): Promise<Found[]> {
    const found: Found[] = [];
    const hashed: string[] = [];
    for (const name of names) {
      const key = this.keysOf.keyOf(name);
      if (key === null) hashed.push(name);
      else found.push({ name, key });
    }
    const heads = await this.heads(server, hashed, HEADER_BYTES + KEY_BYTES_MAX);
    heads.forEach((head, index) => {
      const [name, key] = [hashed[index], peekValue(head)?.key];
      if (name !== undefined && key != null) found.push({ name, key });
    });
    return found;
  }

  private async heads(server: number, names: readonly string[], bytes: number): Promise<Buffer[]> {
    if (names.length === 0) return [];
    const answer = await this.options.link.callServer(server, (redis) =>
      Promise.all(names.map((name) => orElse(redis.getrangeBuffer(name, 0, bytes - 1), NOTHING))),
    );
    return answer === UNAVAILABLE ? [] : answer;
  }

  private async described(batch: readonly Found[]): Promise<TierKey[]> {
    const answer = await this.options.link.call((redis) =>
      Promise.all(
        batch.map(({ name }) =>
          Promise.all([
            orElse(redis.strlen(name), 0),
            redis.pttl(name),
            orElse(redis.getrangeBuffer(name, 0, HEADER_BYTES - 1), NOTHING),
          ]),
        ),
      ),
    );
    if (answer === UNAVAILABLE) return [];
    return answer.flatMap(([bytes, ttlMs, head], index) => {
      const [one, value] = [batch[index], peekValue(head)];
      if (one === undefined || value === null || ttlMs <= 0) return [];
      return [{ key: one.key, bytes, ageMs: Math.max(0, value.lifeMs - ttlMs), ttlMs }];
    });
  }
}

/** An error for one name (a value of another type is there) must not affect the others of its batch. */
function orElse<T>(answer: Promise<T>, other: T): Promise<T> {
  return answer.catch((error: Error) => {
    if (error.name === 'ReplyError') return other;
    throw error;
  });
}
