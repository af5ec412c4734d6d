/**
 * Once per turn: what a process checks or publishes more than once in one turn of its event loop, it does
 * once, for all who asked in that turn.
 *
 * Everything that arrives in a turn is queued, and done at its end, in the order of `PHASES`: what became
 * durable is published, then reads are checked and answered, then one slice of long work runs. So no answer
 * leaves before the publication of what it shows, and a check begins after the last request that it answers.
 * One object owns the one `setImmediate`: two of them would run in the order of their registration.
 */

type Task = () => void;

const PHASES = ['publish', 'read'] as const;
export type Phase = (typeof PHASES)[number];

/** With so many reads the turn ends at once: more would make the first of them wait. */
const READS_MAX = 256;

class Turn {
  private queues: Record<Phase, Task[]> = { publish: [], read: [] };
  private slices: Task[] = [];
  private immediate: NodeJS.Immediate | null = null;
  private ending = false;
  private count = 0;

  /** Grows with every end of a turn. */
  get number(): number {
    return this.count;
  }

  /** Calls `task` at the end of this turn; what is queued then waits for the next one. It must not throw. */
  atEnd(phase: Phase, task: Task): void {
    const queue = this.queues[phase];
    queue.push(task);
    if (phase === 'read' && queue.length >= READS_MAX && !this.ending) this.end();
    else this.schedule();
  }

  /** Resolves when all long work that waits already has had its slice: one in each turn, at its very end. */
  slice(): Promise<void> {
    return new Promise((resume) => {
      this.slices.push(resume);
      this.schedule();
    });
  }

  private schedule(): void {
    this.immediate ??= setImmediate(() => {
      this.immediate = null;
      this.end();
      this.slices.shift()?.();
      if (this.slices.length > 0) this.schedule();
    });
  }

  private end(): void {
    const { queues } = this;
    this.queues = { publish: [], read: [] };
    this.count++;
    this.ending = true;
    try {
      for (const phase of PHASES) for (const task of queues[phase]) task();
    } finally {
      this.ending = false;
    }
  }
}

export const turn = new Turn();
