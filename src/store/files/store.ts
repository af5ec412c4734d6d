/** The filesystem store: handles on taskspace folders, and the list of ids. No layer above it uses files. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { TaskspaceError } from '../../domain/errors.js';
import { DamageNotes } from './blobs/damage-notes.js';
import { FdPool } from './fd-pool.js';
import { Feed } from './feed/feed.js';
import { type FileStat, type Files, nodeFiles } from './journal/files.js';
import { journalFile } from './journal/journal.js';
import { LapseClock } from './journal/lapse-clock.js';
import { MirrorDebounce } from './mirror/debounce.js';
import { DAMAGE_FILE, feedFolder, taskspaceFolder, taskspacesFolder } from './paths.js';
import { type FolderLog, TaskspaceFolder } from './taskspace-folder.js';

const OPEN_FILES_MAX = 512;
const IDS_AT_ONCE = 500;
const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export interface StoreOptions {
  readonly dataDir: string;
  readonly log: FolderLog;
  /** A taskspace's own trouble was met here, or is over by what was done here. */
  onTrouble?(id: string, isOver: boolean): void;
  /** For tests: decorators that fail, delay or forget. */
  readonly files?: Files;
  readonly now?: (() => number) | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly steady?: (() => number) | undefined;
}

export class Store {
  private readonly fdPool = new FdPool(OPEN_FILES_MAX);
  private readonly mirrorDebounce = new MirrorDebounce();

  readonly feed: Feed;
  /** Measures leases, claims and idempotency keys in this process. */
  readonly clock: LapseClock;

  constructor(private readonly options: StoreOptions) {
    this.clock = new LapseClock(options);
    this.feed = new Feed(
      feedFolder(options.dataDir),
      options.files ?? nodeFiles,
      randomBytes(4).toString('hex'),
    );
  }

  /** Reads the feed. Nothing may be opened before. */
  start(): void {
    this.feed.subscribe({
      onChange: ({ id, to, types }) => this.clock.hear(id, to, types),
      onUnreadable: () => undefined,
    });
    this.feed.open();
  }

  /** Resolves when the debounced mirror files are written. Before `close`, when no writes are in progress. */
  settle(): Promise<void> {
    return this.mirrorDebounce.settle();
  }

  close(): void {
    this.feed.close();
  }

  /** A new handle on a taskspace's folder, which need not exist and is not read yet. The id must be valid. */
  open(id: string): TaskspaceFolder {
    const { dataDir, log, files = nodeFiles } = this.options;
    return new TaskspaceFolder({
      id,
      folder: taskspaceFolder(dataDir, id),
      ports: { files, clock: this.clock, newId },
      fdPool: this.fdPool,
      mirrorDebounce: this.mirrorDebounce,
      feed: this.feed,
      log,
      onTrouble: (isOver) => this.options.onTrouble?.(id, isOver),
    });
  }

  /** Whether the folder of all taskspaces exists: if not, no taskspace is regarded as deleted. */
  get isThere(): boolean {
    const { dataDir, files = nodeFiles } = this.options;
    return files.kind(taskspacesFolder(dataDir)) === 'folder';
  }

  /**
   * Checks that the folder of all taskspaces can be read, at a cost that does not grow with it. Errors: 503
   * `store_unavailable`.
   */
  async check(): Promise<void> {
    try {
      const folder = await fs.promises.opendir(taskspacesFolder(this.options.dataDir), { bufferSize: 1 });
      await folder.read().finally(() => folder.close());
    } catch (error) {
      throw unreadable(error);
    }
  }

  /** Bytes that may still be written to the disk of the data folder; 0 also when no file can be created. */
  async room(): Promise<number> {
    const { bavail, bsize, files, ffree } = await fs.promises.statfs(this.options.dataDir);
    return files > 0 && ffree === 0 ? 0 : bavail * bsize;
  }

  /** Number of folders. Errors: 503 `store_unavailable`. */
  async count(): Promise<number> {
    let count = 0;
    for await (const ids of this.someIds()) count += ids.length;
    return count;
  }

  /** The current stat of a taskspace's journal; null: there is none. */
  journalStat(id: string): FileStat | null {
    const { dataDir, files = nodeFiles } = this.options;
    return files.stat(journalFile(taskspaceFolder(dataDir, id)));
  }

  /** The same, also 'unreadable' when a link or a file stands in place of the folder: it is not followed. */
  journalStatOrOdd(id: string): FileStat | 'unreadable' | null {
    const { dataDir, files = nodeFiles } = this.options;
    const isOdd = files.kind(taskspaceFolder(dataDir, id)) === 'other';
    return isOdd ? 'unreadable' : this.listedJournalStat(id);
  }

  /** Of a folder from `someIds`; 'unreadable' when the stat fails, a problem of that taskspace alone. */
  listedJournalStat(id: string): FileStat | 'unreadable' | null {
    try {
      return this.journalStat(id);
    } catch {
      return 'unreadable';
    }
  }

  /**
   * Version of the notes on damaged objects of a taskspace; '' when there are none, or none can exist. Costs
   * one lstat.
   */
  damageVersion(id: string): string {
    const file = path.join(taskspaceFolder(this.options.dataDir, id), DAMAGE_FILE);
    try {
      const stat = fs.lstatSync(file, { throwIfNoEntry: false });
      return stat ? `${stat.ino}-${stat.ctimeMs}` : '';
    } catch {
      // An unreadable folder (a link to itself, no permission) has no notes, as in DamageNotes.
      return '';
    }
  }

  /** Whether an object of the taskspace was found damaged and still is. */
  hasDamage(id: string): boolean {
    const { dataDir, now = Date.now } = this.options;
    return (
      this.damageVersion(id) !== '' &&
      new DamageNotes(taskspaceFolder(dataDir, id), now).standing().length > 0
    );
  }

  /**
   * The ids of all folders in no order, some at a time, with other work in between. Errors: 503
   * `store_unavailable`.
   */
  async *someIds(): AsyncGenerator<string[]> {
    for await (const { ids } of this.someEntries()) if (ids.length > 0) yield ids;
  }

  /** The same, with the names of what is no folder and stands where one might: a link, a file. */
  async *someEntries(): AsyncGenerator<{ ids: string[]; odd: string[] }> {
    try {
      const folder = await fs.promises.opendir(taskspacesFolder(this.options.dataDir), {
        bufferSize: IDS_AT_ONCE,
      });
      let some: { ids: string[]; odd: string[] } = { ids: [], odd: [] };
      for await (const entry of folder) {
        if (!ID.test(entry.name)) continue;
        (entry.isDirectory() ? some.ids : some.odd).push(entry.name);
        if (some.ids.length + some.odd.length < IDS_AT_ONCE) continue;
        yield some;
        some = { ids: [], odd: [] };
      }
      yield some;
    } catch (error) {
      throw unreadable(error);
    }
  }

  /**
   * The ids of all folders, sorted. A folder may hold a deleted taskspace, or none. Errors: 503
   * `store_unavailable`.
   */
  async ids(): Promise<string[]> {
    const ids: string[] = [];
    for await (const some of this.someIds()) ids.push(...some);
    return ids.sort();
  }
}

function unreadable(cause: unknown): Error {
  if (cause instanceof TaskspaceError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  return new TaskspaceError('store_unavailable', `The data folder cannot be read (${code}).`, {}, { cause });
}

const ID_BYTES = 8;
/** Random bytes for ids, drawn in bulk: one system call for many ids. */
let chance = Buffer.alloc(0);

function newId(): string {
  if (chance.length < ID_BYTES) chance = randomBytes(ID_BYTES * 512);
  const id = chance.toString('hex', 0, ID_BYTES);
  chance = chance.subarray(ID_BYTES);
  return id;
}
