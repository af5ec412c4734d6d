/**
 * Everything in one process, for `npm run dev`: the same server as a worker's, the same lock, no fork.
 *
 * It ends with the process that started it. There are no rolling restarts here.
 */
import type { Config } from '../config/config.js';
import type { Log } from '../platform/log.js';
import { countTaskspaces, prepareDataDir } from '../store/files/data-dir.js';
import { beginFeed } from '../store/files/feed/feed.js';
import { markCleanStop } from '../store/files/feed/start.js';
import { drainOnce } from './drain.js';
import { claimPort } from './listen.js';
import { lockDataDir } from './lock.js';
import { onStopSignals } from './primary.js';
import { announceReady } from './ready-line.js';
import type { OpenServer } from './running-server.js';

/** @throws StartError when the server cannot start. */
export async function runDev(config: Config, log: Log, openServer: OpenServer): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const { dir } = await prepareDataDir(config.dataDir);
  const lock = await lockDataDir(dir, log);
  const port = await claimPort(config.host, config.port);
  beginFeed(dir);
  const server = await openServer({ config: { ...config, port }, log, worker: 1, startedAt: new Date() });
  const after = async (finished: boolean): Promise<void> => {
    if (finished) markCleanStop(dir);
    await lock.release();
  };
  const drain = drainOnce(server, config.shutdownSeconds * 1000, log, { after });
  onStopSignals(
    async () => drain(),
    () => undefined,
  );
  announceReady({ ...config, workers: 1, port }, await countTaskspaces(dir));
}
