/**
 * Mirror debounce: mirror files that are updated after the answer, `plan.json` after the steps of agents.
 *
 * A step changes a few words of a file that may be long, and hundreds of agents make hundreds of steps a
 * second. So this process limits how often it writes each taskspace's file, always with the latest state. Due
 * files are written before the end of the process; after a kill, the next writer or the next cold load writes
 * them.
 */

const EVERY_MS = 500;
/** The largest share of a process's time spent on one taskspace's file. */
const SHARE = 0.05;
/**
 * How many revisions a file may lag. Far below the number of stamps that identify a file of the server
 * (state.ts).
 */
const LAG_MAX = 512;

interface Due {
  /** The plan's revision that asked first. */
  readonly since: number;
  readonly bring: () => Promise<void>;
  readonly timer: NodeJS.Timeout;
}

export class MirrorDebounce {
  private readonly due = new Map<string, Due>();
  private readonly running = new Map<string, Promise<void>>();
  /** Taskspaces whose last file took long, and until when the next one waits. */
  private readonly pausedUntil = new Map<string, number>();

  /** Resolves at once, unless the file would lag too far. `bring` never rejects. */
  async soon(id: string, revision: number, bring: () => Promise<void>): Promise<void> {
    const due = this.due.get(id);
    if (due === undefined) {
      const waitMs = Math.max(EVERY_MS, (this.pausedUntil.get(id) ?? 0) - performance.now());
      const timer = setTimeout(() => this.run(id), waitMs).unref();
      this.due.set(id, { since: revision, bring, timer });
    } else if (revision - due.since >= LAG_MAX) await this.run(id);
  }

  /** Writes all that is due. */
  async settle(): Promise<void> {
    for (const id of [...this.due.keys()]) void this.run(id);
    await Promise.all(this.running.values());
  }

  /** One run at a time: a call during a run makes the file due again. */
  private run(id: string): Promise<void> {
    const due = this.due.get(id);
    if (due === undefined) return this.running.get(id) ?? Promise.resolve();
    clearTimeout(due.timer);
    this.due.delete(id);
    const begun = performance.now();
    const before = this.running.get(id) ?? Promise.resolve();
    const running = before.then(due.bring).finally(() => {
      if (this.running.get(id) === running) this.running.delete(id);
      const now = performance.now();
      this.forgetPauses(now);
      const tookMs = now - begun;
      if (tookMs > EVERY_MS * SHARE) this.pausedUntil.set(id, now + tookMs / SHARE);
    });
    this.running.set(id, running);
    return running;
  }

  private forgetPauses(now: number): void {
    for (const [id, until] of this.pausedUntil) if (until <= now) this.pausedUntil.delete(id);
  }
}
