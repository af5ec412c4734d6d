/** Channels between processes that are not there: each hears what the others send, a turn later, as JSON. */
import type { IpcTransport } from '../../src/bus/ipc-bus.js';

export class IpcWire {
  private readonly ends: ((message: unknown) => void)[][] = [];
  /** What is sent meanwhile is lost. */
  broken = false;

  channel(): IpcTransport {
    const listeners: ((message: unknown) => void)[] = [];
    this.ends.push(listeners);
    return {
      send: (message) => this.carry(message, listeners),
      onMessage: (listener) => listeners.push(listener),
    };
  }

  /** As if a process that is not one of the ends had sent it. */
  carry(message: unknown, from: object | null): void {
    if (this.broken) return;
    const text = JSON.stringify(message);
    setImmediate(() => {
      for (const end of this.ends) {
        if (end !== from) for (const listener of end) listener(JSON.parse(text));
      }
    });
  }
}
