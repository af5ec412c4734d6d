/**
 * Long work on a loop that others share: after each few milliseconds they have their turn. All long works of a process
 * together take one such stretch in each turn, however many they are.
 */
const SLICE_MS = 4;

/** Resolves when the last of those who wait has had its turn. */
let last: Promise<void> = Promise.resolve();

export class FairYield {
  private until = 0;

  /** Whether it is time to let others have their turn. */
  get isOver(): boolean {
    return performance.now() >= this.until;
  }

  /** Resolves at once, or after everybody else has had a turn. */
  async next(): Promise<void> {
    if (!this.isOver) return;
    last = last.then(() => new Promise((resume) => setImmediate(resume)));
    await last;
    this.until = performance.now() + SLICE_MS;
  }
}
