/**
 * The feed as the rooms above know it: the log of publications (feed-log.ts), its history, and what is polled
 * and published once per turn of the event loop.
 */
import { onceATurn } from '../../once-a-turn.js';
import type { Change, Feed as FeedPort, Mark } from '../../ports.js';
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

  /** Publishes that a taskspace is not there any more, unless nothing was ever published of it. */
  publishGone(id: string): void {
    if (this.reached(id)) this.publish(instead(id, ''));
  }

  /**
   * Publishes that what is there cannot be read: whoever follows the feed looks at it. What bears another
   * mark is published anew.
   */
  publishUnreadable(id: string, mark: Mark): void {
    this.publish(instead(id, `!${mark}`));
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

/** What is published in place of commits: no commit has such a head. */
function instead(id: string, head: string): Publication {
  return { id, to: 0, head, owners: [], types: [], again: true };
}
