/**
 * How often changes are projected: at once when a reader waits for them, else some time after the last round.
 * Many changes together cost a fraction of what each costs by itself.
 */
const REST_MS = 250;

export class Pace {
  private begunAt = Number.NEGATIVE_INFINITY;
  private isWanted = false;
  private wake: () => void = () => undefined;

  /** A reader waits for what is not projected yet. */
  want(): void {
    this.isWanted = true;
    this.wake();
  }

  /** Whether the next round may begin. */
  get isOver(): boolean {
    return this.isWanted || performance.now() >= this.begunAt + REST_MS;
  }

  /** A round begins. Whoever wants one from now on gets another. */
  begin(): void {
    this.begunAt = performance.now();
    this.isWanted = false;
  }

  /** Resolves when the next round may begin, or the signal fires. */
  rest(signal: AbortSignal): Promise<void> {
    if (this.isOver || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(end, this.begunAt + REST_MS - performance.now());
      signal.addEventListener('abort', end);
      this.wake = end;
    });
  }
}
