/**
 * One taskspace's journal, folded up to what `stat` last showed.
 *
 * `catchUpNow` is the check on every read: one stat when nothing happened, the tail when the file grew, a
 * fresh load when anything else changed. No state is served after a check that failed. Writing is in
 * writer.ts.
 */
import path from 'node:path';
import { TaskspaceError } from '../../../domain/errors.js';
import type { State } from '../../../domain/state.js';
import type { LapseClock } from '../../lapse-clock.js';
import { concatInTurns } from './bytes-in-turns.js';
import { mayBeginLine, NEWLINE } from './checked-line.js';
import { type FileStat, type Files, readExactly } from './files.js';
import { crcOfLast, type FoldOptions, ForeignRecord, JournalFold, LAST_BYTES_MAX } from './fold.js';
import { JournalFollowers } from './followers.js';
import { endOfLine, LINE_BYTES_MAX } from './invalid-line.js';
import { OddPlace } from './opener.js';
import { decodeAnyRecord, type Record } from './record.js';
import {
  encodeSnapshot,
  restoreSnapshot,
  SNAPSHOT_BYTES_MAX,
  SNAPSHOT_EVERY_BYTES,
  SNAPSHOT_FILE,
} from './snapshot.js';
import { temporaryName } from './temporary-name.js';

/** What journals share: file calls, clocks, randomness. */
export interface JournalPorts {
  readonly files: Files;
  readonly clock: LapseClock;
  /** 16 random hex digits. */
  newId(): string;
}

export interface JournalPaths {
  readonly id: string;
  /** The taskspace's folder. */
  readonly folder: string;
}

export function journalFile(folder: string): string {
  return path.join(folder, 'journal.jsonl');
}

/** A file younger than this when it was folded may have changed again without a new ctime. */
const RACY_MS = 20;
/** Larger tails, and cold loads, are folded in pieces of this size, with other work in between. */
const CHUNK_BYTES = 256 * 1024;
const LOAD_ATTEMPTS_MAX = 20;

export class Journal {
  readonly id: string;
  readonly folder: string;
  readonly file: string;
  folded: JournalFold;
  /** The file as it was when folded; null: there is no file. */
  seen: FileStat | null = null;
  /** Why the current content of the file cannot be served. */
  fault: TaskspaceError | null = null;
  readonly followers = new JournalFollowers();

  /** Grows with every load: a decision made before one rests on a file that may be gone. */
  loads = 0;

  private racy = false;
  /** When the file was checked, by the monotonic clock. */
  private notedAt = 0;
  private loaded = false;
  private loading: Promise<void> | null = null;
  /** Whether the last load began with a snapshot. */
  private fromSnapshot = false;
  private snapshotEnd = 0;
  private snapshotBytes = 0;

  constructor(
    { id, folder }: JournalPaths,
    readonly ports: JournalPorts,
  ) {
    this.id = id;
    this.folder = folder;
    this.file = journalFile(folder);
    this.folded = JournalFold.empty(id);
  }

  get state(): State {
    return this.folded.state;
  }

  /** Catches up with the file. Throws what makes the journal unreadable. */
  async catchUp(): Promise<State> {
    while (!this.catchUpNow()) await this.load();
    return this.stateOrThrow();
  }

  /** The state that `catchUpNow` or `load` left; throws when it may not be served. */
  stateOrThrow(): State {
    if (this.fault) throw this.fault;
    return this.folded.state;
  }

  /** Checks the file and folds a short tail. True: the state (or fault) is current. False: call `load`. */
  catchUpNow(): boolean {
    if (!this.loaded || this.loading) return false;
    const { seen } = this;
    const now = this.ports.files.stat(this.file);
    if (now === null || seen === null) return now === seen;
    if (now.ino !== seen.ino || now.dev !== seen.dev) return false;
    if (now.size === seen.size && now.ctimeMs === seen.ctimeMs)
      return !this.racy || this.lastStillStands(now);
    if (now.size <= seen.size || this.fault) return false;
    return this.foldTail();
  }

  /**
   * Reads the file anew, from its first byte when a snapshot is not to be trusted. Concurrent callers share
   * one run.
   */
  load(trustSnapshot = true): Promise<void> {
    this.loading ??= this.loadUntilStill(trustSnapshot).finally(() => {
      this.loading = null;
    });
    return this.loading;
  }

  /** Folds what was appended; false when the file is not the one that was folded, or the tail is long. */
  foldTail(own?: { at: number; line: Buffer; record: Record }, fd?: number): boolean {
    const { files } = this.ports;
    const handle = fd ?? files.open(this.file, 'read');
    if (handle === null) return false;
    try {
      const stat = files.fstat(handle);
      const { folded, seen } = this;
      if (!seen || stat.ino !== seen.ino || stat.dev !== seen.dev || stat.size < folded.end) return false;
      const from = Math.max(folded.lastAt, folded.lastEnd - 1 - LAST_BYTES_MAX);
      if (stat.size - folded.end > CHUNK_BYTES + (own?.line.length ?? 0)) return false;
      const bytes = readExactly(files, handle, from, stat.size - from);
      if (!bytes) return false;
      const last = bytes.subarray(0, Math.max(0, folded.lastEnd - 1 - from));
      if (folded.lastEnd > 0 && crcOfLast(last) !== folded.lastCrc) return false;
      folded.fold(bytes.subarray(folded.end - from), {
        onCommit: (record) => this.counted(record),
        own,
        news: true,
      });
      // Only a load decides whether a first write was torn or other bytes were put there.
      if (folded.lastEnd === 0) return false;
      this.note(stat);
      return true;
    } catch (error) {
      // The fold has moved past a record that it did not accept: only a load makes it trustworthy again.
      this.loaded = false;
      if (error instanceof ForeignRecord) return false;
      this.fault = asFault(error);
      return false;
    } finally {
      if (fd === undefined) files.close(handle);
    }
  }

  /** Whether enough lies behind the last snapshot to make a new one worth its write. */
  get wantsSnapshot(): boolean {
    const grown = this.folded.lastEnd - this.snapshotEnd;
    return this.fault === null && grown >= Math.max(SNAPSHOT_EVERY_BYTES, this.snapshotBytes);
  }

  /**
   * Writes a snapshot of the current state once `durable` says that its records are on disk. A snapshot with
   * more records than the journal has after a power cut would contradict the journal.
   */
  async writeSnapshot(durable: () => Promise<void>): Promise<void> {
    const { files } = this.ports;
    const { loads } = this;
    this.snapshotEnd = this.folded.lastEnd;
    const bytes = await encodeSnapshot(this.folded);
    this.snapshotBytes = bytes.length;
    if (bytes.length > SNAPSHOT_BYTES_MAX) return;
    await durable();
    if (loads !== this.loads) return;
    await files.replace(this.folder, SNAPSHOT_FILE, temporaryName(), bytes);
  }

  private async loadUntilStill(trustSnapshot: boolean): Promise<void> {
    for (let attempt = 0; attempt < LOAD_ATTEMPTS_MAX; attempt++) {
      this.loads++;
      this.followers.onReload();
      this.fault = null;
      this.fromSnapshot = false;
      try {
        if (await this.loadOnce(attempt === 0 && trustSnapshot && this.followers.allowsSnapshot())) return;
      } catch (error) {
        // A snapshot is trusted as long as what follows fits; only the journal itself shows damage.
        if (error instanceof ForeignRecord || (this.fromSnapshot && isDamage(error))) continue;
        // A problem with the folder may end at any moment, whatever the file's stat says.
        this.loaded =
          error instanceof TaskspaceError && !(error instanceof FolderUnusable || error instanceof OddPlace);
        if (!this.loaded) throw error;
        this.fault = asFault(error);
        return;
      }
    }
    // Not a fault of the file that was folded last: the next `catchUpNow` would find another file and load
    // again, without end.
    this.loaded = false;
    throw new TaskspaceError(
      'store_unavailable',
      `The journal of "${this.id}" keeps being replaced. Try again.`,
    );
  }

  /**
   * Folds the whole file; false when it was replaced during the fold. `seen` is set first, so that a fault
   * sticks to its file.
   */
  private async loadOnce(useSnapshot: boolean): Promise<boolean> {
    const { files } = this.ports;
    this.checkFolder();
    const fd = files.open(this.file, 'read', 'checked');
    this.loaded = true;
    if (fd === null) {
      this.folded = JournalFold.empty(this.id);
      this.seen = null;
      this.snapshotEnd = 0;
      return true;
    }
    try {
      const stat = files.fstat(fd);
      this.note(stat);
      this.snapshotBytes = 0;
      const restored = useSnapshot ? await this.readSnapshot(fd) : null;
      this.fromSnapshot = restored !== null;
      const folded = restored ?? JournalFold.empty(this.id);
      this.folded = folded;
      this.snapshotEnd = folded.lastEnd;
      await this.foldFrom(fd, stat.size, folded, restored === null);
      this.ports.clock.seeState(folded.state);
      const now = files.stat(this.file);
      return now?.ino === stat.ino && now.dev === stat.dev && now.size >= stat.size;
    } finally {
      files.close(fd);
    }
  }

  /** Distinguishes a missing taskspace from a missing store and from something that is not a folder. */
  private checkFolder(): void {
    const { files } = this.ports;
    const kind = files.kind(this.folder);
    if (kind === 'folder' || (kind === null && files.kind(path.dirname(this.folder)) !== null)) return;
    const detail =
      kind === null
        ? 'The folder of all taskspaces is gone. Mount or restore the data folder; nothing is answered from memory.'
        : `Where "${this.id}" should be stands something that is not a folder, or a link to one. Move it away.`;
    throw new FolderUnusable('store_unavailable', detail, kind === null ? {} : { own: true });
  }

  /** The fold from the snapshot; null when there is none that can be read: it only spares time. */
  private async readSnapshot(fd: number): Promise<JournalFold | null> {
    const { files } = this.ports;
    try {
      const bytes = await files.readAll(this.folder, SNAPSHOT_FILE, SNAPSHOT_BYTES_MAX);
      const folded = bytes && (await restoreSnapshot(this.id, bytes, files, fd));
      if (folded) this.snapshotBytes = bytes.length;
      return folded;
    } catch {
      return null;
    }
  }

  /** Folds the file from the end of the fold on, in pieces with other work in between. */
  private async foldFrom(fd: number, size: number, folded: JournalFold, judge: boolean): Promise<void> {
    const { followers } = this;
    const options: FoldOptions = {
      judge,
      onCommit: (record) => followers.onCommit(record),
      onInvalidLine: (at) => followers.onInvalidLine(at),
    };
    /** The beginning of a line whose end has not been reached. */
    let begun: Buffer[] = [];
    let begunBytes = 0;
    for (let at = folded.end; at < size; ) {
      const bytes = readExactly(this.ports.files, fd, at, Math.min(CHUNK_BYTES, size - at));
      // Truncated during the fold: the stat after it shows this.
      if (!bytes) return;
      at += bytes.length;
      const newline = begunBytes === 0 ? -1 : bytes.indexOf(NEWLINE);
      if (begunBytes > 0 && newline >= 0) {
        await foldLine(folded, await concatInTurns([...begun, bytes.subarray(0, newline)]), options);
        begunBytes = 0;
      }
      if (begunBytes === 0) {
        const rest = bytes.subarray(newline + 1);
        const from = folded.end;
        folded.fold(rest, options);
        begun = [rest.subarray(folded.end - from)];
      } else begun.push(bytes);
      begunBytes = at - folded.end;
      if (begunBytes >= LINE_BYTES_MAX || !mayBeginLine(begun[0] ?? bytes)) {
        const from = folded.end;
        // A torn first write is no longer than a record; nothing is searched for behind a hole.
        const until = folded.lastEnd > 0 ? size : Math.min(size, at + LINE_BYTES_MAX);
        const end = await endOfLine(this.ports.files, fd, at, until);
        if (end === null) break;
        folded.skip(end);
        followers.onInvalidLine(from);
        [at, begun, begunBytes] = [end, [], 0];
      }
      if (at < size) await new Promise((resume) => setImmediate(resume));
    }
    folded.checkBegun(size, Buffer.concat(begun.slice(0, 2)));
  }

  private counted(record: Record): void {
    this.ports.clock.seeEvents(this.state, record.commit.events);
    this.followers.onCommit(record);
  }

  private note(stat: FileStat): void {
    const { clock } = this.ports;
    this.seen = stat;
    this.racy = clock.nowMs() - stat.ctimeMs < RACY_MS;
    this.notedAt = clock.steadyMs();
  }

  /** For a file that was young when folded: whether its last record is still the same, byte for byte. */
  private lastStillStands(stat: FileStat): boolean {
    const { lastAt, lastEnd, lastCrc } = this.folded;
    const now = this.ports.clock.steadyMs();
    if (lastEnd > 0) {
      const from = Math.max(lastAt, lastEnd - 1 - LAST_BYTES_MAX);
      const bytes = this.readCurrent(stat, from, lastEnd - 1 - from);
      if (!bytes || crcOfLast(bytes) !== lastCrc) return false;
    }
    this.racy = now - this.notedAt < RACY_MS;
    return true;
  }

  /** Bytes of the file at the path; a descriptor that a writer holds on it spares opening it. */
  private readCurrent(stat: FileStat, position: number, length: number): Buffer | null {
    const { files } = this.ports;
    const held = this.followers.heldFd(stat);
    const fd = held ?? files.open(this.file, 'read');
    if (fd === null) return null;
    try {
      return readExactly(files, fd, position, length);
    } finally {
      if (held === null) files.close(fd);
    }
  }
}

/** A line that began in one piece of the file and ended in another. */
async function foldLine(folded: JournalFold, line: Buffer, options: FoldOptions): Promise<void> {
  folded.foldDecoded(line, await decodeAnyRecord(line), options);
}

function isDamage(error: unknown): boolean {
  return error instanceof TaskspaceError && error.code === 'damaged';
}

class FolderUnusable extends TaskspaceError {}

/**
 * Errors about this journal's content stay with it; those of the system are thrown, so that the call is tried
 * again.
 */
function asFault(error: unknown): TaskspaceError {
  if (error instanceof TaskspaceError) return error;
  throw error;
}
