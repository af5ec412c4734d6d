/**
 * The commits that this process has folded last, over all its journals, so that those who wait for news need not read them
 * from the file once more. What they save: a worker on which a message is waited for and followed reads it three times, each
 * time from the mark before it.
 *
 * Each chain has its newest ones without a gap. They are what its state was folded from, so they are good as long as that is,
 * and go with it. All of them together are bounded, and the oldest go first.
 */
import type { Commit } from '../domain/event.js';

/** Bytes of journal, over all chains of this process; in memory they take about three times that. */
const BYTES_MAX = 1024 * 1024;
/** A commit above this is read from the file. */
const COMMIT_BYTES_MAX = 16 * 1024;

interface Kept {
  readonly of: RecentCommits;
  readonly commit: Commit;
  /** The last message before it. */
  readonly seq: number;
  readonly bytes: number;
}

/** Oldest first: of each chain, and so of all. */
const kept = new Set<Kept>();
let keptBytes = 0;

/** Those of one chain. */
export class RecentCommits {
  private readonly list: Kept[] = [];

  /** Takes in the commit that comes next. `seq`: the last message before it; `bytes`: of its line. */
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
