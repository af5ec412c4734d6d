/**
 * Reads records again that were folded before: message pages, histories, first answers of repeated requests.
 *
 * Begins at the mark nearest to what is wanted, so any place of a log of any length costs the same. Only records that
 * count are given: the chain of `prev` is followed from the mark, which counts. A stretch is given whole or not at all:
 * what is missing from it, though it was folded, is never passed over.
 */
import { TaskspaceError } from '../domain/errors.js';
import type { Commit } from '../domain/event.js';
import type { Chain, Mark } from './chain.js';
import { NEWLINE } from './checked-line.js';
import { type Journal, readExactly } from './journal.js';
import { decodeRecord } from './record.js';

const CHUNK_BYTES = 64 * 1024;
const YIELD_EVERY_BYTES = 1024 * 1024;
const ATTEMPTS_MAX = 5;

/** Index of the last mark for which `before` holds; the first mark when it holds for none. Marks are in order. */
export function markBefore(marks: readonly Mark[], before: (mark: Mark) => boolean): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const mark = marks[middle];
    if (mark && before(mark)) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** The commit with this number, which the state has reached. */
export async function readCommit(journal: Journal, number: number): Promise<Commit> {
  const [found] = await readCommits(journal, number, number, (commit) => commit);
  if (!found) throw moved(journal.id);
  return found;
}

/**
 * What `show` makes of each commit from `first` to `last`, both inclusive, as far as the state has reached them. Only that
 * is kept: commits may be large.
 */
export async function readCommits<T>(
  journal: Journal,
  first: number,
  last: number,
  show: (commit: Commit) => T,
): Promise<T[]> {
  const found: T[] = [];
  const { chain } = journal;
  const from = markBefore(chain.marks, ({ commit }) => commit <= first);
  await scan(journal, { chain, from, until: chain.marks.length }, (commit) => {
    if (commit.number >= first && commit.number <= last) found.push(show(commit));
    return commit.number < last;
  });
  return found;
}

/** What lies between two marks, by their index in `chain`; `until` = how many there are: up to the last record. */
export interface Stretch {
  readonly chain: Chain;
  readonly from: number;
  readonly until: number;
}

/**
 * Gives every commit of the stretch, until `visit` returns false. Throws `store_unavailable` when the file is not the
 * one that was folded: the caller refreshes and begins again (`retrying`).
 */
export async function scan(
  journal: Journal,
  { chain, from, until }: Stretch,
  visit: (commit: Commit) => boolean,
): Promise<void> {
  const mark = chain.marks[from];
  if (!mark) return;
  const next = chain.marks[until];
  const end = next ? next.at : chain.lastEnd;
  const afterLast = next ? next.commit : chain.state.commit + 1;
  const { files } = journal.ports;
  const fd = files.open(journal.file, 'read');
  if (fd === null) throw moved(journal.id);
  try {
    const stat = files.fstat(fd);
    if (stat.ino !== journal.seen?.ino || stat.dev !== journal.seen.dev) throw moved(journal.id);
    let prev: string | null = null;
    let commit = mark.commit;
    let length = CHUNK_BYTES;
    let unyielded = 0;
    for (let at = mark.at; at < end; ) {
      if (journal.chain !== chain) throw moved(journal.id);
      const bytes = readExactly(files, fd, at, Math.min(length, end - at));
      if (!bytes) throw moved(journal.id);
      let start = 0;
      for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, start)) {
        const found = decodeRecord(bytes.subarray(start, newline));
        const record = found?.at === at + start ? found : null;
        start = newline + 1;
        if (prev !== null && record?.prev !== prev) continue;
        if (record?.commit.number !== commit) throw moved(journal.id);
        prev = record.commit.id;
        commit++;
        if (!visit(record.commit)) return;
      }
      length = start === 0 ? length * 2 : CHUNK_BYTES;
      at += start;
      unyielded += bytes.length;
      if (unyielded >= YIELD_EVERY_BYTES) {
        unyielded = 0;
        await new Promise((resume) => setImmediate(resume));
      }
    }
    if (commit !== afterLast) throw moved(journal.id);
  } finally {
    files.close(fd);
  }
}

/** Runs `read` on the present state, and again when the file was replaced under it. */
export async function retrying<T>(journal: Journal, read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    // Not `present`: between its end and the next turn here another load may begin, and half a state be read.
    while (!journal.refresh()) await journal.load();
    journal.served();
    const { epoch } = journal;
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FileMoved) || attempt === ATTEMPTS_MAX) throw error;
      // Nobody has read it anew: then it is not what was folded, whatever a snapshot says.
      if (epoch === journal.epoch) await journal.load(false);
    }
  }
}

class FileMoved extends TaskspaceError {}

function moved(id: string): FileMoved {
  return new FileMoved(
    'store_unavailable',
    `The journal of "${id}" was replaced while it was read. Try again.`,
  );
}
