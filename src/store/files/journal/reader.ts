/**
 * Reads records again that were folded before: message pages, histories, first answers of repeated requests.
 *
 * Reading begins at the nearest entry of the sparse index, so any place of a log of any length costs the
 * same. Only valid records are given: `prev` is followed from the entry, which is valid. A block is given
 * whole or not at all: a record that was folded and is now missing is never skipped.
 */
import { TaskspaceError } from '../../../domain/errors.js';
import type { Commit } from '../../../domain/event.js';
import { NEWLINE } from './checked-line.js';
import { readExactly } from './files.js';
import type { JournalFold } from './fold.js';
import { cannotBeRecord, endOfLine } from './invalid-line.js';
import type { Journal } from './journal.js';
import { decodeAnyRecord, decodeLink, type Link, type Record } from './record.js';
import type { IndexRow } from './sparse-index.js';

const CHUNK_BYTES = 64 * 1024;
const YIELD_EVERY_BYTES = 1024 * 1024;
const ATTEMPTS_MAX = 5;

/** The commit with this number, which the state has reached. Errors: 503 `store_unavailable`. */
export async function readCommit(journal: Journal, number: number): Promise<Commit> {
  const [found] = await readCommits(journal, number, number, (commit) => commit);
  if (!found) throw moved(journal.id);
  return found;
}

/**
 * What `show` makes of each commit from `first` to `last`, both inclusive, as far as the state has reached
 * them. Only the results are kept: commits may be large.
 */
export async function readCommits<T>(
  journal: Journal,
  first: number,
  last: number,
  show: (commit: Commit) => T,
): Promise<T[]> {
  const found: T[] = [];
  const { folded } = journal;
  const visit = (commit: Commit): boolean => {
    if (commit.number >= first && commit.number <= last) found.push(show(commit));
    return commit.number < last;
  };
  const recent = folded.recent.from(first);
  if (recent) {
    recent.every(visit);
    return found;
  }
  const { row } = folded.index;
  const block = blockOf(
    folded,
    row,
    row.lastBefore(({ commit }) => commit <= first),
    row.length,
  );
  if (!block) return found;
  await reading(journal, (scan) => scan(block, visit));
  return found;
}

/** The records from one valid record up to another, or up to the last one. */
export interface Block {
  readonly folded: JournalFold;
  /** Offset of the first record, and the offset after the last. */
  readonly at: number;
  readonly end: number;
  /** Number of the first commit, and of the one after the last. */
  readonly commit: number;
  readonly endCommit: number;
}

/** The block between two entries of the index; `until` equal to their number: up to the last record. */
export function blockOf(folded: JournalFold, row: IndexRow, from: number, until: number): Block | null {
  const mark = row.at(from);
  if (!mark) return null;
  const next = row.at(until) ?? { at: folded.lastEnd, commit: folded.state.commit + 1 };
  return { folded, at: mark.at, commit: mark.commit, end: next.at, endCommit: next.commit };
}

/**
 * Gives every commit of the block, until `visit` returns false; with `prefilter` only those whose line
 * contains all of these texts, while the others are still checked. False when `visit` has ended the scan.
 * Throws `store_unavailable` when the file is not the one that was folded: the caller catches up and begins
 * again (`retrying`).
 */
export type Scan = (
  block: Block,
  visit: (commit: Commit) => boolean,
  prefilter?: readonly Buffer[],
) => Promise<boolean>;

/** Opens the journal as it was folded, for scans. */
export async function reading<T>(journal: Journal, read: (scan: Scan) => Promise<T>): Promise<T> {
  const { files } = journal.ports;
  const fd = files.open(journal.file, 'read');
  if (fd === null) throw moved(journal.id);
  try {
    const stat = files.fstat(fd);
    if (stat.ino !== journal.seen?.ino || stat.dev !== journal.seen.dev) throw moved(journal.id);
    let unyielded = 0;
    return await read(
      async ({ folded, at: first, end, commit: number, endCommit }, visit, prefilter = []) => {
        let prev: string | null = null;
        let commit = number;
        let length = CHUNK_BYTES;
        for (let at = first; at < end; ) {
          if (journal.folded !== folded) throw moved(journal.id);
          const bytes = readExactly(files, fd, at, Math.min(length, end - at));
          if (!bytes) throw moved(journal.id);
          let start = 0;
          const holdsAll = finder(bytes, prefilter);
          for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, start)) {
            const line = bytes.subarray(start, newline);
            const wanted = holdsAll(start, newline);
            let found: Linked | null = wanted ? null : decodeLink(line);
            if (found === null) {
              const record = decodeAnyRecord(line);
              found = linked(record instanceof Promise ? await record : record);
              if (journal.folded !== folded) throw moved(journal.id);
            }
            const link = found?.at === at + start ? found : null;
            start = newline + 1;
            if (prev !== null && link?.prev !== prev) continue;
            if (link?.number !== commit) throw moved(journal.id);
            prev = link.id;
            commit++;
            if (wanted && link.whole && !visit(link.whole)) return false;
          }
          length = start === 0 ? length * 2 : CHUNK_BYTES;
          if (start === 0 && cannotBeRecord(bytes)) {
            const next = await endOfLine(files, fd, at + bytes.length, end);
            if (next === null) throw moved(journal.id);
            start = next - at;
            length = CHUNK_BYTES;
          }
          at += start;
          unyielded += bytes.length;
          if (unyielded >= YIELD_EVERY_BYTES) {
            unyielded = 0;
            await new Promise((resume) => setImmediate(resume));
          }
        }
        if (commit !== endCommit) throw moved(journal.id);
        return true;
      },
    );
  } finally {
    files.close(fd);
  }
}

/**
 * A function that says of successive lines, given by offsets in `bytes`, whether they contain all texts of
 * the prefilter. Each byte is searched once per text.
 */
function finder(bytes: Buffer, prefilter: readonly Buffer[]): (start: number, end: number) => boolean {
  const places = prefilter.map((needle) => ({ needle, next: -1 }));
  return (start, end) => {
    for (const place of places) {
      if (place.next < start) {
        const found = bytes.indexOf(place.needle, start);
        place.next = found < 0 ? Number.POSITIVE_INFINITY : found;
      }
      if (place.next > end) return false;
    }
    return true;
  };
}

interface Linked extends Link {
  readonly whole?: Commit;
}

function linked(record: Record | null): Linked | null {
  if (!record) return null;
  const { at, prev, commit } = record;
  return { at, prev, id: commit.id, number: commit.number, whole: commit };
}

/** Runs `read` on the current state, and again when the file was replaced during the read. */
export async function retrying<T>(journal: Journal, read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    // Not `catchUp`: between its end and the next turn here another load may begin, and half a state be read.
    while (!journal.catchUpNow()) await journal.load();
    journal.stateOrThrow();
    const { loads } = journal;
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FileMoved) || attempt === ATTEMPTS_MAX) throw error;
      // The file was not loaded since: it is not what was folded, whatever a snapshot says.
      if (loads === journal.loads) await journal.load(false);
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
