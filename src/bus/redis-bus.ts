/**
 * The bus over Redis: one channel for a store, `<prefix>v1:<store id>:bus`, for all its processes on all
 * hosts.
 *
 * It listens on a dedicated connection and publishes over the link's, where a breaker keeps a sick Redis from
 * delaying anything: what cannot be sent is lost, and the count that is shown afterwards lets the others
 * know.
 */
import type { Bus, BusListener, BusMessage, BusState } from './bus.js';
import { Exchange, type ExchangeStats } from './exchange.js';
import { type RedisLink, UNAVAILABLE } from './redis-link.js';
import { RedisSubscription } from './redis-subscription.js';

export interface RedisBusOptions {
  readonly link: RedisLink;
  readonly prefix: string;
  readonly storeId: string;
}

/** Without a subscription by then, Redis counts as down for now. */
const READY_MS = 1_000;
const HEARTBEAT_MS = 1_000;
const TEXT_LENGTH_MAX = 1_000_000;

export class RedisBus implements Bus {
  readonly kind = 'redis';
  readonly ready: Promise<void>;
  private readonly exchange: Exchange;
  private readonly subscription: RedisSubscription;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly settle: () => boolean;
  /** A published message may not have arrived. */
  private lost = false;

  constructor(private readonly options: RedisBusOptions) {
    const channel = `${options.prefix}v1:${options.storeId}:bus`;
    this.exchange = new Exchange((envelope) => void this.send(channel, JSON.stringify(envelope)));
    const { promise, resolve } = readiness();
    this.ready = promise;
    this.settle = resolve;
    this.subscription = new RedisSubscription(options.link.target, channel, {
      onText: (text) => this.receive(text),
      // Before this bus is ready there was nothing to miss.
      onUp: () => {
        if (!resolve()) this.exchange.gap();
      },
      onDown: resolve,
    });
    this.heartbeat = setInterval(() => this.checkLink(), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  publish(message: BusMessage): void {
    this.exchange.publish(message);
  }

  subscribe(listener: BusListener): () => void {
    return this.exchange.subscribe(listener);
  }

  stats(): ExchangeStats {
    return this.exchange.stats(this.state);
  }

  /** The link stays open: others may still use it. */
  async close(): Promise<void> {
    clearInterval(this.heartbeat);
    this.settle();
    this.exchange.close();
    this.subscription.close();
  }

  private get state(): BusState {
    const { state } = this.options.link;
    if (!this.subscription.up) return state === 'down' ? 'down' : 'degraded';
    return state === 'down' ? 'degraded' : 'ok';
  }

  private async send(channel: string, text: string): Promise<void> {
    const heard = await this.options.link.callInOrder((redis) => redis.publish(channel, text));
    if (heard === UNAVAILABLE) this.lost = true;
  }

  private receive(text: string): void {
    const value = text.length > TEXT_LENGTH_MAX ? null : parsed(text);
    this.exchange.receive(value);
  }

  private checkLink(): void {
    this.subscription.ping();
    if (!this.lost || this.options.link.state === 'down') return;
    this.lost = false;
    this.exchange.showCount();
  }
}

/** The parsed JSON; null, which is no valid message either, for text that is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `resolve` returns whether it was the first call. */
function readiness(): { promise: Promise<void>; resolve: () => boolean } {
  let settle = (): void => undefined;
  let open = true;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const resolve = (): boolean => {
    const first = open;
    open = false;
    clearTimeout(timer);
    settle();
    return first;
  };
  const timer = setTimeout(resolve, READY_MS);
  return { promise, resolve };
}
