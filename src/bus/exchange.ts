/**
 * What the buses share: messages of one turn of the event loop are sent together, and incoming ones are
 * validated, counted and passed on.
 *
 * Of several publications of one taskspace in one turn only the last is sent: it includes the others. A jump
 * in a sender's count is a gap. Messages of this process never come back to it.
 */
import { randomBytes } from 'node:crypto';
import { Histogram } from '../platform/histogram.js';
import type { BusListener, BusMessage, BusState, BusStats } from './bus.js';
import { type Envelope, parseEnvelope } from './envelope.js';

export interface ExchangeStats extends BusStats {
  /** Messages that arrived and were not valid. */
  readonly malformed: number;
}

/** With more messages than this in one turn they are sent at once. */
const BATCH_MAX = 500;
/** Other senders whose counts are followed; the one that was met first is forgotten first. */
const SENDERS_MAX = 1_000;

export class Exchange {
  private readonly from = randomBytes(8).toString('hex');
  private readonly listeners = new Set<BusListener>();
  private readonly senders = new Map<string, number>();
  private readonly lagMs = new Histogram();
  /** Publications by taskspace, every other message separately. */
  private batch = new Map<string, BusMessage>();
  private flushing: NodeJS.Immediate | null = null;
  private sent = 0;
  private counts = { published: 0, received: 0, gaps: 0, malformed: 0 };
  private closed = false;

  /**
   * @param send puts one envelope on the wire; never throws and need not succeed.
   * @param now milliseconds of the clock that all processes on all hosts are set to.
   */
  constructor(
    private readonly send: (envelope: Envelope) => void,
    private readonly now: () => number = Date.now,
  ) {}

  publish(message: BusMessage): void {
    if (this.closed) return;
    const key = keyOf(message);
    this.batch.delete(key);
    this.batch.set(key, message);
    if (this.batch.size >= BATCH_MAX) this.flush();
    else this.flushing ??= setImmediate(() => this.flush());
  }

  /** Shows this sender's count to the others, which may have missed something. */
  showCount(): void {
    if (!this.closed) this.send(this.envelope([]));
  }

  subscribe(listener: BusListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param value what came over the wire, parsed. */
  receive(value: unknown): void {
    if (this.closed) return;
    const envelope = parseEnvelope(value);
    if (envelope === null) {
      this.counts.malformed++;
      return;
    }
    if (envelope.from === this.from) return;
    const { messages, at } = envelope;
    const lost = this.follow(envelope);
    // Clocks of two hosts may differ; a message from the future counts as one without lag.
    for (const _message of messages) this.lagMs.record((this.now() - at) * 1000);
    this.counts.received += messages.length;
    for (const message of messages) this.announce((listener) => listener.onMessage(message));
    if (lost) this.gap();
  }

  gap(): void {
    if (this.closed) return;
    this.counts.gaps++;
    this.announce((listener) => listener.onGap());
  }

  stats(state: BusState): ExchangeStats {
    const [p50, p99] = [this.lagMs.quantile(0.5), this.lagMs.quantile(0.99)];
    return {
      ...this.counts,
      state: this.closed ? 'off' : state,
      lagP50Ms: p50 === null ? null : p50 / 1000,
      lagP99Ms: p99 === null ? null : p99 / 1000,
    };
  }

  /** Sends what waits, and nothing afterwards. */
  close(): void {
    this.flush();
    this.closed = true;
    this.listeners.clear();
  }

  private flush(): void {
    if (this.flushing) clearImmediate(this.flushing);
    this.flushing = null;
    if (this.batch.size === 0) return;
    const messages = [...this.batch.values()];
    this.batch = new Map();
    this.counts.published += messages.length;
    this.send(this.envelope(messages));
  }

  private envelope(messages: readonly BusMessage[]): Envelope {
    return { v: 1, from: this.from, n: ++this.sent, at: this.now(), messages };
  }

  /** @returns whether envelopes of this sender are missing; false for a sender never met before. */
  private follow({ from, n }: Envelope): boolean {
    const last = this.senders.get(from);
    if (last === undefined && this.senders.size >= SENDERS_MAX) {
      const [first] = this.senders.keys();
      if (first !== undefined) this.senders.delete(first);
    }
    this.senders.set(from, Math.max(n, last ?? 0));
    return last !== undefined && n > last + 1;
  }

  /** A defect of a listener must neither break the wire nor be swallowed. */
  private announce(one: (listener: BusListener) => void): void {
    for (const listener of this.listeners) {
      try {
        one(listener);
      } catch (error) {
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }
}

/** Of several messages with the same key the last one includes the others. */
function keyOf(message: BusMessage): string {
  if (message.type === 'told') return `told ${message.id}`;
  return message.type === 'drop' ? `drop ${message.pattern}` : message.type;
}
