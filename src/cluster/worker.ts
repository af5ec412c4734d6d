/**
 * A worker: opens the server, sends heartbeats to the primary, and exits when drained or when
 * the primary is gone.
 *
 * Signals that a terminal sends to the whole group (SIGINT, SIGHUP) are the primary's to handle, so they
 * are ignored here; on SIGTERM it asks for a successor, and drains once that one serves. It never
 * outlives its primary: the channel's end reports that at once, and every heartbeat checks the parent's
 * id, in case it is missed.
 */
import type { Config } from '../config/config.js';
import { StartError } from '../config/start-error.js';
import type { Log } from '../platform/log.js';
import { drainOnce } from './drain.js';
import { HEARTBEAT_MS, primaryMessage, type WorkerMessage } from './ipc-messages.js';
import type { OpenServer } from './running-server.js';

/** Of a worker whose requests were cut off: their commits may be unpublished. */
const CUT_CODE = 3;

/**
 * @param worker its number, from 1; 0 for the steward, which is watched and ended like a worker.
 * @param config with the port that the primary has claimed.
 */
export async function runWorker(
  config: Config,
  log: Log,
  worker: number,
  openServer: OpenServer,
): Promise<void> {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const parent = process.ppid;
  process.once('disconnect', () => process.exit(1));
  tell({ type: 'beat' });
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
    tell({ type: 'beat' });
  }, HEARTBEAT_MS);
  try {
    const server = await openServer({ config, log, worker, startedAt: new Date() });
    const drain = drainOnce(server, config.shutdownSeconds * 1000, log, { cutCode: CUT_CODE });
    process.on('SIGTERM', () => tell({ type: 'leave' }));
    process.on('message', (value) => {
      if (primaryMessage(value)?.type === 'drain') drain();
    });
    tell({ type: 'ready' });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    tell({ type: 'fatal', exitCode: error.exitCode, message: error.message }, () =>
      process.exit(error.exitCode),
    );
  }
}

/** A message to a primary that is gone is lost without harm: this process is about to exit as well. */
function tell(message: WorkerMessage, sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => sent());
}
