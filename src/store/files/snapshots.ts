/**
 * Keeps snapshots of long journals fresh, so that a cold fold is short. Done by the steward: it may be killed
 * at any time.
 *
 * Taskspaces with changes in the feed are checked one after the other, each at most once per interval; the
 * journal decides whether a snapshot is worth its write.
 */

import type { Feed } from './feed/feed.js';
import { SNAPSHOT_EVERY_BYTES } from './journal/snapshot.js';
import type { TaskspaceFolder } from './taskspace-folder.js';

const EVERY_MS = 1_000;
/** Taskspaces that wait for a check; above this, one is found again at its next change. */
const WAITING_MAX = 100_000;

interface SnapshotStore {
  readonly feed: Pick<Feed, 'poll' | 'subscribe'>;
  open(id: string): TaskspaceFolder;
}

export class Snapshots {
  private readonly waiting = new Set<string>();
  /** Bytes of a journal when it was last folded here: it need not be folded again before it has grown. */
  private readonly looked = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;
  private readonly unlisten: () => void;
  private running: Promise<void> | null = null;
  private closed = false;

  constructor(
    private readonly store: SnapshotStore,
    private readonly onTrouble: (error: unknown) => void,
  ) {
    this.unlisten = store.feed.subscribe({
      onChange: ({ id }) => {
        if (this.waiting.size < WAITING_MAX) this.waiting.add(id);
      },
      onUnreadable: () => undefined,
    });
    this.timer = setInterval(() => this.begin(), EVERY_MS);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    this.unlisten();
    await this.running;
  }

  private begin(): void {
    this.running ??= this.round()
      .catch((error: unknown) => this.onTrouble(error))
      .finally(() => {
        this.running = null;
      });
  }

  private async round(): Promise<void> {
    this.store.feed.poll();
    for (const id of [...this.waiting]) {
      if (this.closed) return;
      this.waiting.delete(id);
      const folder = this.store.open(id);
      try {
        const bytes = folder.journalBytes();
        if (bytes - (this.looked.get(id) ?? 0) < SNAPSHOT_EVERY_BYTES) continue;
        await folder.writeSnapshotWhenDue();
        this.looked.set(id, bytes);
      } catch (error) {
        this.onTrouble(error);
      } finally {
        folder.close();
      }
    }
  }
}
