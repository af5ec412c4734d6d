/**
 * Connections that the primary has accepted and no worker has taken: none of them is left open for ever.
 *
 * Node keeps the primary's copy of a connection until a worker says that it took it: without end when the worker is
 * killed before that, and when the last worker refuses it because it is draining. Their clients would wait as long.
 * This watches the handing over by Node's own messages (lib/internal/cluster) and closes such copies. Should a later
 * Node word them differently, nothing here applies and nothing else breaks.
 */
import type { Worker } from 'node:cluster';

interface Closable {
  close(): void;
}

/** A refused connection is offered to the next worker at once; while all of them leave, nobody takes it any more. */
const OFFERED_MS = 100;

export class Handovers {
  /** By the number of Node's message, which is never used twice. At most one for each worker at a time. */
  private readonly offered = new Map<unknown, Closable>();
  private leaving = false;

  /** To be called right after the fork. */
  watch(worker: Worker): void {
    const child = worker.process;
    const own = new Set<unknown>();
    const send = child.send;
    child.send = (...args: unknown[]): boolean => {
      const [message, handle] = args;
      if (isRecord(message) && message.act === 'newconn' && isClosable(handle)) {
        own.add(message.seq);
        this.offered.set(message.seq, handle);
      }
      return Reflect.apply(send, child, args);
    };
    child.on('internalMessage', (message: unknown) => {
      if (isRecord(message) && own.delete(message.ack)) this.answered(message.ack, message.accepted === true);
    });
    // Not 'disconnect': Node leaves that one away when a handle is still under way. By 'close', the process is gone
    // and everything that it has said has been read.
    child.once('close', () => {
      for (const seq of own) {
        this.offered.get(seq)?.close();
        this.offered.delete(seq);
      }
    });
  }

  /** From now on every worker leaves: what one refuses is closed, so that its client can try elsewhere. */
  stop(): void {
    this.leaving = true;
  }

  private answered(seq: unknown, taken: boolean): void {
    const handle = this.offered.get(seq);
    this.offered.delete(seq);
    if (taken || handle === undefined || !this.leaving) return;
    setTimeout(() => {
      if (![...this.offered.values()].includes(handle)) handle.close();
    }, OFFERED_MS).unref();
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isClosable(value: unknown): value is Closable {
  return isRecord(value) && typeof value.close === 'function';
}
