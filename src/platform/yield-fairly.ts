/**
 * Long work on a shared event loop: every few milliseconds it yields to other work. All long works of a
 * process together get one slice per turn of the loop, however many they are.
 */
const SLICE_MS = 4;

/** Resolves when the last waiting work has had its turn. */
let last: Promise<void> = Promise.resolve();

export class FairYield {
  private until = 0;

  /** Whether it is time to yield. */
  get isOver(): boolean {
    return performance.now() >= this.until;
  }

  /** Resolves at once, or after all other waiting work has had a turn. */
  async next(): Promise<void> {
    if (!this.isOver) return;
    last = last.then(() => new Promise((resume) => setImmediate(resume)));
    await last;
    this.until = performance.now() + SLICE_MS;
  }
}
