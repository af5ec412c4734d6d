/**
 * Reads records again that were folded before: message pages, histories, first answers of repeated requests.
 *
 * Begins at the mark nearest to what is wanted, so any place of a log of any length costs the same. Only records that
 * count are given: the chain of `prev` is followed from the mark, which counts.
 */
import { TaskspaceError } from '../domain/errors.js';
import type { Commit } from '../domain/event.js';
import type { Mark } from './chain.js';
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
  let found: Commit | undefined;
  const { marks } = journal.chain;
  const from = markBefore(marks, (mark) => mark.commit <= number);
  await scan(journal, from, journal.chain.lastEnd, (commit) => {
    if (commit.number === number) found = commit;
    return commit.number < number;
  });
  if (!found) throw moved(journal.id);
  return found;
}

/**
 * Gives every commit from the mark with this index up to the offset `end`, until `visit` returns false. Throws
 * `store_unavailable` when the file is not the one that was folded: the caller refreshes and begins again (`retrying`).
 */
export async function scan(
  journal: Journal,
  markIndex: number,
  end: number,
  visit: (commit: Commit) => boolean,
): Promise<void> {
  const mark = journal.chain.marks[markIndex];
  if (!mark) return;
  const { files } = journal.ports;
  const fd = files.open(journal.file, 'read');
  if (fd === null) throw moved(journal.id);
  try {
    const stat = files.fstat(fd);
    if (stat.ino !== journal.seen?.ino || stat.dev !== journal.seen.dev) throw moved(journal.id);
    let prev: string | null = null;
    let length = CHUNK_BYTES;
    let unyielded = 0;
    for (let at = mark.at; at < end; ) {
      const bytes = readExactly(files, fd, at, Math.min(length, end - at));
      if (!bytes) throw moved(journal.id);
      let from = 0;
      for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, from)) {
        const record = decodeRecord(bytes.subarray(from, newline), at + from);
        if (prev === null && record === null) throw moved(journal.id);
        from = newline + 1;
        if (record === null || (prev !== null && record.prev !== prev)) continue;
        prev = record.commit.id;
        if (!visit(record.commit)) return;
      }
      length = from === 0 ? length * 2 : CHUNK_BYTES;
      at += from;
      unyielded += bytes.length;
      if (unyielded >= YIELD_EVERY_BYTES) {
        unyielded = 0;
        await new Promise((resume) => setImmediate(resume));
      }
    }
  } finally {
    files.close(fd);
  }
}

/** Runs `read` on the present state, and again when the file was replaced under it. */
export async function retrying<T>(journal: Journal, read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    await journal.present();
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FileMoved) || attempt === ATTEMPTS_MAX) throw error;
      await journal.load();
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
