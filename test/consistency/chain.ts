/** Follows `GET /api/changes` from the beginning: every commit of every taskspace once, in order, without a gap. */

export interface ChangesPage {
  readonly items: readonly { readonly taskspace: string; readonly commit: number }[];
  readonly position: string;
}

export class Chain {
  position: string | null = null;
  private readonly reached = new Map<string, number>();
  /** What did not follow. */
  readonly faults: string[] = [];

  take({ items, position }: ChangesPage): void {
    this.position = position;
    for (const { taskspace, commit } of items) {
      const expected = this.of(taskspace) + 1;
      if (commit !== expected)
        this.faults.push(`changes: ${taskspace}: ${commit} came instead of ${expected}`);
      this.reached.set(taskspace, Math.max(commit, expected - 1));
    }
  }

  /** The last commit that came of this taskspace. */
  of(taskspace: string): number {
    return this.reached.get(taskspace) ?? 0;
  }
}
