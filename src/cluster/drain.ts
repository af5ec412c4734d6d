/**
 * The end of a process that serves: requests in flight are finished, then it exits, under one deadline.
 *
 * However often and for whatever reason it is called, it happens once. The exit comes even when closing hangs or
 * fails: what was acknowledged is on disk already, so nothing is lost by it.
 */
import type { Log } from '../observe/log.js';
import type { RunningServer } from './running-server.js';

/** What closing may take beyond the deadline given to the server, before the process leaves anyway. */
const CLOSE_GRACE_MS = 1000;

/**
 * @param deadlineMs for the requests in flight. @param after what is to be done last.
 * @returns a function that drains, once, and never returns control: the process exits with 0.
 */
export function drainOnce(
  server: RunningServer,
  deadlineMs: number,
  log: Log,
  after: () => Promise<void> = async () => undefined,
): () => void {
  let draining = false;
  return () => {
    if (draining) return;
    draining = true;
    setTimeout(() => process.exit(0), deadlineMs + CLOSE_GRACE_MS).unref();
    closeAll(server, deadlineMs, log, after).finally(() => process.exit(0));
  };
}

async function closeAll(server: RunningServer, deadlineMs: number, log: Log, after: () => Promise<void>) {
  try {
    if (!(await server.close(deadlineMs)))
      log.warn({ deadlineMs }, 'Requests were cut: the time for draining is over');
  } catch (error) {
    log.error({ err: error }, 'Closing the server failed');
  }
  await after().catch((error: unknown) => log.error({ err: error }, 'Closing failed'));
}
