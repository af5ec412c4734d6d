/**
 * One channel of Redis, subscribed to on a dedicated connection, for ever.
 *
 * Each connection is used once: subscribed explicitly, up only when Redis has acknowledged that, and replaced
 * when it is lost or answers no ping. So no message can be missed without a report.
 */
import { Redis } from 'ioredis';
import { backoffMs, listenOptions } from './redis-options.js';
import type { RedisTarget } from './redis-url.js';

export interface SubscriptionListener {
  onText(text: string): void;
  /** From now on every message is received. */
  onUp(): void;
  /** Called for each failed attempt, too. */
  onDown(): void;
}

/** A connection that lasted this long was a good one: the next delay is the shortest again. */
const GOOD_MS = 5_000;

export class RedisSubscription {
  private client: Redis | null = null;
  private upSince: number | null = null;
  private attempts = 0;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly target: RedisTarget,
    private readonly channel: string,
    private readonly listener: SubscriptionListener,
  ) {
    void this.open();
  }

  get up(): boolean {
    return this.upSince !== null;
  }

  /** A connection to a host that has vanished is as silent as a quiet channel: a ping tells them apart. */
  ping(): void {
    const { client } = this;
    if (client && this.up) client.ping().catch(() => this.lose(client));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.client?.disconnect();
    this.client = null;
    this.upSince = null;
  }

  private async open(): Promise<void> {
    const client = new Redis(listenOptions(this.target, this.attempts));
    this.client = client;
    client.on('error', () => undefined);
    client.on('end', () => this.lose(client));
    client.on('message', (_channel: string, text: string) => this.listener.onText(text));
    try {
      await client.connect();
      await client.subscribe(this.channel);
    } catch {
      return this.lose(client);
    }
    if (this.client !== client) return;
    this.upSince = performance.now();
    this.listener.onUp();
  }

  private lose(client: Redis): void {
    if (this.client !== client) return;
    this.client = null;
    client.disconnect();
    if (this.upSince !== null && performance.now() - this.upSince > GOOD_MS) this.attempts = 0;
    this.upSince = null;
    this.attempts++;
    if (this.closed) return;
    this.timer = setTimeout(() => void this.open(), backoffMs(this.attempts));
    this.timer.unref();
    this.listener.onDown();
  }
}
