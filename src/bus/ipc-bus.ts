/**
 * The bus between the processes of one server, through its primary, which passes each message on to all
 * others.
 *
 * The process does not outlive the primary, so there is nothing to reconnect.
 */
import type { Bus, BusListener, BusMessage, BusState } from './bus.js';
import { Exchange, type ExchangeStats } from './exchange.js';

/** What is sent reaches each other process once, in order, while its channel is open; never the sender. */
export interface IpcTransport {
  /** Sends plain JSON. Never throws; a closed channel loses what is sent. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

export class IpcBus implements Bus {
  readonly kind = 'ipc';
  /** The channel exists before the process starts. */
  readonly ready = Promise.resolve();
  private readonly exchange: Exchange;
  private state: BusState = 'ok';

  constructor(channel: IpcTransport) {
    this.exchange = new Exchange((envelope) => {
      try {
        channel.send(envelope);
      } catch {
        this.state = 'down';
      }
    });
    channel.onMessage((message) => this.exchange.receive(message));
  }

  publish(message: BusMessage): void {
    this.exchange.publish(message);
  }

  subscribe(listener: BusListener): () => void {
    return this.exchange.subscribe(listener);
  }

  stats(): ExchangeStats {
    return this.exchange.stats(this.state);
  }

  async close(): Promise<void> {
    this.exchange.close();
  }
}
