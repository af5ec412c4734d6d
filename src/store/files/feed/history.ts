/**
 * Reads the feed from any position: the latest changes from memory, older ones from their segments.
 *
 * A position is a line and the last commit of it that was taken; positions are the same for all readers. What
 * a line published depends on all lines before it, so an old segment is read from its first line, the segment
 * checkpoint. A position of another feed, or of a lost part, is gone: nothing is known to continue it.
 */
import { changesAfter, isAfter, positionGone, restOf } from '../../changes.js';
import { type Change, type FeedListener, positionOf } from '../../ports.js';
import { comparePositions, type Position } from '../../position.js';
import { NEWLINE } from '../journal/checked-line.js';
import type { Files } from '../journal/files.js';
import { readExactly } from '../journal/files.js';
import type { FeedFolder, KeptSegment } from './folder.js';
import { decodeFeedLine, ReachedHeads } from './segment.js';

/** How many changes are kept in memory: enough for all readers that follow the feed. */
const RECENT_MAX = 10_000;
/** Readers of old segments that can continue where they stopped; a stop takes some 45 bytes per taskspace. */
const STOPS_MAX = 4;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Where a reader of old segments stopped. What the next line published depends on all before it in its
 * segment.
 */
interface Stop {
  readonly since: Position;
  /** What was given; the reader may have taken less. */
  readonly given: readonly Change[];
  readonly segment: KeptSegment;
  /** Offset of the next line. */
  readonly at: number;
  readonly reaches: ReachedHeads;
}

/** The part of the feed that its history rests on. */
export interface FollowedFeed {
  readonly position: Position;
  readonly segmentId: string;
  subscribe(listener: FeedListener & { onCut(): void }): () => void;
  epochOf(segment: number): string | undefined;
  kept(): readonly KeptSegment[];
}

export class FeedHistory {
  /** The latest changes, oldest first; all that were published after `recentFrom`. */
  private recent: Change[] = [];
  /** Null: after everything published so far. */
  private recentFrom: Position | null = null;
  private readonly stops = new Set<Stop>();

  /** Created before the feed is opened, it remembers the current segment; otherwise only what follows. */
  constructor(
    private readonly feed: FollowedFeed,
    private readonly folder: Pick<FeedFolder, 'fileOf'>,
    private readonly files: Files,
  ) {
    if (feed.segmentId !== '') this.recentFrom = feed.position;
    feed.subscribe({
      onChange: (change) => this.remember(change),
      onUnreadable: () => undefined,
      onCut: () => this.forget(),
    });
  }

  /** The changes in memory, the latest first. */
  *latest(): Generator<Change> {
    for (let i = this.recent.length - 1; i >= 0; i--) {
      const change = this.recent[i];
      if (change) yield change;
    }
  }

  /** The position before everything that is kept. */
  oldest(): Position {
    const [first] = this.feed.kept();
    return first ? { epoch: first.epoch, segment: first.segment, at: 0, commit: 0 } : this.feed.position;
  }

  /**
   * Up to `limit` changes after `since`, in order; the first may begin in the middle of a line. Errors: 410
   * `position_gone` when that part of the feed is not kept any more, or never was.
   */
  async after(since: Position, limit: number): Promise<Change[]> {
    if (comparePositions(since, this.recentFrom ?? this.feed.position) < 0)
      return this.fromDisk(since, limit);
    if (this.feed.epochOf(since.segment) !== since.epoch || comparePositions(since, this.feed.position) > 0)
      throw positionGone();
    return changesAfter(this.recent, since, limit);
  }

  private async fromDisk(since: Position, limit: number): Promise<Change[]> {
    const kept = this.feed.kept().filter(({ segment }) => segment >= since.segment);
    if (kept[0]?.segment !== since.segment || kept[0].epoch !== since.epoch) throw positionGone();
    const stop = this.checkStop(since);
    const found = (stop?.given ?? [])
      .filter((change) => isAfter(change, since))
      .map((change) => restOf(change, since));
    if (found.length >= limit) {
      if (stop) this.keepStop(stop);
      return found.slice(0, limit);
    }
    for (const segment of kept) {
      if (stop && segment.segment < stop.segment.segment) continue;
      const from = stop?.segment.name === segment.name ? stop : { at: 0, reaches: new ReachedHeads() };
      const at = await this.scan(segment, from, since, limit, found);
      if (found.length < limit && segment !== kept.at(-1)) continue;
      this.keepStop({ since, given: found, segment, at, reaches: from.reaches });
      break;
    }
    return found;
  }

  /** Removes the stop from the set: it belongs to one reader at a time. */
  private checkStop(since: Position): Stop | undefined {
    for (const stop of this.stops) {
      const last = stop.given.at(-1);
      const end = last ? positionOf(last, last.to) : stop.since;
      if (comparePositions(since, stop.since) < 0 || comparePositions(since, end) > 0) continue;
      this.stops.delete(stop);
      return stop;
    }
    return undefined;
  }

  private keepStop(stop: Stop): void {
    this.stops.add(stop);
    const [oldest] = this.stops;
    if (oldest && this.stops.size > STOPS_MAX) this.stops.delete(oldest);
  }

  /** Adds to `found`, up to the limit or the segment's end; returns the offset of the next line. */
  private async scan(
    kept: KeptSegment,
    { at: start, reaches }: Pick<Stop, 'at' | 'reaches'>,
    since: Position,
    limit: number,
    found: Change[],
  ): Promise<number> {
    const fd = this.files.open(this.folder.fileOf(kept.name), 'read');
    if (fd === null) throw positionGone();
    // If the line that a position names is missing, the position does not come from this segment.
    let isMet = kept.segment !== since.segment || start > since.at || since.commit === 0;
    try {
      for (let at = start, length = CHUNK_BYTES; ; ) {
        const { size } = this.files.fstat(fd);
        const bytes = at < size ? readExactly(this.files, fd, at, Math.min(length, size - at)) : null;
        if (!bytes) return at;
        let from = 0;
        for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, from)) {
          const place = at + from;
          const change = acceptLine(bytes.subarray(from, newline), kept, place, reaches);
          const isIn = kept.segment === since.segment && since.at > place && since.at <= at + newline;
          // Lines that were read once are broken now: nothing is known of those before it.
          if (change === 'unreadable' && isIn) throw positionGone();
          if (!isMet && place >= since.at) {
            isMet = place === since.at && isChange(change) && change.to >= since.commit;
            if (!isMet) throw positionGone();
          }
          if (change === 'seal' && kept.segment === since.segment && since.at > place) throw positionGone();
          // Nothing after a seal is valid, so a returning reader must meet it again.
          if (change === 'seal') return place;
          from = newline + 1;
          if (!isChange(change) || !isAfter(change, since)) continue;
          found.push(restOf(change, since));
          if (found.length >= limit) return at + from;
        }
        if (from === 0 && at + bytes.length >= size) return at;
        length = from === 0 ? length * 2 : CHUNK_BYTES;
        at += from;
        await new Promise((resume) => setImmediate(resume));
      }
    } finally {
      this.files.close(fd);
    }
  }

  private remember(change: Change): void {
    this.recentFrom ??= { epoch: change.epoch, segment: change.segment, at: 0, commit: 0 };
    this.recent.push(change);
    if (this.recent.length <= RECENT_MAX * 2) return;
    const dropped = this.recent[RECENT_MAX - 1];
    this.recent = this.recent.slice(RECENT_MAX);
    if (dropped) this.recentFrom = positionOf(dropped, dropped.to);
  }

  /** What follows continues none of it. */
  private forget(): void {
    this.recent = [];
    const { epoch, segment } = this.feed.position;
    this.recentFrom = { epoch, segment, at: 0, commit: 0 };
    this.stops.clear();
  }
}

/** Null: the line says nothing new. */
type Accepted = Change | 'seal' | 'unreadable' | null;

function isChange(accepted: Accepted): accepted is Change {
  return accepted !== null && typeof accepted === 'object';
}

function acceptLine(line: Buffer, segment: KeptSegment, at: number, reaches: ReachedHeads): Accepted {
  const read = decodeFeedLine(line);
  if (read?.kind === 'seal' || read?.kind === 'unreadable') return read.kind;
  if (read?.kind === 'head') reaches.acceptHead(read.told);
  return read?.kind === 'telling' ? reaches.accept(read.telling, segment, at) : null;
}
