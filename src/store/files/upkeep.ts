/** What one process of the server does for the store in the background: the steward, or the only process. */
import type { Upkeep, UpkeepOptions } from '../ports.js';
import { FeedRetention } from './feed/retention.js';
import { LeftOvers } from './left-overs.js';
import { Reconcile, type ReconciledStore } from './reconcile.js';
import { Snapshots } from './snapshots.js';

/** The part of the store that is kept up. */
export interface KeptStore extends ReconciledStore {
  /** Whether the feed contained everything acknowledged when this process began to read it. */
  readonly wasComplete: boolean;
  /** Whether a process of this start of the server had compared every journal with this feed. */
  readonly wasCompared: boolean;
  noteCompared(): void;
  someIds(): AsyncIterable<readonly string[]>;
}

export class FileUpkeep implements Upkeep {
  private readonly snapshots: Snapshots;
  private readonly leftOvers: LeftOvers;
  private readonly retention: FeedRetention;
  private readonly reconcile: Reconcile;

  constructor(store: KeptStore, dataDir: string, options: UpkeepOptions) {
    const { feedBytesMax, onProgress, onTrouble } = options;
    this.snapshots = new Snapshots(store, onTrouble);
    this.leftOvers = new LeftOvers(dataDir, store, onTrouble);
    this.retention = new FeedRetention(store.feed, feedBytesMax, onTrouble);
    const onCompared = (): void => store.noteCompared();
    this.reconcile = new Reconcile(store, store, { onProgress, onTrouble, onCompared });
  }

  get isFeedComplete(): boolean {
    return this.reconcile.isComplete;
  }

  processDied(): void {
    this.reconcile.soon();
    this.leftOvers.begin();
  }

  async close(): Promise<void> {
    this.retention.close();
    await this.reconcile.close();
    await this.snapshots.close();
    await this.leftOvers.close();
  }
}
