/**
 * What the processes know about the server they run: it can be opened, and it can be closed.
 *
 * Everything below (store, cache, service, http) is behind `OpenServer`, so that starting, watching and
 * ending processes can be tested with a server of a few lines.
 */
import type { Config } from '../config/config.js';
import type { Log } from '../platform/log.js';

export interface ServerInput {
  readonly config: Config;
  readonly log: Log;
  /** The number in `X-Worker`, from 1. */
  readonly worker: number;
  readonly startedAt: Date;
}

export interface RunningServer {
  /**
   * Takes no more connections, finishes requests in flight, closes what is below.
   * @param deadlineMs after this, connections are cut off.
   * @returns whether every request finished before it.
   */
  close(deadlineMs: number): Promise<boolean>;
}

/** Resolves when the server listens. @throws StartError when it cannot. */
export type OpenServer = (input: ServerInput) => Promise<RunningServer>;
