/**
 * Reads one taskspace's log as API.md section 4 says: `after` the last seq seen, and waits for what comes.
 */
import { api } from '../../kit/recorder.js';
import { Follower } from './follower.js';
import type { Wire } from './wire.js';

/** Of one reader or stream: a number in an order, what it stands for, and when it came. */
export interface Delivery {
  readonly number: number;
  readonly value: string;
  readonly at: number;
}

export interface MessageReaderOptions {
  readonly port: number;
  readonly id: string;
  readonly waitSeconds: number;
  /** Added to `after`: a reader that is wrong, to show that it would be found. */
  readonly offBy?: number;
}

export class MessageReader extends Follower {
  readonly seen: Delivery[] = [];
  /** Answers without a message: waits that were over. */
  empty = 0;
  private last = 0;
  private chunks: Buffer[] = [];

  constructor(private readonly options: MessageReaderOptions) {
    super(options.port);
  }

  get id(): string {
    return this.options.id;
  }

  protected askNext(wire: Wire): void {
    const { id, waitSeconds, offBy = 0 } = this.options;
    this.chunks = [];
    const after = Math.max(0, this.last === 0 ? 0 : this.last + offBy);
    wire.get(api(id, `/messages?limit=500&wait=${waitSeconds}&after=${after}`));
  }

  protected onData(bytes: Buffer): void {
    this.chunks.push(bytes);
  }

  protected onWhole(): void {
    const at = performance.now();
    const { items } = JSON.parse(Buffer.concat(this.chunks).toString()) as {
      items: { seq: number; content: string }[];
    };
    if (items.length === 0) this.empty++;
    for (const { seq, content } of items) {
      this.seen.push({ number: seq, value: content, at });
      this.last = seq;
    }
  }
}
