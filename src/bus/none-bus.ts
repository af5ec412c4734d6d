/** The bus without any other process: for a single process, and for tests without a bus. */
import type { Bus, BusListener, BusMessage, BusStats } from './bus.js';

export class NoneBus implements Bus {
  readonly kind = 'none';
  readonly ready = Promise.resolve();

  publish(_message: BusMessage): void {}

  subscribe(_listener: BusListener): () => void {
    return () => undefined;
  }

  stats(): BusStats {
    return { state: 'off', published: 0, received: 0, gaps: 0, lagP50Ms: null, lagP99Ms: null };
  }

  async close(): Promise<void> {}
}
