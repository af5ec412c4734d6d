/**
 * How much of the processor the longest turn of this process's event loop took: what nobody else could use
 * meanwhile.
 */
export interface LoopTurns {
  /** Forgets what was; the turn that runs counts from here. */
  reset(): void;
  /** In ms of processor time. */
  readonly longestMs: number;
  stop(): void;
}

export function watchTurns(): LoopTurns {
  let longest = 0;
  let last = process.cpuUsage();
  let next = setImmediate(turn);

  function turn(): void {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
    next = setImmediate(turn);
  }

  return {
    reset() {
      last = process.cpuUsage();
      longest = 0;
    },
    get longestMs() {
      return longest;
    },
    stop: () => clearImmediate(next),
  };
}
