/**
 * Connections that a worker was given and never took: they are closed when the worker is gone.
 *
 * The primary accepts, and hands each connection over; until the worker says that it has it, Node keeps the primary's
 * copy open, and for ever when the worker dies before it says so. The client of such a connection would wait without
 * end. This watches the handing over from outside, by Node's own messages (lib/internal/cluster). Should a later Node
 * word them differently, nothing here applies and nothing breaks but this.
 */
import type { Worker } from 'node:cluster';

interface Closable {
  close(): void;
}

/** To be called right after the fork. */
export function closeUntakenConnections(worker: Worker): void {
  const child = worker.process;
  // At most one for each server at a time: the next is given when the last was taken.
  const untaken = new Map<unknown, Closable>();
  const send = child.send;
  child.send = (...args: unknown[]): boolean => {
    const [message, handle] = args;
    if (isRecord(message) && message.act === 'newconn' && isClosable(handle))
      untaken.set(message.seq, handle);
    return Reflect.apply(send, child, args);
  };
  child.on('internalMessage', (message: unknown) => {
    if (isRecord(message)) untaken.delete(message.ack);
  });
  // Not 'disconnect': Node leaves that one away when a handle is still under way. By 'close', the process is gone and
  // everything that it has said has been read.
  child.once('close', () => {
    for (const handle of untaken.values()) handle.close();
    untaken.clear();
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isClosable(value: unknown): value is Closable {
  return isRecord(value) && typeof value.close === 'function';
}
