/**
 * The link to Redis that the cache's tier and the bus share: a few multiplexed command connections and one
 * breaker.
 *
 * A call either answers within its budget or is UNAVAILABLE; it never rejects, and while Redis is away or the
 * breaker is open it does not even begin. Nothing is queued for later and nothing is sent twice. Connections
 * are re-established automatically, for ever. An error that Redis returns in good time is UNAVAILABLE as
 * well, but does not count for the breaker.
 */
import { Cluster, Redis } from 'ioredis';
import type { Log } from '../platform/log.js';
import { Breaker, type BreakerState } from './breaker.js';
import { commandOptions } from './redis-options.js';
import { parseRedisUrl, type RedisTarget } from './redis-url.js';

export const UNAVAILABLE = Symbol('trouble');
export type Unavailable = typeof UNAVAILABLE;

/** Budget of one whole call, in milliseconds: what takes longer is a miss. */
const BUDGET_MS = 50;
/** Calls under way at once. More would queue in this process and be late through no fault of Redis. */
const IN_FLIGHT_MAX = 256;

/** The commands that this program uses; a cluster and a single server both have them. */
export interface RedisCommands {
  getBuffer(key: string): Promise<Buffer | null>;
  getrangeBuffer(key: string, from: number, to: number): Promise<Buffer>;
  set(key: string, value: Buffer, unit: 'PX', milliseconds: number): Promise<unknown>;
  pttl(key: string): Promise<number>;
  strlen(key: string): Promise<number>;
  unlink(key: string): Promise<number>;
  publish(channel: string, text: string): Promise<number>;
  ping(): Promise<string>;
}

export interface RedisLinkOptions {
  readonly url: string;
  /** Command connections. */
  readonly connections: number;
  /** Budget of one whole call, in milliseconds; tests may raise it from `BUDGET_MS`. */
  readonly budgetMs?: number;
  readonly log: Log;
}

export type LinkState = 'ok' | 'degraded' | 'down';

export class RedisLink {
  readonly target: RedisTarget;
  private readonly clients: readonly (Redis | Cluster)[];
  private readonly breaker: Breaker;
  private readonly budgetMs: number;
  private turn = 0;
  private inFlight = 0;
  private refused = 0;
  private answeredAt = 0;
  private notified: LinkState | null = null;
  private closed = false;
  private problem: string | null = null;

  /** Begins to connect and returns at once. Errors: ConfigError when the URL is invalid. */
  constructor({ url, connections, log, budgetMs = BUDGET_MS }: RedisLinkOptions) {
    this.budgetMs = budgetMs;
    this.target = parseRedisUrl(url);
    this.breaker = new Breaker({
      probe: () => this.probe(),
      now: () => performance.now(),
      random: Math.random,
    });
    this.clients = Array.from({ length: connections }, () => open(this.target));
    for (const client of this.clients) {
      // Without a listener ioredis writes to the console. The state shows the outage, the reason is kept.
      client.on('error', (error: Error) => {
        this.problem = error.message;
      });
      client.on('ready', () => this.breaker.hurry());
      for (const event of ['ready', 'close']) client.on(event, () => this.notify(log));
    }
  }

  /** All connections are there and answer; some; none, or the breaker is open. */
  get state(): LinkState {
    if (this.closed || this.breaker.state !== 'closed') return 'down';
    const ready = this.clients.filter(isReady).length;
    if (ready === this.clients.length) return 'ok';
    return ready > 0 ? 'degraded' : 'down';
  }

  get breakerState(): BreakerState {
    return this.breaker.state;
  }

  /** How often the breaker has opened. */
  get breakerOpenings(): number {
    return this.breaker.opened;
  }

  /** Calls that were not begun because too many were under way. */
  get refusals(): number {
    return this.refused;
  }

  /** For operators: the last problem, or null. */
  get lastProblem(): string | null {
    return this.problem;
  }

  /** Runs one call on one connection. */
  call<T>(work: (redis: RedisCommands) => Promise<T>): Promise<T | Unavailable> {
    this.turn = (this.turn + 1) % this.clients.length;
    const next = this.clients[this.turn];
    const client = next !== undefined && isReady(next) ? next : this.clients.find(isReady);
    return client === undefined ? Promise.resolve(UNAVAILABLE) : this.run(client, work);
  }

  /** Like `call`, but on the same connection as long as it is up: what is sent by it stays in order. */
  callInOrder<T>(work: (redis: RedisCommands) => Promise<T>): Promise<T | Unavailable> {
    const client = this.clients.find(isReady);
    return client === undefined ? Promise.resolve(UNAVAILABLE) : this.run(client, work);
  }

  /** Runs one call on a single server; those of a cluster are numbered as `serverCount` counts. */
  callServer<T>(server: number, work: (redis: Redis) => Promise<T>): Promise<T | Unavailable> {
    const client = this.servers()[server];
    return client === undefined ? Promise.resolve(UNAVAILABLE) : this.run(client, work);
  }

  /** Servers that hold keys: 0 while there is no connection. */
  get serverCount(): number {
    return this.servers().length;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.breaker.end();
    for (const client of this.clients) client.disconnect();
  }

  private servers(): Redis[] {
    const client = this.clients.find(isReady);
    if (client === undefined) return [];
    return client instanceof Cluster ? client.nodes('master') : [client];
  }

  private async run<C, T>(client: C, work: (client: C) => Promise<T>): Promise<T | Unavailable> {
    if (this.closed || this.breaker.state !== 'closed') return UNAVAILABLE;
    if (this.inFlight >= IN_FLIGHT_MAX) {
      this.refused++;
      return UNAVAILABLE;
    }
    const begunAt = performance.now();
    this.inFlight++;
    const outcome = await withinBudget(work, client, this.budgetMs);
    this.inFlight--;
    return this.judged(outcome, begunAt);
  }

  private judged<T>(outcome: Outcome<T>, begunAt: number): T | Unavailable {
    if ('value' in outcome) {
      this.answeredAt = performance.now();
      this.breaker.succeeded();
      return outcome.value;
    }
    this.problem = outcome.problem;
    // If other calls were answered in the meantime, Redis is up: only the share of late calls counts.
    if (outcome.counts) this.breaker.failed(this.answeredAt < begunAt);
    return UNAVAILABLE;
  }

  /** Redis is healthy when at least one connection is up and every one that is up answers. */
  private async probe(): Promise<boolean> {
    const ready = this.clients.filter(isReady);
    const outcomes = await Promise.all(
      ready.map((client) => withinBudget((redis) => redis.ping(), client as RedisCommands, this.budgetMs)),
    );
    return ready.length > 0 && outcomes.every((outcome) => 'value' in outcome);
  }

  private notify(log: Log): void {
    const ready = this.clients.filter(isReady).length;
    const state = ready === this.clients.length ? 'ok' : ready > 0 ? 'degraded' : 'down';
    if (this.closed || state === this.notified || (state === 'degraded' && this.notified !== 'ok')) return;
    this.notified = state;
    const fields = { redis: this.target.shown, ready, connections: this.clients.length };
    if (state === 'ok') log.info(fields, 'Redis is there');
    else log.warn({ ...fields, problem: this.problem }, 'Redis is not there; answers come without it');
  }
}

function open(target: RedisTarget): Redis | Cluster {
  const options = commandOptions(target);
  return 'nodes' in options ? new Cluster([...options.nodes], options.cluster) : new Redis(options.single);
}

function isReady(client: Redis | Cluster): boolean {
  return client.status === 'ready';
}

type Outcome<T> = { readonly value: T } | { readonly problem: string; readonly counts: boolean };

function withinBudget<C, T>(
  work: (client: C) => Promise<T>,
  client: C,
  budgetMs: number,
): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    const late = () => resolve({ problem: `no answer within ${budgetMs} ms`, counts: true });
    // If this process was late, the answer may be in the socket already: read it once before giving up.
    const timer = setTimeout(() => setImmediate(late), budgetMs);
    work(client).then(
      (value) => {
        clearTimeout(timer);
        resolve({ value });
      },
      (error: Error) => {
        clearTimeout(timer);
        resolve({ problem: error.message, counts: error.name !== 'ReplyError' });
      },
    );
  });
}
