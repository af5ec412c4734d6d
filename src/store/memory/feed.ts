/** A feed over the list of all changes: what one reader of it has passed on to its listeners so far. */
import { changesAfter, positionGone } from '../changes.js';
import { onceATurn } from '../once-a-turn.js';
import { type Change, type Feed, type FeedListener, positionOf } from '../ports.js';
import { comparePositions, type Position } from '../position.js';
import type { ChangeLog } from './change-log.js';

export class MemoryFeed implements Feed {
  private readonly listeners = new Set<FeedListener>();
  private readonly publishListeners = new Set<(id: string) => void>();
  /**
   * Where the last change ended that was passed on: not the place of the next one, so that it names the state
   * with that change and never the one before the next.
   */
  position: Position = { epoch: '', segment: 0, at: 0, commit: 0 };
  segmentId = '';
  polledAt = Number.NEGATIVE_INFINITY;
  readonly pollSoon = onceATurn<Position>(() => this.poll());

  constructor(private readonly log: ChangeLog) {}

  begin(): void {
    const { epoch, segment } = this.log.oldest;
    this.position = { epoch, segment, at: 0, commit: 0 };
    this.segmentId = `${epoch}.${segment}`;
    this.poll();
  }

  poll(): Position {
    this.polledAt = performance.now();
    const { log } = this;
    if (comparePositions(this.position, log.oldest) < 0) {
      this.position = log.oldest;
      for (const listener of this.listeners) listener.onUnreadable();
    }
    for (let change = log.next(this.position); change; change = log.next(this.position)) {
      this.position = positionOf(change, change.to);
      for (const listener of this.listeners) listener.onChange(change);
    }
    return this.position;
  }

  /** On return every later `poll` of any feed over this list sees it. */
  publish(change: Parameters<ChangeLog['add']>[0]): void {
    this.log.add(change);
    this.poll();
    for (const listener of this.publishListeners) listener(change.id);
  }

  subscribe(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onPublish(listener: (id: string) => void): () => void {
    this.publishListeners.add(listener);
    return () => this.publishListeners.delete(listener);
  }

  async after(since: Position, limit: number): Promise<readonly Change[]> {
    const { epoch, segment } = this.poll();
    const isKept = since.epoch === epoch && since.segment === segment;
    if (!isKept || comparePositions(since, this.log.oldest) < 0 || comparePositions(since, this.position) > 0)
      throw positionGone();
    return changesAfter(this.log.changes, since, limit);
  }

  oldest(): Position {
    return this.log.oldest;
  }

  *latest(): Generator<Change> {
    const { changes } = this.log;
    for (let i = changes.length - 1; i >= 0; i--) if (changes[i]) yield changes[i] as Change;
  }

  /** There is no other place in which it could go on. */
  checkContinuity(): void {}
}
