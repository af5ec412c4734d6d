/** What one process of the server does for the store in the background: the steward, or the only process. */
import type { Upkeep, UpkeepOptions } from '../ports.js';
import type { Feed } from './feed/feed.js';
import { FeedRetention } from './feed/retention.js';
import { LeftOvers } from './left-overs.js';
import { Snapshots } from './snapshots.js';
import type { TaskspaceFolder } from './taskspace-folder.js';

/** The part of the store that is kept up. */
export interface KeptStore {
  readonly feed: Feed;
  open(id: string): TaskspaceFolder;
  someIds(): AsyncIterable<readonly string[]>;
}

export class FileUpkeep implements Upkeep {
  private readonly snapshots: Snapshots;
  private readonly leftOvers: LeftOvers;
  private readonly retention: FeedRetention;

  constructor(store: KeptStore, dataDir: string, { feedBytesMax, onTrouble }: UpkeepOptions) {
    this.snapshots = new Snapshots(store, onTrouble);
    this.leftOvers = new LeftOvers(dataDir, store, onTrouble);
    this.retention = new FeedRetention(store.feed, feedBytesMax, onTrouble);
  }

  processDied(): void {
    this.leftOvers.begin();
  }

  async close(): Promise<void> {
    this.retention.close();
    await this.snapshots.close();
    await this.leftOvers.close();
  }
}
