/**
 * The end of a process that serves: requests in flight are finished, then it exits, under one deadline.
 *
 * It happens once, however often it is called. The process exits even when closing hangs or fails: what was
 * acknowledged is durable already, so nothing is lost.
 */
import type { Log } from '../platform/log.js';
import type { RunningServer } from './running-server.js';

/** How long closing may take beyond the deadline given to the server before the process exits anyway. */
const CLOSE_GRACE_MS = 1000;

export interface DrainOptions {
  /** The last step. @param finished whether all requests were. */
  readonly after?: (finished: boolean) => Promise<void>;
  /** The exit code when requests were cut off; 0 when it makes no difference. */
  readonly cutCode?: number;
}

/**
 * @param deadlineMs for the requests in flight.
 * @returns a function that drains, once, and never returns control: the process exits with 0.
 */
export function drainOnce(
  server: RunningServer,
  deadlineMs: number,
  log: Log,
  { after = async () => undefined, cutCode = 0 }: DrainOptions = {},
): () => void {
  let draining = false;
  return () => {
    if (draining) return;
    draining = true;
    setTimeout(() => process.exit(cutCode), deadlineMs + CLOSE_GRACE_MS).unref();
    void closeAll(server, deadlineMs, log, after).then((finished) => process.exit(finished ? 0 : cutCode));
  };
}

/** @returns whether all requests were finished and everything is closed. Never throws. */
async function closeAll(
  server: RunningServer,
  deadlineMs: number,
  log: Log,
  after: (finished: boolean) => Promise<void>,
): Promise<boolean> {
  let finished = false;
  try {
    finished = await server.close(deadlineMs);
    if (!finished) log.warn({ deadlineMs }, 'Requests were cut: the time for draining is over');
  } catch (error) {
    log.error({ err: error }, 'Closing the server failed');
  }
  await after(finished).catch((error: unknown) => log.error({ err: error }, 'Closing failed'));
  return finished;
}
