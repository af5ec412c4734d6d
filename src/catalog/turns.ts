/** Long work on a loop that others share: after each few milliseconds they have their turn. */
const TURN_MS = 4;

export class Turns {
  private until = 0;

  /** Resolves at once, or after everybody else has had a turn. */
  async next(): Promise<void> {
    if (performance.now() < this.until) return;
    await new Promise((resume) => setImmediate(resume));
    this.until = performance.now() + TURN_MS;
  }
}
