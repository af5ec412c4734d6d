/**
 * The fold: bytes of a journal become a state, by the rule of DESIGN.md section 2.
 *
 * A record is valid if and only if its line is whole, its CRC holds, `at` is its offset, and `prev` is the id
 * of the last valid record before it. Anything else is invalid. A whole record with another `prev` shows that
 * bytes before it are lost, and so do two linked records in a row that are displaced. Below the offset that
 * any of those records knew to be on disk this is damage; above it, it is the unsynced end of a power cut.
 */
import { crc32 } from 'node:zlib';
import { apply } from '../../../domain/apply.js';
import { bloomKeysOf } from '../../../domain/bloom-keys.js';
import { TaskspaceError } from '../../../domain/errors.js';
import { emptyState, type State } from '../../../domain/state.js';
import { NEWLINE } from './checked-line.js';
import { RecentCommits } from './recent.js';
import { decodeRecord, type Record, recordFault, unknownIn } from './record.js';
import { SparseIndex } from './sparse-index.js';
import { mayBeTorn } from './torn-beginning.js';

/** Bytes at the end of the last record that are compared to see that a file continues the folded one. */
export const LAST_BYTES_MAX = 4096;

/**
 * Bytes of heap per byte of JSON once folded: measured, 3.5 for a new plan, 2 for artifact histories, 2.8 for
 * snapshots of both. A replacement is counted as an addition until the next snapshot corrects it.
 */
export const MEMORY_PER_BYTE = 3;
/** Memory of an empty taskspace: measured, 3.5 KB of state and the rest for its handle. */
export const MEMORY_BASE_BYTES = 7_500;

export class ForeignRecord extends Error {
  override readonly name = 'ForeignRecord';
}

export class JournalFold {
  /** Offset after the last whole line; what follows is a torn tail. */
  end = 0;
  /** The last valid record: where its line begins and ends, and the CRC of its last bytes. */
  lastAt = 0;
  lastEnd = 0;
  lastCrc = 0;
  /** End of the last record that any valid record knew to be on disk. */
  safe = 0;
  /** Id of the last whole record whose `at` is not its offset, since the last valid one. */
  private displaced: string | null = null;
  /** A line before the first valid record cannot come from a torn first write of the server. */
  private foreign = false;
  readonly recent = new RecentCommits();
  /** Estimated bytes of memory of this state; corrected whenever a snapshot is made or read. */
  weight = MEMORY_BASE_BYTES;

  constructor(
    readonly state: State,
    readonly index = new SparseIndex(),
  ) {}

  static empty(id: string): JournalFold {
    return new JournalFold(emptyState(id));
  }

  /**
   * Folds the whole lines of `bytes`, which begin at offset `end` of the file. Each valid record is passed to
   * `onCommit` after it is applied. A foreign record throws ForeignRecord, unless `judge` is set: then it
   * throws `damaged` or is invalid. `own` spares parsing a line that this process has just written.
   */
  fold(bytes: Buffer, options: FoldOptions = {}): void {
    const base = this.end;
    let from = 0;
    for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, from)) {
      const line = bytes.subarray(from, newline);
      const at = base + from;
      from = newline + 1;
      this.end = base + from;
      const own = options.own?.at === at && options.own.line.equals(line) ? options.own.record : null;
      this.acceptLine(own ?? decodeRecord(line), at, line, options, own !== null);
    }
  }

  /** Skips an invalid line, up to the offset after its newline. */
  skip(to: number): void {
    if (this.lastEnd === 0) this.foreign = true;
    this.end = to;
  }

  /** Folds the next line, given without its newline, whose record is decoded already (in turns if long). */
  foldDecoded(line: Buffer, record: Record | null, options: FoldOptions): void {
    const at = this.end;
    this.end = at + line.length + 1;
    this.acceptLine(record, at, line, options, false);
  }

  private acceptLine(
    record: Record | null,
    at: number,
    line: Buffer,
    options: FoldOptions,
    own: boolean,
  ): void {
    if (record && this.accept(record, at, line, options, own)) return;
    if (this.lastEnd === 0 && !mayBeTorn(line, at)) this.foreign = true;
    options.onInvalidLine?.(at);
  }

  /** Whether the record at offset `at` is valid. */
  private accept(record: Record, at: number, line: Buffer, options: FoldOptions, own: boolean): boolean {
    if (record.at !== at) {
      // A displaced record has lost a race, or met a file that was replaced. But none of these is followed by
      // a record that links to it: in that case bytes before them were removed or added.
      const follows = record.prev === this.displaced;
      this.displaced = record.commit.id;
      if (!follows || record.safe <= this.lastEnd) return false;
    }
    if (record.at !== at || record.prev !== this.state.head) {
      if (!options.judge) throw new ForeignRecord();
      if (record.safe > this.lastEnd) throw damaged(this.state.id, this.lastEnd, at);
      return false;
    }
    this.displaced = null;
    const unknown = unknownIn(record);
    if (unknown) throw tooNew(this.state.id, unknown);
    const wrong = own ? null : recordFault(record);
    if (wrong !== null) throw misshapen(this.state.id, at, wrong);
    const seq = this.state.messages.lastSeq;
    this.apply(record);
    this.lastAt = record.at;
    this.lastEnd = this.end;
    this.lastCrc = crcOfLast(line);
    this.safe = Math.max(this.safe, record.safe);
    this.index.add({ at: record.at, commit: record.commit.number, seq }, line.length, bloomKeysIn(record));
    this.weight += weightOf(record, line.length);
    if (options.news) this.recent.add(record.commit, seq, line.length);
    options.onCommit?.(record);
    return true;
  }

  /**
   * Throws `damaged` when there are bytes and no valid record among them: an overwritten journal is damaged,
   * not absent. Bytes that a torn first write may have left are accepted, since that write was never
   * acknowledged.
   * @param tail what follows the last whole line, or its beginning.
   */
  checkBegun(size: number, tail: Buffer): void {
    if (this.lastEnd > 0 || size === 0) return;
    if (this.foreign || (tail.length > 0 && !mayBeTorn(tail, this.end, true)))
      throw notBegun(this.state.id, size);
  }

  private apply(record: Record): void {
    const { state } = this;
    if (record.commit.number !== state.commit + 1) throw damaged(state.id, this.lastEnd, record.at);
    if (record.commit.time <= state.time) throw misshapen(state.id, record.at, '/time');
    try {
      apply(state, record.commit);
    } catch (cause) {
      throw new TaskspaceError(
        'damaged',
        `Commit ${record.commit.number} of "${state.id}" contradicts those before it.`,
        {},
        { cause },
      );
    }
  }
}

export interface FoldOptions {
  readonly judge?: boolean | undefined;
  readonly onCommit?: ((record: Record) => void) | undefined;
  readonly onInvalidLine?: ((at: number) => void) | undefined;
  /** The records arrived after the rest was folded, for waiting readers; all that follow are news too. */
  readonly news?: boolean;
  readonly own?: { readonly at: number; readonly line: Buffer; readonly record: Record } | undefined;
}

function bloomKeysIn({ commit }: Record): number[] {
  return commit.events.flatMap((event) =>
    event.type === 'message.posted' ? bloomKeysOf(event.message, commit.by) : [],
  );
}

/** Messages stay in the file: only their key, if any, is kept in memory. */
function weightOf({ commit }: Record, bytes: number): number {
  const key = commit.key ? 200 : 0;
  return key + (commit.events[0]?.type === 'message.posted' ? 1 : MEMORY_PER_BYTE * bytes);
}

/** CRC-32 over the last LAST_BYTES_MAX bytes of a line, without its newline. */
export function crcOfLast(line: Buffer): number {
  return crc32(line.subarray(Math.max(0, line.length - LAST_BYTES_MAX)));
}

function damaged(id: string, from: number, to: number): TaskspaceError {
  return new TaskspaceError(
    'damaged',
    `Records of "${id}" between byte ${from} and byte ${to} of its journal are broken or missing, though they were on disk. Restore journal.jsonl from a backup; \`npm run verify\` shows what is left.`,
  );
}

function misshapen(id: string, at: number, pointer: string): TaskspaceError {
  return new TaskspaceError(
    'damaged',
    `The record at byte ${at} of the journal of "${id}" is whole, but ${pointer} in it is not what this version of Taskspace writes there. Restore journal.jsonl from a backup, or take the folder away.`,
  );
}

function notBegun(id: string, size: number): TaskspaceError {
  return new TaskspaceError(
    'damaged',
    `The journal of "${id}" has ${size} bytes and not one valid record. Nothing is written on top of it. Restore journal.jsonl from a backup, or take the folder away.`,
  );
}

function tooNew(id: string, what: string): TaskspaceError {
  return new TaskspaceError(
    'store_unavailable',
    `The journal of "${id}" was written by a newer version (${what}). Start a version that knows it.`,
    { own: true },
  );
}
