/** The filesystem store: handles on taskspace folders, and the list of ids. No layer above it uses files. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { TaskspaceError } from '../../domain/errors.js';
import { FairYield } from '../../platform/yield-fairly.js';
import { newCommitId } from '../commit-id.js';
import { LapseClock } from '../lapse-clock.js';
import {
  type Mark,
  type Marked,
  ODD,
  type Store,
  type TroubleListener,
  UNREADABLE,
  type Upkeep,
  type UpkeepOptions,
} from '../ports.js';
import { DamageNotes } from './blobs/damage-notes.js';
import { storeIdOf } from './data-dir.js';
import { FdPool } from './fd-pool.js';
import { Feed } from './feed/feed.js';
import { noteFeedCompared, readFeedStart } from './feed/start.js';
import { type Files, nodeFiles } from './journal/files.js';
import { journalFile } from './journal/journal.js';
import { lastLinkOf } from './journal/last-link.js';
import type { Link } from './journal/record.js';
import { markOf } from './mark.js';
import { MirrorDebounce } from './mirror/debounce.js';
import { DAMAGE_FILE, feedFolder, taskspaceFolder, taskspacesFolder } from './paths.js';
import { storeSecret } from './secret.js';
import { type FolderLog, TaskspaceFolder } from './taskspace-folder.js';
import { FileUpkeep } from './upkeep.js';

const OPEN_FILES_MAX = 512;
const IDS_AT_ONCE = 500;
const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export interface FileStoreOptions {
  readonly dataDir: string;
  readonly log: FolderLog;
  /** For tests: decorators that fail, delay or forget. */
  readonly files?: Files;
  readonly now?: (() => number) | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly steady?: (() => number) | undefined;
}

export class FileStore implements Store {
  private readonly fdPool = new FdPool(OPEN_FILES_MAX);
  private readonly mirrorDebounce = new MirrorDebounce();
  private readonly troubleListeners = new Set<TroubleListener>();
  private identity: string | undefined;
  private bytes: Buffer | undefined;
  /** A publication could not be read. */
  private hasMissed = false;

  readonly feed: Feed;
  /** Measures leases, claims and idempotency keys in this process. */
  readonly clock: LapseClock;

  constructor(private readonly options: FileStoreOptions) {
    this.clock = new LapseClock(options);
    this.feed = new Feed(
      feedFolder(options.dataDir),
      options.files ?? nodeFiles,
      randomBytes(4).toString('hex'),
    );
  }

  get id(): string {
    this.identity ??= storeIdOf(this.options.dataDir);
    return this.identity;
  }

  get secret(): Buffer {
    this.bytes ??= storeSecret(this.options.dataDir);
    return this.bytes;
  }

  get startId(): string {
    return readFeedStart(this.options.dataDir)?.epoch ?? 'unknown';
  }

  get wasComplete(): boolean {
    const start = readFeedStart(this.options.dataDir);
    const isOfCleanStop = start?.clean === true && start.epoch === this.feed.position.epoch;
    return this.wasCompared || (isOfCleanStop && !this.hasMissed);
  }

  get wasCompared(): boolean {
    return readFeedStart(this.options.dataDir)?.compared === this.feed.position.epoch && !this.hasMissed;
  }

  noteCompared(): void {
    noteFeedCompared(this.options.dataDir, this.feed.position.epoch);
  }

  /** Reads the feed. Nothing may be opened before. */
  begin(): void {
    this.feed.subscribe({
      onChange: ({ id, to, types }) => this.clock.hear(id, to, types),
      onUnreadable: () => {
        this.hasMissed = true;
      },
    });
    this.feed.open();
  }

  onTrouble(listener: TroubleListener): () => void {
    this.troubleListeners.add(listener);
    return () => this.troubleListeners.delete(listener);
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
      ports: { files, clock: this.clock, newId: newCommitId },
      fdPool: this.fdPool,
      mirrorDebounce: this.mirrorDebounce,
      feed: this.feed,
      log,
      onTrouble: (isOver) => {
        for (const listener of this.troubleListeners) listener(id, isOver);
      },
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

  /** A link or a file in place of a taskspace's folder is not followed. */
  mark(id: string): Mark | null {
    const { dataDir, files = nodeFiles } = this.options;
    return files.kind(taskspaceFolder(dataDir, id)) === 'other' ? ODD : this.markOfListed(id);
  }

  async *marks(): AsyncGenerator<Marked[]> {
    const turns = new FairYield();
    for await (const { ids, odd } of this.someEntries()) {
      const marked: Marked[] = odd.map((id) => ({ id, mark: ODD }));
      for (const id of ids) {
        marked.push({ id, mark: this.markOfListed(id) ?? '' });
        if (turns.isOver) await turns.next();
      }
      yield marked;
    }
  }

  keepUp(options: UpkeepOptions): Upkeep {
    return new FileUpkeep(this, this.options.dataDir, options);
  }

  lastLink(id: string): Link | null {
    const { dataDir, files = nodeFiles } = this.options;
    return lastLinkOf(files, journalFile(taskspaceFolder(dataDir, id)));
  }

  /** Of an id from `someIds`: what fails is a problem of that taskspace alone. */
  private markOfListed(id: string): Mark | null {
    const { dataDir, files = nodeFiles } = this.options;
    try {
      const stat = files.stat(journalFile(taskspaceFolder(dataDir, id)));
      return stat && markOf(stat);
    } catch {
      return UNREADABLE;
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
}

function unreadable(cause: unknown): Error {
  if (cause instanceof TaskspaceError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  return new TaskspaceError('store_unavailable', `The data folder cannot be read (${code}).`, {}, { cause });
}
