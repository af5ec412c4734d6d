/**
 * The store as the rooms above know it: taskspaces behind handles, and one feed that says which of them has
 * reached which commit. Adapters are `files` and `memory`; `compose.ts` chooses.
 *
 * Deliberately absent: files, folders, offsets and inodes. What only a person at the disk needs (the mirror,
 * verification, the lock of a data folder) belongs to the adapter.
 */
import type { Readable } from 'node:stream';
import type { Clock } from '../domain/clock.js';
import type { Decide } from '../domain/command.js';
import type { Commit, CommitKey, EventType } from '../domain/event.js';
import type { Message } from '../domain/message.js';
import type { MessageFilter, MessageRange } from '../domain/message-filter.js';
import type { State, UsedKey } from '../domain/state.js';
import type { Position } from './position.js';

export interface Store {
  /** Random, made once: names what other systems keep for this store. */
  readonly id: string;
  /** 32 random bytes, made once: signs what the store hands out. */
  readonly secret: Buffer;
  readonly feed: Feed;
  readonly clock: StoreClock;
  /** Which start of the server this is: no two have the same. */
  readonly startId: string;
  /** Reads the feed. Who subscribes before it misses nothing; nothing may be opened before. */
  begin(): void;
  /** A new handle; nothing is read. The id must be valid. */
  open(id: string): Taskspace;
  /** What identifies a taskspace's content without reading it; null: nothing is there. */
  mark(id: string): Mark | null;
  /**
   * All ids in no order with their marks, some at a time, with other work in between. What holds nothing has
   * the mark ''. Errors: 503 `store_unavailable`.
   */
  marks(): AsyncIterable<readonly Marked[]>;
  /** Number of taskspaces, with the deleted ones. Errors: 503 `store_unavailable`. */
  count(): Promise<number>;
  /** Whether anything can be read at all: if not, no taskspace is regarded as deleted. */
  readonly isThere: boolean;
  /** At a cost that does not grow with the store. Errors: 503 `store_unavailable`. */
  check(): Promise<void>;
  /** Bytes that may still be written. */
  room(): Promise<number>;
  /** Version of what is known of damaged objects of a taskspace; '' when there are none. */
  damageVersion(id: string): string;
  /** Whether an object of the taskspace was found damaged and still is. */
  hasDamage(id: string): boolean;
  /** Called with taskspaces whose own trouble was met by this process, or is over. */
  onTrouble(listener: TroubleListener): () => void;
  /** Work in the background that one process of the server does. */
  keepUp(options: UpkeepOptions): Upkeep;
  /**
   * Resolves when what follows acknowledged writes is done. Before `close`, when no writes are in progress.
   */
  settle(): Promise<void>;
  close(): void;
}

/** Opaque: equal marks mean equal content, but for odd ones. */
export type Mark = string;

/** A taskspace may stand there, but it cannot be read. */
export const UNREADABLE: Mark = 'unreadable';
/** Something else stands there. */
export const ODD: Mark = 'odd';

/** Whether a mark says nothing of any content. */
export function isOdd(mark: Mark): boolean {
  return mark === UNREADABLE || mark === ODD;
}

/** @param isOver the trouble has ended by what was done here. */
export type TroubleListener = (id: string, isOver: boolean) => void;

export interface Marked {
  readonly id: string;
  readonly mark: Mark;
}

/** One clock for all who write to the store. */
export interface StoreClock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** The present moment, for leases and claims. */
  moment(): Clock;
  /** Milliseconds until an idempotency key is forgotten. */
  keyLeftMs(key: string, used: UsedKey): number;
}

export interface UpkeepOptions {
  /** Bytes of the feed that are kept; 0: all. */
  readonly feedBytesMax: number;
  onProgress(fields: object, text: string): void;
  onTrouble(error: unknown): void;
}

export interface Upkeep {
  /**
   * Whether the feed contains everything that was acknowledged. False after a stop that was not clean, and
   * when a part of the feed was lost, until every taskspace has been compared with it.
   */
  readonly isFeedComplete: boolean;
  /** A process has died: what it has committed is published soon, and what it has left behind removed. */
  processDied(): void;
  close(): Promise<void>;
}

export interface Taskspace {
  readonly id: string;
  /** The state as of the last check. Only after `catchUpNow` or `catchUp`, and not across an `await`. */
  readonly state: State;
  /** Whether there is, or was, a taskspace under this id. */
  readonly exists: boolean;
  /** What the state was made from; null: nothing. */
  readonly mark: Mark | null;
  /** Its commits are stored where a write would change something else, too: it takes none. */
  readonly isLinked: boolean;
  /** Grows with every load: a state of the same number continues every earlier one. */
  readonly loads: number;
  /** Estimated bytes of memory. */
  readonly weight: number;
  /** Bytes that the commits take in the store. */
  readonly storedBytes: number;
  /** Whether the feed contains the state as it is. */
  readonly isPublished: boolean;
  /** Checks the state. True: it is that of a moment after this call, and published. Never throws. */
  catchUpNow(): boolean;
  /** The same, whatever it takes. Errors: 500 `damaged`, 503 `store_unavailable`. */
  catchUp(): Promise<void>;
  /**
   * Decides on the current state and commits; the answer rests on nothing that is not durable and published.
   * A key that was used is answered by its first commit. Errors: those of `decide`, 503 `store_unavailable`,
   * 507 `insufficient_storage`, 500 `damaged`.
   */
  write<A>(write: Write<A>): Promise<Written<A>>;
  /** What `show` makes of the commits from `first` to `last`, both inclusive, as far as there are any. */
  commits<T>(first: number, last: number, show: (commit: Commit) => T): Promise<T[]>;
  /** Up to `limit` messages of this generation, in order of `seq`. */
  messages(filter: MessageFilter, range: MessageRange): Promise<Message[]>;
  /**
   * Streams bytes into an object. The taskspace must exist. Errors: 413 `too_large`, 400 `incomplete_body`,
   * 400 `digest_mismatch`, 507 `insufficient_storage`.
   */
  receive(stream: Readable, options: ReceiveOptions): Promise<StoredObject>;
  /** The bytes of an object, checked as they leave. */
  readObject(object: StoredObject, range?: ObjectRange): Readable;
  /** The first bytes of an object, at most `bytesMax`; null when they are missing or damaged. */
  objectStart(object: StoredObject, bytesMax: number): Buffer | null;
  /** Artifacts of this state whose bytes were found damaged, and still are. */
  damagedArtifacts(): { path: string; reason: string; at: string }[];
  /** Repairs what a killed writer has left behind for people to read: all, or that of one artifact. */
  repairMirror(artifact?: string): Promise<void>;
  /** Releases what the handle holds, unless a write is in progress. */
  close(): void;
}

export interface Write<A> {
  /** The author; a function when it depends on the state that is decided on. */
  readonly by: string | ((state: State) => string);
  /** Default owner of what is created. */
  readonly owner: string;
  readonly key?: CommitKey | undefined;
  readonly decide: Decide;
  /** The answer, computed at once from the state after the commit; `commit` is null when nothing changed. */
  answer(state: State, commit: Commit | null): A;
  /** The same answer from the commit alone, for a repeated key. Required with `key`. */
  replay?(commit: Commit): A;
}

export interface Written<A> {
  readonly answer: A;
  /** Number of the commit that made the answer. */
  readonly commit: number;
  /** The appended commit; null when nothing changed or a key was repeated. */
  readonly appended: Commit | null;
  readonly replayed: boolean;
}

export interface StoredObject {
  readonly sha256: string;
  readonly size: number;
}

export interface ReceiveOptions {
  readonly bytesMax: number;
  /** What the client says the bytes are; null: nothing. */
  readonly sha256: string | null;
}

/** Both inclusive. */
export interface ObjectRange {
  readonly start: number;
  readonly end: number;
}

/**
 * One order of commits for all processes. A change is in it before its commit is acknowledged, and before
 * anybody is shown it.
 */
export interface Feed {
  /** Where the last poll ended. */
  readonly position: Position;
  /**
   * Names the part of the feed that every process reads from its beginning: changes of it are counted alike
   * by all. '' before `begin`.
   */
  readonly segmentId: string;
  /** Time of the last poll, in ms of `performance.now()`. */
  readonly polledAt: number;
  /** Passes on everything acknowledged before this call. */
  poll(): Position;
  /** The same at the end of this turn of the event loop, once for all who ask in it. */
  pollSoon(): Promise<Position>;
  subscribe(listener: FeedListener): () => void;
  /** Called with what this process has published, so that others can be woken. */
  onPublish(listener: (id: string) => void): () => void;
  /**
   * Checks whether the feed goes on where no poll leads. To be called from time to time: costs more than a
   * poll.
   */
  checkContinuity(): void;
  /**
   * Up to `limit` changes after `since`, in order; the first may begin in the middle of one. Errors: 410
   * `position_gone` when that part of the feed is not kept any more, or never was.
   */
  after(since: Position, limit: number): Promise<readonly Change[]>;
  /** The position before everything that is kept. */
  oldest(): Position;
  /** The changes that are in memory, the latest first. */
  latest(): Iterable<Change>;
}

export interface FeedListener {
  onChange(change: Change): void;
  /** Something could not be read, or was missed: everything may have changed. */
  onUnreadable(): void;
}

/** Commits of one taskspace that were published together, and their place in the feed. */
export interface Change extends Omit<Position, 'commit'> {
  readonly id: string;
  /** The commits, both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Old and new owners of the taskspace. */
  readonly owners: readonly string[];
  /** Types of their events; empty: any. */
  readonly types: readonly EventType[];
}

/** The position after commit `commit` of a change. */
export function positionOf({ epoch, segment, at }: Change, commit: number): Position {
  return { epoch, segment, at, commit };
}
