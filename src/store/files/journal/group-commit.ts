/**
 * Group commit: all writers that appended before an fdatasync started share it.
 *
 * `after()` resolves when a run that started after the call has succeeded, and rejects when that run failed.
 * At most one run is in flight and one waits. A failed run is never repeated for the callers that waited for
 * it.
 */
export class GroupCommit {
  private running: Promise<void> | null = null;
  private waiting: Promise<void> | null = null;

  constructor(private readonly run: () => Promise<void>) {}

  after(): Promise<void> {
    if (!this.running) return this.start();
    this.waiting ??= this.running.then(
      () => this.startWaiting(),
      () => this.startWaiting(),
    );
    return this.waiting;
  }

  get busy(): boolean {
    return this.running !== null;
  }

  private startWaiting(): Promise<void> {
    this.waiting = null;
    return this.start();
  }

  private start(): Promise<void> {
    const run = this.run().finally(() => {
      if (this.running === run) this.running = null;
    });
    this.running = run;
    return run;
  }
}
