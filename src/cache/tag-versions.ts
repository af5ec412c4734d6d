/**
 * When each tag was last touched, as the feed tells it. All workers read the same lines, so all agree.
 *
 * The place of the last touch names the state that a derived result was made from: it is part of its key in L2, where
 * an old value can therefore not be asked for.
 */
import type { Feed } from '../store/feed.js';
import type { Change } from '../store/feed-segment.js';
import {
  invalidatedTags,
  invalidatesEveryOwner,
  invalidatesWholeTaskspace,
  isOwnerTag,
  scopeOf,
} from './invalidation-table.js';

/** A place in the feed as text: `<epoch>.<segment>:<offset>`. The epoch keeps it apart from the same place of any other feed. */
export type TagVersion = string;

export class TagVersions {
  /** Of tags touched in the present segment: the offset of the last telling that did. */
  private readonly last = new Map<string, number>();
  /** Of taskspaces of which everything was touched: the offset of the last telling that did. */
  private readonly taskspaceVersions = new Map<string, number>();
  /** Tags that are not in the table were last touched here, or before. */
  private floor = 0;
  /** The same for tags of owners. */
  private ownersFloor = 0;
  private segment = '';
  private readonly unlisten: () => void;

  /** Made before the feed is opened: who has missed a telling of the present segment would give an old state's name. */
  constructor(private readonly feed: Feed) {
    if (feed.segmentId !== '') throw new Error('touches begin before the feed is opened');
    this.unlisten = feed.subscribe({
      onChange: (change) => this.accept(change),
      onUnreadable: () => this.touchAll(feed.place.offset),
    });
  }

  close(): void {
    this.unlisten();
  }

  /** The latest touch of any of these tags. Look at the feed first. */
  latest(tags: readonly string[]): TagVersion {
    this.followSegment();
    let latest = this.floor;
    for (const tag of tags) {
      const common = isOwnerTag(tag) ? this.ownersFloor : (this.taskspaceVersions.get(scopeOf(tag)) ?? 0);
      latest = Math.max(latest, this.last.get(tag) ?? 0, common);
    }
    return `${this.segment}:${latest}`;
  }

  private accept(change: Change): void {
    this.followSegment();
    if (invalidatesEveryOwner(change)) this.ownersFloor = change.at;
    const whole = invalidatesWholeTaskspace(change);
    if (whole) this.taskspaceVersions.set(change.id, change.at);
    for (const tag of invalidatedTags(change)) if (!whole || isOwnerTag(tag)) this.last.set(tag, change.at);
  }

  /** Each segment begins anew, so that a worker that has read only this one uses the same names as the others. */
  private followSegment(): void {
    if (this.feed.segmentId !== this.segment) this.touchAll(0);
  }

  private touchAll(offset: number): void {
    this.segment = this.feed.segmentId;
    this.last.clear();
    this.taskspaceVersions.clear();
    this.floor = offset;
    this.ownersFloor = offset;
  }
}
