/**
 * The primary: prepares the data folder, holds its lock, keeps the workers running, and reports once
 * that all are ready.
 *
 * It answers no request and reads no taskspace. SIGTERM and SIGINT end the server after what is in
 * flight (a second SIGINT at once), SIGHUP replaces the workers one by one. When the primary dies,
 * its workers exit too.
 */
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/start-error.js';
import type { Log } from '../platform/log.js';
import { claimPort } from './listen.js';
import { lockDataDir } from './lock.js';
import { announceReady } from './ready-line.js';
import type { OpenStoreHost, StoreHost } from './store-host.js';
import { type SupervisedProgram, Supervisor } from './supervisor.js';

const NOT_SHARED =
  'STORE=memory keeps everything in one process, and this server has several. Set STORE=files, or use `npm run dev`.';

/**
 * @param program what workers run, and whether there is a steward.
 * @throws StartError when the server cannot start.
 */
export async function runPrimary(
  config: Config,
  log: Log,
  openStoreHost: OpenStoreHost,
  program: Omit<SupervisedProgram, 'beforeFork'>,
): Promise<void> {
  const host = await openStoreHost(config);
  if (host.dir === null) throw new ConfigError(NOT_SHARED);
  const lock = await lockDataDir(host.dir, log);
  // Counted while the workers start: 100,000 folders take a while.
  const counted = host.count();
  // Handled where the count is awaited.
  counted.catch(() => undefined);
  const port = await claimPort(config.host, config.port);
  for (const warning of host.begin()) log.warn({}, warning);
  const supervisor = new Supervisor({ ...config, port }, log, {
    ...program,
    beforeFork: () => restore(host, log),
  });
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    log.info({ signal }, 'Stopping: requests in flight are finished first');
    const drained = await supervisor.stop();
    if (drained) host.end();
    else
      log.warn(
        {},
        'Requests were cut, or a worker had just died: every journal is looked at when it starts again',
      );
    await lock.release();
    process.exit(0);
  };
  onStopSignals(stop, () => supervisor.kill());
  process.on('SIGHUP', () => void supervisor.roll());
  try {
    const [taskspaces] = await Promise.all([counted, supervisor.start()]);
    announceReady({ ...config, port }, taskspaces);
  } catch (error) {
    supervisor.kill();
    await lock.release();
    throw error;
  }
}

function restore(host: StoreHost, log: Log): void {
  try {
    const files = host.restore();
    if (files.length > 0) log.warn({ files }, 'Put back: somebody has removed or changed them');
  } catch (error) {
    log.error({ err: error }, 'What makes this data folder one store cannot be put back');
  }
}

/** The first SIGTERM or SIGINT stops in order; a second SIGINT, from an impatient operator, ends at once. */
export function onStopSignals(stop: (signal: NodeJS.Signals) => Promise<void>, kill: () => void): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!stopping) {
      stopping = true;
      void stop(signal);
    } else if (signal === 'SIGINT') {
      kill();
      process.exit(130);
    }
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
