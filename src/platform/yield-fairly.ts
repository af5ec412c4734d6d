/**
 * Long work on a shared event loop: every few milliseconds it yields to other work. All long works of a
 * process together get one slice per turn of the loop, however many they are.
 */
import { turn } from './turn.js';

const SLICE_MS = 4;

export class FairYield {
  private until = 0;

  /** Whether it is time to yield. */
  get isOver(): boolean {
    return performance.now() >= this.until;
  }

  /** Resolves at once, or after all other waiting work has had a turn. */
  async next(): Promise<void> {
    if (!this.isOver) return;
    await turn.slice();
    this.until = performance.now() + SLICE_MS;
  }
}
