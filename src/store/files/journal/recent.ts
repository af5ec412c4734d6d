/**
 * The commits that this process has folded last, over all its journals, so that waiters need not read them
 * from the file again. Without it a worker on which a message is awaited and followed reads it three times,
 * each time from the preceding entry of the sparse index.
 *
 * Each fold keeps its newest commits without a gap. They are what its state was folded from: they stay good
 * as long as it does, and are dropped with it. All of them together are bounded; the oldest are dropped
 * first.
 */
import type { Commit } from '../../../domain/event.js';

/** Bytes of journal, over all folds of this process; in memory they take about three times that. */
const BYTES_MAX = 1024 * 1024;
/** A larger commit is read from the file. */
const COMMIT_BYTES_MAX = 16 * 1024;

interface Kept {
  readonly of: RecentCommits;
  readonly commit: Commit;
  /** The last message before it. */
  readonly seq: number;
  readonly bytes: number;
}

/** Oldest first: within each fold, and over all of them. */
const kept = new Set<Kept>();
let keptBytes = 0;

/** The recent commits of one fold. */
export class RecentCommits {
  private readonly list: Kept[] = [];

  /** Adds the next commit. `seq`: the last message before it; `bytes`: of its line. */
  add(commit: Commit, seq: number, bytes: number): void {
    if (bytes > COMMIT_BYTES_MAX) {
      while (this.list.length > 0) this.dropOldest();
      return;
    }
    const next = { of: this, commit, seq, bytes };
    this.list.push(next);
    kept.add(next);
    keptBytes += bytes;
    for (const { of } of kept) {
      if (keptBytes <= BYTES_MAX) break;
      of.dropOldest();
    }
  }

  /** All commits from number `first` on; null when they do not reach back so far. */
  from(first: number): Commit[] | null {
    return this.since(({ commit }) => commit.number <= first);
  }

  /** Commits with all messages after `seq`; null when they do not reach back so far. */
  afterMessage(seq: number): Commit[] | null {
    return this.since((oldest) => oldest.seq <= seq);
  }

  /** From the last one on for which `reaches` holds. */
  private since(reaches: (kept: Kept) => boolean): Commit[] | null {
    const at = this.list.findLastIndex(reaches);
    return at < 0 ? null : this.list.slice(at).map(({ commit }) => commit);
  }

  private dropOldest(): void {
    const oldest = this.list.shift();
    if (!oldest) return;
    kept.delete(oldest);
    keptBytes -= oldest.bytes;
  }
}
