/**
 * Tag versions: when each tag was last invalidated, by the feed. All workers read the same lines, so all
 * agree.
 *
 * The place of the last invalidation names the state that a derived result was made from: it is part of the
 * key in L2, where an old value can therefore not be requested.
 */
import type { Change, Feed } from '../store/ports.js';
import {
  invalidatedTags,
  invalidatesEveryOwner,
  invalidatesWholeTaskspace,
  isOwnerTag,
  scopeOf,
} from './invalidation-table.js';

/**
 * A place as text: `<epoch>.<segment>:<offset>`. The epoch tells it from the same place of any other feed.
 */
export type TagVersion = string;

export class TagVersions {
  /** Tags invalidated in the present segment: the offset of the last publication that did. */
  private readonly last = new Map<string, number>();
  /** Taskspaces invalidated as a whole: the offset of the last publication that did. */
  private readonly taskspaceVersions = new Map<string, number>();
  /** Tags that are not in the table were last invalidated here, or before. */
  private floor = 0;
  /** The same for tags of owners. */
  private ownersFloor = 0;
  private segment = '';
  private readonly unlisten: () => void;

  /** Made before the feed is opened: after a missed publication of its segment it would name an old state. */
  constructor(private readonly feed: Feed) {
    if (feed.segmentId !== '') throw new Error('touches begin before the feed is opened');
    this.unlisten = feed.subscribe({
      onChange: (change) => this.accept(change),
      onUnreadable: () => this.touchAll(feed.position.at),
    });
  }

  close(): void {
    this.unlisten();
  }

  /** The latest version of any of these tags. Poll the feed first. */
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

  /** Each segment begins anew, so that a worker that has read only this one uses the same names as others. */
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
