/**
 * The feed as the rooms above know it: the log of publications (feed-log.ts), its history, and what is polled
 * and published once per turn of the event loop.
 */
import { onceATurn } from '../../once-a-turn.js';
import type { Change, Feed as FeedPort } from '../../ports.js';
import type { Position } from '../../position.js';
import type { Files } from '../journal/files.js';
import { FeedLog } from './feed-log.js';
import { FeedHistory } from './history.js';
import { PublicationBatch } from './publication-batch.js';
import type { Publication } from './segment.js';

export class Feed extends FeedLog implements FeedPort {
  private readonly history: FeedHistory;
  private readonly batch = new PublicationBatch((publications) => this.publishAll(publications));
  readonly pollSoon = onceATurn<Position>(() => this.poll());

  constructor(folder: string, files: Files, boot?: string) {
    super(folder, files, boot);
    this.history = new FeedHistory(this, this.folder, files);
  }

  /** Publishes at the end of this turn of the event loop, in one append with all others of this turn. */
  publishSoon(publication: Publication): Promise<void> {
    return this.batch.add(publication);
  }

  publishGone(id: string): void {
    if ((this.reached(id)?.to ?? 0) > 0)
      this.publish({ id, to: 0, head: '', owners: [], types: [], again: true });
  }

  after(since: Position, limit: number): Promise<readonly Change[]> {
    return this.history.after(since, limit);
  }

  oldest(): Position {
    return this.history.oldest();
  }

  latest(): Iterable<Change> {
    return this.history.latest();
  }
}
