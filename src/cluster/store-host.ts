/** What the primary does for the store before, between and after the processes that serve it. */
import type { Config } from '../config/config.js';

export interface StoreHost {
  /**
   * The folder that belongs to one primary at a time: its lock lies in it. Real, absolute. Null: the store is
   * in this process, and no other can have it.
   */
  readonly dir: string | null;
  /**
   * Called once, when the lock is held and before any other process opens the store.
   * @returns what the operator should know, a sentence each.
   */
  begin(): string[];
  /**
   * Puts back what makes the store one and the same for all processes.
   * @returns the names of what was gone.
   */
  restore(): string[];
  /** Number of taskspaces, with the deleted ones. */
  count(): Promise<number>;
  /** Called when all processes have ended in order. */
  end(): void;
}

/** @throws StartError when the store cannot be served from here. */
export type OpenStoreHost = (config: Pick<Config, 'store' | 'dataDir'>) => Promise<StoreHost>;
