/** The events of the whole server, in the one order that all readers of the feed share. */
import { TaskspaceError } from '../../domain/errors.js';
import { comparePositions, type Position, positionText } from '../../store/position.js';
import { eventFrame, resetFrame } from './event-frame.js';
import type { EventSource, Frame, FramePage } from './event-hub.js';
import { type FeedPage, type FeedPagesDeps, feedPage } from './feed-pages.js';

/** The most that a page holds: commits, and bytes of frames not counting the last one. */
const PAGE_COMMITS = 200;
const PAGE_BYTES = 256 * 1024;

export class ServerEvents implements EventSource<Position> {
  constructor(private readonly deps: FeedPagesDeps) {}

  async newest(): Promise<Position> {
    return this.deps.feed.poll();
  }

  async page(
    after: Position,
    until: Position | null,
    sees: (taskspace: string) => boolean,
  ): Promise<FramePage<Position>> {
    if (until === null) this.deps.feed.poll();
    const page = await this.changes(after, sees);
    if (page === null) return { frames: [], end: after, next: 'gone' };
    const frames: Frame[] = [];
    let end = after;
    let bytesLeft = PAGE_BYTES;
    for (const { change, place } of page.items) {
      if (until !== null && comparePositions(place, until) > 0) return { frames, end: until, next: 'none' };
      if (bytesLeft <= 0) return { frames, end, next: 'more' };
      const bytes = eventFrame(positionText(place), change);
      bytesLeft -= bytes.length;
      frames.push({ taskspace: change.taskspace, bytes });
      end = place;
    }
    return { frames, end: page.end, next: page.more ? 'more' : 'none' };
  }

  reset(place: Position): Buffer {
    return resetFrame(positionText(place));
  }

  /** Null: that part of the feed is not retained, or never existed. */
  private async changes(after: Position, sees: (taskspace: string) => boolean): Promise<FeedPage | null> {
    try {
      return await feedPage(this.deps, after, PAGE_COMMITS, sees);
    } catch (error) {
      if (error instanceof TaskspaceError && error.code === 'position_gone') return null;
      throw error;
    }
  }
}
