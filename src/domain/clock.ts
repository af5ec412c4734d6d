/**
 * Durations as decisions know them. The times of commits may only grow: they order, and measure nothing. What lasts for
 * some time is measured by the host's clock, and by how long this process has known of it.
 */
import type { TokenMark } from './token.js';

/** What is held for some time: a claim or a lease, by its token and its end. */
export interface Granted {
  readonly expiresAt: string;
  /** Null in journals that do not say; then the host's clock alone tells. */
  readonly token: TokenMark | null;
}

/** One moment. A decision is taken at one, so that all that it looks at agrees. */
export interface Clock {
  /** ISO 8601 UTC with milliseconds, by the host's clock, which may jump either way. */
  readonly now: string;
  /** Milliseconds until others may take it; 0 or less when it has lapsed. */
  leftMs(granted: Granted): number;
}

/** The host's clock alone, as whoever has only just come sees things. */
export function hostClock(now: string): Clock {
  const nowMs = Date.parse(now);
  return { now, leftMs: ({ expiresAt }) => Date.parse(expiresAt) - nowMs };
}
