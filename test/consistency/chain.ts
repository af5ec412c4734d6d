/**
 * Follows `GET /api/changes` from the beginning: every commit of every taskspace once, in order, without a
 * gap. When its place is not kept any more it begins again at the oldest that is; of what lies before that it
 * says nothing.
 */

export interface ChangesPage {
  readonly items: readonly { readonly taskspace: string; readonly commit: number }[];
  readonly position: string;
}

export class Chain {
  position: string | null = null;
  private readonly reached = new Map<string, number>();
  private whole = true;
  /** What did not follow. */
  readonly faults: string[] = [];

  take({ items, position }: ChangesPage): void {
    this.position = position;
    for (const { taskspace, commit } of items) {
      const expected = this.whole || this.reached.has(taskspace) ? this.of(taskspace) + 1 : commit;
      if (commit !== expected)
        this.faults.push(`changes: ${taskspace}: ${commit} came instead of ${expected}`);
      this.reached.set(taskspace, Math.max(commit, expected - 1));
    }
  }

  beginAgain(): void {
    this.position = null;
    this.whole = false;
    this.reached.clear();
  }

  /** Whether it can say what a taskspace has reached. */
  knows(taskspace: string): boolean {
    return this.whole || this.reached.has(taskspace);
  }

  /** The last commit that came of this taskspace. */
  of(taskspace: string): number {
    return this.reached.get(taskspace) ?? 0;
  }
}
