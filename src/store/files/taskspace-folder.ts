/**
 * One taskspace's folder: its journal, its objects and its mirror behind one handle.
 *
 * The order of a write is kept here: objects first (`receive`), then the commit, then the mirror, then the
 * answer. A handle may be shared by any number of readers and writers of this process, and a folder may have
 * several handles.
 */
import type { Readable } from 'node:stream';
import { isOwnTrouble, TaskspaceError } from '../../domain/errors.js';
import type { Commit } from '../../domain/event.js';
import type { Message } from '../../domain/message.js';
import type { MessageFilter, MessageRange } from '../../domain/message-filter.js';
import type { State } from '../../domain/state.js';
import type { Mark, ObjectRange, ReceiveOptions, StoredObject, Taskspace, Write, Written } from '../ports.js';
import { DamageNotes } from './blobs/damage-notes.js';
import { Objects } from './blobs/objects.js';
import type { FdPool } from './fd-pool.js';
import type { Feed } from './feed/feed.js';
import { Publisher } from './feed/publisher.js';
import { storeFailure } from './journal/failure.js';
import { hasOtherNames } from './journal/files.js';
import { Journal, type JournalPorts } from './journal/journal.js';
import { readCommits, retrying } from './journal/reader.js';
import { JournalWriter } from './journal/writer.js';
import { markOf } from './mark.js';
import { readMessages } from './messages.js';
import type { MirrorDebounce } from './mirror/debounce.js';
import { wasOnceText } from './mirror/known-texts.js';
import { artifactFile, Mirror, mayLag, namesOf } from './mirror/mirror.js';
import { METADATA_FILE, PLAN_FILE } from './paths.js';

export interface FolderLog {
  warn(fields: object, message: string): void;
}

export interface FolderDeps {
  readonly id: string;
  readonly folder: string;
  readonly ports: JournalPorts;
  readonly fdPool: FdPool;
  readonly mirrorDebounce: MirrorDebounce;
  readonly feed: Feed;
  readonly log: FolderLog;
  /** The taskspace's own trouble was met, or is over by a repair. */
  onTrouble(isOver: boolean): void;
}

export class TaskspaceFolder implements Taskspace {
  readonly id: string;
  private readonly journal: Journal;
  private readonly writer: JournalWriter;
  private readonly objects: Objects;
  private readonly notes: DamageNotes;
  private readonly mirror: Mirror;
  private readonly deps: FolderDeps;
  private readonly publisher: Publisher;

  constructor(deps: FolderDeps) {
    this.deps = deps;
    this.id = deps.id;
    this.journal = new Journal(deps, deps.ports);
    this.writer = new JournalWriter(this.journal, {
      check: () => deps.feed.pollSoon(),
      safe: () => this.publisher.publishedSafe,
    });
    this.publisher = new Publisher(this.journal, deps.feed);
    this.notes = new DamageNotes(deps.folder, deps.ports.clock.nowMs);
    this.objects = new Objects(deps.folder, {
      damaged: (object, what) => {
        deps.log.warn({ taskspace: deps.id, object, damage: what }, 'object damaged');
        this.notes.note(object, what);
        deps.onTrouble(false);
      },
      placed: (object, replaced) => {
        if (replaced) deps.log.warn({ taskspace: deps.id, object }, 'damaged object replaced');
        if (this.notes.placed(object)) deps.onTrouble(true);
      },
      isDamaged: (object) => this.notes.isStanding(object),
    });
    this.mirror = new Mirror({
      folder: deps.folder,
      objects: this.objects,
      present: async () => {
        await this.catchUp();
        return this.state;
      },
      wasOnceText: (name, text) => wasOnceText(deps, deps.ports, name, text),
      onSkipped: (name, reason) =>
        deps.log.warn({ taskspace: deps.id, file: name, reason }, 'plain file left as it is'),
    });
  }

  /** The state as of the last check. Only after `catchUpNow` or `catchUp`, and not across an `await`. */
  get state(): State {
    return this.journal.state;
  }

  /** Whether there is, or was, a taskspace under this id. */
  get exists(): boolean {
    return this.journal.seen !== null;
  }

  get mark(): Mark | null {
    return this.journal.seen && markOf(this.journal.seen);
  }

  get isLinked(): boolean {
    return this.journal.seen !== null && hasOtherNames(this.journal.seen);
  }

  get loads(): number {
    return this.journal.loads;
  }

  /** Of the journal as it was when folded. */
  get storedBytes(): number {
    return this.journal.seen?.size ?? 0;
  }

  /** Estimated bytes of memory of the folded state. */
  get weight(): number {
    return this.journal.folded.weight + this.journal.folded.index.weight;
  }

  /**
   * Whether the feed contains the state as it is; what a writer of this process has just appended is not
   * published yet.
   */
  get isPublished(): boolean {
    return this.publisher.isPublished;
  }

  /** Synchronous check of the state against the file: false means that `catchUp` is needed. Never throws. */
  catchUpNow(): boolean {
    try {
      return this.journal.catchUpNow() && this.journal.fault === null && this.publisher.publish();
    } catch {
      // `catchUp` will meet the same error of the file system and report it.
      return false;
    }
  }

  /** Catches up with the journal and publishes. Errors: 500 `damaged`, 503 `store_unavailable`. */
  async catchUp(): Promise<void> {
    try {
      await translated(async () => {
        await this.journal.catchUp();
        while (!this.publisher.publish()) await this.journal.catchUp();
      });
    } catch (error) {
      if (isOwnTrouble(error)) this.deps.onTrouble(false);
      throw error;
    }
  }

  /** Repairs `plan.json` and `taskspace.json`, or an artifact's file; an lstat each when all is well. */
  repairMirror(artifact?: string): Promise<void> {
    const files = artifact === undefined ? [PLAN_FILE, METADATA_FILE] : [artifactFile(artifact)];
    const names = this.mirror.lagging(files, this.state);
    return names.length === 0 ? Promise.resolve() : this.mirror.update(names);
  }

  /** Commits, updates the mirror, answers: see JournalWriter.commit. */
  write<A>(write: Write<A>): Promise<Written<A>> {
    return translated(async () => {
      let names: string[] = [];
      let late = false;
      const committing = this.writer.commit({
        ...write,
        confirmed: () => this.publisher.publishSoon({ safe: this.writer.durableEnd }),
        decide: (state, context) => {
          const events = write.decide(state, context);
          if (events[0]?.type === 'taskspace.created') this.mirror.reset(state);
          names = namesOf(events, state);
          late = mayLag(events);
          return events;
        },
      });
      committing.catch((error: unknown) => {
        if (error instanceof TaskspaceError && error.code === 'read_only') this.deps.onTrouble(false);
      });
      // A refused write has opened the file too: it waited for the disk.
      const written = await committing.finally(() => this.deps.fdPool.used(this.writer));
      if (names.length > 0) await this.bring(names, late);
      return written;
    });
  }

  private bring(names: readonly string[], late: boolean): Promise<void> {
    const bring = (): Promise<void> => this.mirror.update(names);
    if (!late) return bring();
    return this.deps.mirrorDebounce.soon(this.id, this.state.plan.version?.revision ?? 0, bring);
  }

  /** Streams bytes into an object: see Objects.receive. The taskspace must exist. */
  receive(stream: Readable, options: ReceiveOptions): Promise<StoredObject> {
    return this.objects.receive(stream, options);
  }

  /** The bytes of a revision in this state. */
  readObject(object: StoredObject, range?: ObjectRange): Readable {
    return this.objects.read(object, range);
  }

  /** The first bytes of a revision, at most `bytesMax`; null when they are missing or damaged. */
  objectStart(object: StoredObject, bytesMax: number): Buffer | null {
    return this.objects.start(object, bytesMax);
  }

  /** Artifacts of this state whose bytes were found damaged, and still are: at most 20. */
  damagedArtifacts(): { path: string; reason: string; at: string }[] {
    return this.notes.standing().flatMap(({ sha256, what, at }) => {
      const path = pathOf(this.state, sha256);
      return path === null ? [] : [{ path, reason: `damaged: the object ${sha256} ${what}`, at }];
    });
  }

  messages(filter: MessageFilter, range: MessageRange): Promise<Message[]> {
    return this.published(() => readMessages(this.journal, filter, range));
  }

  /** What `show` makes of the commits from `first` to `last`, both inclusive, as far as there are any. */
  commits<T>(first: number, last: number, show: (commit: Commit) => T): Promise<T[]> {
    return this.published(() => readCommits(this.journal, first, last, show));
  }

  /** What `read` finds in the current journal, published before it is returned. */
  private published<T>(read: () => Promise<T>): Promise<T> {
    return translated(async () => {
      const found = await retrying(this.journal, read);
      while (!this.publisher.publish()) await this.journal.catchUp();
      return found;
    });
  }

  /** Closes the descriptors, unless a write is in progress. */
  close(): void {
    this.writer.close();
    this.deps.fdPool.closed(this.writer);
  }

  /** Bytes of the journal as of now; 0 when there is none. */
  journalBytes(): number {
    return this.deps.ports.files.stat(this.journal.file)?.size ?? 0;
  }

  /** Catches up, and writes a snapshot when enough has been written since the last one. */
  writeSnapshotWhenDue(): Promise<void> {
    return translated(async () => {
      await this.journal.catchUp();
      if (this.journal.wantsSnapshot) await this.journal.writeSnapshot(() => this.writer.durable());
    });
  }
}

/** The first artifact with these bytes in any revision. */
function pathOf({ artifacts, objects }: State, sha256: string): string | null {
  if (!objects.has(sha256)) return null;
  for (const [path, { revisions }] of artifacts)
    if (revisions.some((revision) => revision.sha256 === sha256)) return path;
  return null;
}

/** The only place where errors of the system become TaskspaceErrors. */
async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof TaskspaceError) throw error;
    throw storeFailure((error as NodeJS.ErrnoException).code, error);
  }
}
