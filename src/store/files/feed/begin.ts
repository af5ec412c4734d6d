/** Begins the feed of one start of the server. */
import { nodeFiles } from '../journal/files.js';
import { feedFolder } from '../paths.js';
import { Feed } from './feed.js';
import { newEpoch } from './feed-log.js';
import { FeedFolder } from './folder.js';
import { consumeStopMark, writeFeedStart } from './start.js';

/**
 * Begins a new segment with a new epoch: once per start of the server, by the process that holds the lock of
 * the data folder. So no place names two states, whatever was lost or restored while the server was stopped.
 */
export function beginFeed(dataDir: string): void {
  const clean = consumeStopMark(dataDir);
  const folder = new FeedFolder(feedFolder(dataDir), nodeFiles);
  folder.tidy();
  const first = folder.names().length === 0;
  const feed = new Feed(feedFolder(dataDir), nodeFiles);
  feed.open({ first: true });
  // Also when nothing was published in it: after a power cut the same place may have named another state
  // before.
  if (!first) feed.rotate(newEpoch());
  const { epoch, segment } = feed.position;
  writeFeedStart(dataDir, { epoch, segment, clean });
  feed.close();
}
