/** Begins a new feed segment when the present one has grown long, and removes the oldest above a bound. The steward's work. */
import type { Store } from './store.js';

const EVERY_MS = 10_000;
/** A worker that starts reads the present segment: this many bytes take well under a second. */
const SEGMENT_BYTES_MAX = 32 * 1024 * 1024;
/** Only whole segments are removed, so a short feed has shorter ones: this share of what is kept. */
const SEGMENT_SHARE = 1 / 4;

export class FeedKeeper {
  private readonly timer: NodeJS.Timeout;

  constructor(store: Store, bytesMax: number, onTrouble: (error: unknown) => void) {
    const segmentBytesMax =
      bytesMax > 0 ? Math.min(SEGMENT_BYTES_MAX, bytesMax * SEGMENT_SHARE) : SEGMENT_BYTES_MAX;
    this.timer = setInterval(() => {
      try {
        if (store.feed.look().offset > segmentBytesMax) store.feed.rotate();
        if (bytesMax > 0) store.feed.retain(bytesMax);
      } catch (error) {
        onTrouble(error);
      }
    }, EVERY_MS);
  }

  close(): void {
    clearInterval(this.timer);
  }
}
