/**
 * The fold: bytes of a journal become a state, by the rule of DESIGN.md section 2.
 *
 * A record counts if and only if its line is whole, its CRC holds, `at` is where it stands, and `prev` is the last record
 * that counts before it. Anything else is void. A good record with a foreign `prev` shows that bytes before it are lost, and
 * so do two in a row that stand elsewhere than they say: below what any of those records knew to be on disk it is damage,
 * above it the unsynced end of a power cut.
 */
import { crc32 } from 'node:zlib';
import { apply } from '../domain/apply.js';
import { bloomKeysOf } from '../domain/bloom-keys.js';
import { TaskspaceError } from '../domain/errors.js';
import { emptyState, type State } from '../domain/state.js';
import { NEWLINE } from './checked-line.js';
import { RecentCommits } from './recent.js';
import { decodeRecord, type Record, recordFault, unknownIn } from './record.js';
import { SparseIndex } from './sparse-index.js';
import { mayBeTorn } from './torn-beginning.js';

/** How much of the last record's end is compared to see that a file still continues the one that was folded. */
export const LAST_BYTES_MAX = 4096;

/**
 * Bytes of heap that a byte of JSON takes once folded: measured, 3.5 for a new plan, 2 for artifact histories, 2.8 for
 * snapshots of both. What replaces something is counted as if it were added, until the next snapshot corrects it.
 */
export const MEMORY_PER_BYTE = 3;
/** What a taskspace takes before it holds anything: measured, 3.5 KB of state and the rest for its handle. */
export const MEMORY_BASE_BYTES = 7_500;

export class ForeignRecord extends Error {
  override readonly name = 'ForeignRecord';
}

export class JournalFold {
  /** Offset after the last whole line; what lies behind it is a torn tail. */
  end = 0;
  /** The last record that counts: where its line begins and ends, and the CRC of its last bytes. */
  lastAt = 0;
  lastEnd = 0;
  lastCrc = 0;
  /** The end of the last record that any record that counts knew to be on disk. */
  safe = 0;
  /** Id of the last good record that stands elsewhere than it says, since the last that counts. */
  private displaced: string | null = null;
  /** A line before the first record that counts is none that a torn first write of ours leaves. */
  private foreign = false;
  readonly recent = new RecentCommits();
  /** Estimate of the bytes of memory this state takes; corrected whenever a snapshot is made or read. */
  weight = MEMORY_BASE_BYTES;

  constructor(
    readonly state: State,
    readonly index = new SparseIndex(),
  ) {}

  static empty(id: string): JournalFold {
    return new JournalFold(emptyState(id));
  }

  /**
   * Folds the whole lines of `bytes`, which stand at offset `end` of the file. Each record that counts is given to
   * `onCommit` after it is applied. A foreign record throws ForeignRecord, unless `judge` is set: then it throws
   * `damaged`, or is void. `own` spares parsing a line that this process has just written.
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

  /** Passes over a line that is void, up to the offset after its newline. */
  skip(to: number): void {
    if (this.lastEnd === 0) this.foreign = true;
    this.end = to;
  }

  /** Folds the next line, given without its newline, whose record was decoded before: a long one is, in turns. */
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

  /** Whether the record, which stands at `at`, counts. */
  private accept(record: Record, at: number, line: Buffer, options: FoldOptions, own: boolean): boolean {
    if (record.at !== at) {
      // One that stands elsewhere has lost a race, or met a file that was replaced. But none of these is followed by
      // another that knows it: bytes before them were removed or added.
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
   * Throws `damaged` when there are bytes and nothing that counts among them, unless a first write that was torn has left
   * them, for which nobody was answered: a taskspace whose journal is overwritten is damaged, not absent.
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
  /** They have come since the rest was folded, and somebody may wait for them: all that follow on these are news too. */
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
