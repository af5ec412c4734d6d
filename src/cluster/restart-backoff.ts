/**
 * How long to wait before a worker slot is filled again: pure, counted over the processes of one slot.
 *
 * A worker that was serving is replaced at once the first time, and after that within a second: a kill
 * from outside is no reason to serve with fewer workers. One that dies before it serves waits longer each
 * time, up to ten seconds, so that a worker that cannot start never burns a CPU. Thirty seconds of
 * service reset the counts.
 */
const FIRST_MS = 50;
const SERVED_MAX_MS = 1000;
const UNSERVED_MAX_MS = 10_000;
const FORGIVEN_AFTER_MS = 30_000;

export class RestartBackoff {
  private served = 0;
  private unserved = 0;

  /**
   * @param readyMs how long the worker was ready before it died; null if it never was.
   * @returns milliseconds.
   */
  delayAfter(readyMs: number | null): number {
    if (readyMs === null) return grown(++this.unserved, UNSERVED_MAX_MS);
    this.unserved = 0;
    if (readyMs >= FORGIVEN_AFTER_MS) this.served = 0;
    return grown(this.served++, SERVED_MAX_MS);
  }
}

/** 0 → 0, then `FIRST_MS` doubling. */
function grown(deaths: number, max: number): number {
  return deaths === 0 ? 0 : Math.min(max, FIRST_MS * 2 ** Math.min(deaths - 1, 30));
}
