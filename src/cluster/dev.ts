/**
 * Everything in one process, for `npm run dev`: the same server as a worker's, the same lock, no fork.
 *
 * It ends with the process that started it. There are no rolling restarts here.
 */
import type { Config } from '../config/config.js';
import type { Log } from '../platform/log.js';
import { drainOnce } from './drain.js';
import { claimPort } from './listen.js';
import { lockDataDir } from './lock.js';
import { onStopSignals } from './primary.js';
import { announceReady } from './ready-line.js';
import type { OpenServer } from './running-server.js';
import type { OpenStoreHost } from './store-host.js';

/** @throws StartError when the server cannot start. */
export async function runDev(
  config: Config,
  log: Log,
  openStoreHost: OpenStoreHost,
  openServer: OpenServer,
): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const host = await openStoreHost(config);
  const lock = host.dir === null ? null : await lockDataDir(host.dir, log);
  const port = await claimPort(config.host, config.port);
  for (const warning of host.begin()) log.warn({}, warning);
  const server = await openServer({ config: { ...config, port }, log, worker: 1, startedAt: new Date() });
  const after = async (finished: boolean): Promise<void> => {
    if (finished) host.end();
    await lock?.release();
  };
  const drain = drainOnce(server, config.shutdownSeconds * 1000, log, { after });
  onStopSignals(
    async () => drain(),
    () => undefined,
  );
  announceReady({ ...config, workers: 1, port }, await host.count());
}
