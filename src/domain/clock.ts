/**
 * Durations as decisions see them. The times of commits only grow: they order, and measure nothing. A
 * duration is measured by the host's clock, and by how long this process has known of it.
 */
import type { TokenMark } from './token.js';

/** A claim or a lease that was granted for a time: its token and its end. */
export interface Granted {
  readonly expiresAt: string;
  /** Null in journals that lack it; then only the host's clock decides. */
  readonly token: TokenMark | null;
}

/** One moment. A decision is made at one moment, so that everything it reads agrees. */
export interface Clock {
  /** ISO 8601 UTC with milliseconds, by the host's clock, which may jump either way. */
  readonly now: string;
  /** Milliseconds until others may take it; 0 or less when it has lapsed. */
  leftMs(granted: Granted): number;
}

/** The host's clock alone, as seen by a process that has just started. */
export function hostClock(now: string): Clock {
  const nowMs = Date.parse(now);
  return { now, leftMs: ({ expiresAt }) => Date.parse(expiresAt) - nowMs };
}
