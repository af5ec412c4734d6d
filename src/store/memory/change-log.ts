/** The order of all commits of a memory store, one list for all its feeds, bounded by number. */
import { randomBytes } from 'node:crypto';
import { type Change, positionOf } from '../ports.js';
import type { Position } from '../position.js';

const KEPT = 10_000;
const SEGMENT = 1;

export class ChangeLog {
  readonly epoch = randomBytes(4).toString('hex');
  /** The position before everything that is kept. */
  oldest: Position = { epoch: this.epoch, segment: SEGMENT, at: 0, commit: 0 };
  private list: Change[] = [];

  /** @param kept how many of the latest changes; at twice as many the older half is dropped. */
  constructor(private readonly kept = KEPT) {}

  /** What is kept, in order; their places have no gap. */
  get changes(): readonly Change[] {
    return this.list;
  }

  add(change: Omit<Change, 'epoch' | 'segment' | 'at'>): void {
    const at = this.oldest.at + this.list.length + 1;
    this.list.push({ epoch: this.epoch, segment: SEGMENT, at, ...change });
    const dropped = this.list[this.kept - 1];
    if (this.list.length === this.kept * 2 && dropped) {
      this.oldest = positionOf(dropped, dropped.to);
      this.list = this.list.slice(this.kept);
    }
  }

  /** The change that follows a position at which a change ends. */
  next({ at }: Position): Change | undefined {
    return this.list[at - this.oldest.at];
  }
}
