/**
 * The end of a server. No new connection is accepted and every answer closes its connection. Idle
 * connections stay open a short while, in which requests already on their way are answered. Requests in
 * flight finish until the deadline, after which their connections are destroyed; waiting calls are answered
 * at once with what there is.
 */
import type http from 'node:http';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerState } from './exchange.js';

/** How long idle connections stay open: a client with requests to send uses them within this time. */
const IDLE_GRACE_MS = 250;
const SWEEP_MS = 50;

/**
 * @param deadlineMs milliseconds from now. Resolves when no connection is left and no call is running, so
 *   that what is below can be closed, or when the deadline has passed. Later calls return the same promise.
 */
export type Drain = (deadlineMs: number) => Promise<void>;

export function createDrain(server: http.Server, state: ServerState): Drain {
  let drained: Promise<void> | undefined;
  return (deadlineMs) => {
    drained ??= drain(server, state, deadlineMs);
    return drained;
  };
}

async function drain(server: http.Server, state: ServerState, deadlineMs: number): Promise<void> {
  state.draining = true;
  for (const endWait of state.waits) endWait();
  const begun = performance.now();
  const graceMs = Math.min(IDLE_GRACE_MS, deadlineMs / 2);
  const sweep = setInterval(() => {
    if (performance.now() - begun < graceMs) return;
    // In a late turn, timers run before what has arrived is read: a connection with a request looks idle.
    setImmediate(() => server.closeIdleConnections());
  }, SWEEP_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  try {
    await stopListening(server);
    // A call continues when its client has left: a write is not interrupted in the middle.
    while (state.running > 0 && performance.now() - begun < deadlineMs) await delay(SWEEP_MS);
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}

/** Like `server.close()`, but without its first step, which closes idle connections at once. */
function stopListening(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    // The callback's error only says that the server was not listening.
    net.Server.prototype.close.call(server, () => resolve());
  });
}
