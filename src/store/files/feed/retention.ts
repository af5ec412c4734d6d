/**
 * Begins a new feed segment when the current one has grown long, and removes the oldest above a bound. Done
 * by the steward.
 *
 * Only publications are included: the first line of a segment grows with the number of taskspaces, and would
 * exceed any bound with enough of them.
 */
import type { Feed } from './feed.js';

const EVERY_MS = 10_000;
/** A worker that starts reads the current segment: this many bytes take well under a second. */
const SEGMENT_BYTES_MAX = 32 * 1024 * 1024;
/** Only whole segments are removed, so a short feed has shorter ones: this share of what is kept. */
const SEGMENT_SHARE = 1 / 4;

export class FeedRetention {
  private readonly timer: NodeJS.Timeout;
  private readonly segmentBytesMax: number;

  /** @param bytesMax what is kept; 0: all. */
  constructor(
    private readonly feed: Pick<Feed, 'poll' | 'publishedBytes' | 'rotate' | 'retain'>,
    private readonly bytesMax: number,
    onTrouble: (error: unknown) => void,
  ) {
    this.segmentBytesMax =
      bytesMax > 0 ? Math.min(SEGMENT_BYTES_MAX, bytesMax * SEGMENT_SHARE) : SEGMENT_BYTES_MAX;
    this.timer = setInterval(() => {
      try {
        this.round();
      } catch (error) {
        onTrouble(error);
      }
    }, EVERY_MS);
  }

  /** Rotates and removes when due. */
  round(): void {
    const { feed } = this;
    feed.poll();
    if (feed.publishedBytes > this.segmentBytesMax) feed.rotate();
    if (this.bytesMax > 0) feed.retain(this.bytesMax);
  }

  close(): void {
    clearInterval(this.timer);
  }
}
