/**
 * When each tag was last touched, as the feed tells it. All workers read the same lines, so all agree.
 *
 * The place of the last touch names the state that a derived result was made from: it is part of its key in L2, where
 * an old value can therefore not be asked for.
 */
import type { Feed } from '../store/feed.js';
import type { Told } from '../store/feed-segment.js';
import { isOwnerTag, scopeOf, touchedTags, touchesEveryOwner, touchesWholeTaskspace } from './drop-table.js';

/** A place in the feed as text: `<epoch>.<segment>:<offset>`. The epoch keeps it apart from the same place of any other feed. */
export type TouchName = string;

export class Touches {
  /** Of tags touched in the present segment: the offset of the last telling that did. */
  private readonly last = new Map<string, number>();
  /** Of taskspaces of which everything was touched: the offset of the last telling that did. */
  private readonly wholes = new Map<string, number>();
  /** Tags that are not in the table were last touched here, or before. */
  private floor = 0;
  /** The same for tags of owners. */
  private ownersFloor = 0;
  private segment = '';
  private readonly unlisten: () => void;

  /** Made before the feed is opened: who has missed a telling of the present segment would give an old state's name. */
  constructor(private readonly feed: Feed) {
    if (feed.segmentId !== '') throw new Error('touches begin before the feed is opened');
    this.unlisten = feed.listen({
      onTold: (told) => this.take(told),
      onUnreadable: () => this.touchEverything(feed.place.offset),
    });
  }

  close(): void {
    this.unlisten();
  }

  /** The latest touch of any of these tags. Look at the feed first. */
  latest(tags: readonly string[]): TouchName {
    this.followSegment();
    let latest = this.floor;
    for (const tag of tags) {
      const common = isOwnerTag(tag) ? this.ownersFloor : (this.wholes.get(scopeOf(tag)) ?? 0);
      latest = Math.max(latest, this.last.get(tag) ?? 0, common);
    }
    return `${this.segment}:${latest}`;
  }

  private take(told: Told): void {
    this.followSegment();
    if (touchesEveryOwner(told)) this.ownersFloor = told.at;
    const whole = touchesWholeTaskspace(told);
    if (whole) this.wholes.set(told.id, told.at);
    for (const tag of touchedTags(told)) if (!whole || isOwnerTag(tag)) this.last.set(tag, told.at);
  }

  /** Each segment begins anew, so that a worker that has read only this one uses the same names as the others. */
  private followSegment(): void {
    if (this.feed.segmentId !== this.segment) this.touchEverything(0);
  }

  private touchEverything(offset: number): void {
    this.segment = this.feed.segmentId;
    this.last.clear();
    this.wholes.clear();
    this.floor = offset;
    this.ownersFloor = offset;
  }
}
