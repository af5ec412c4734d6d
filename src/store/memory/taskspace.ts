/**
 * One taskspace in memory. A write decides, applies and publishes with nothing in between, so that no state
 * is ever shown that is not published, and no two writers meet.
 */
import { Readable } from 'node:stream';
import { apply } from '../../domain/apply.js';
import { commitFault } from '../../domain/commit-shape.js';
import { TaskspaceError } from '../../domain/errors.js';
import type { Commit } from '../../domain/event.js';
import { keptPieces } from '../../domain/json-text.js';
import type { Message } from '../../domain/message.js';
import { type MessageFilter, type MessageRange, messagesOf, passes } from '../../domain/message-filter.js';
import { emptyState, type State } from '../../domain/state.js';
import { newCommitId } from '../commit-id.js';
import { checkCommit, decideOn, nextCommit, replayOf } from '../decision.js';
import type { LapseClock } from '../lapse-clock.js';
import type { ObjectRange, ReceiveOptions, StoredObject, Taskspace, Write, Written } from '../ports.js';
import { receiveBytes } from '../receive.js';
import type { MemoryFeed } from './feed.js';

/** What a handle weighs for who keeps it: the state is kept anyway. */
const HANDLE_BYTES = 500;
const PIECE_BYTES = 256 * 1024;

/** What is kept of one taskspace. */
export class Contents {
  readonly state: State;
  readonly commits: Commit[] = [];
  /** Of all generations, in order of `seq`, from 1. */
  readonly messages: Message[] = [];
  readonly objects = new Map<string, Buffer>();
  bytes = 0;

  constructor(id: string) {
    this.state = emptyState(id);
  }
}

export interface MemoryDeps {
  readonly taskspaces: Map<string, Contents>;
  readonly clock: LapseClock;
  readonly feed: MemoryFeed;
}

export class MemoryTaskspace implements Taskspace {
  readonly loads = 1;
  readonly weight = HANDLE_BYTES;
  readonly isPublished = true;
  readonly isLinked = false;
  private readonly fresh: Contents;

  constructor(
    readonly id: string,
    private readonly deps: MemoryDeps,
  ) {
    this.fresh = new Contents(id);
  }

  /** Kept from the first commit on: asking for what does not exist leaves nothing. */
  private get contents(): Contents {
    return this.deps.taskspaces.get(this.id) ?? this.fresh;
  }

  get state(): State {
    return this.contents.state;
  }

  get exists(): boolean {
    return this.state.commit > 0;
  }

  get mark(): string | null {
    return this.exists ? this.state.head : null;
  }

  get storedBytes(): number {
    return this.contents.bytes;
  }

  catchUpNow(): boolean {
    return true;
  }

  async catchUp(): Promise<void> {}

  async write<A>(write: Write<A>): Promise<Written<A>> {
    const { state, commits } = this.contents;
    const decision = decideOn(state, write, this.deps.clock);
    const used = decision.used === null ? undefined : commits[decision.used - 1];
    if (used) return { answer: replayOf(write, used), commit: used.number, appended: null, replayed: true };
    if (decision.events.length === 0)
      return { answer: write.answer(state, null), commit: state.commit, appended: null, replayed: false };
    const commit = nextCommit(state, newCommitId(), decision, write.key);
    const bytes = lengthOf(commit);
    checkCommit(bytes, (quick) => commitFault(commit, quick));
    const owner = state.metadata?.owner;
    this.append(commit, bytes);
    try {
      const answer = write.answer(state, commit);
      return { answer, commit: commit.number, appended: commit, replayed: false };
    } finally {
      this.publish(commit, owner);
    }
  }

  private append(commit: Commit, bytes: number): void {
    const { contents } = this;
    apply(contents.state, commit);
    contents.commits.push(commit);
    for (const message of messagesOf(commit)) contents.messages.push(message);
    contents.bytes += bytes;
    this.deps.taskspaces.set(this.id, contents);
    this.deps.clock.seeEvents(contents.state, commit.events);
  }

  private publish({ number, events }: Commit, before: string | undefined): void {
    const owners = [before, this.state.metadata?.owner].filter((owner) => owner !== undefined);
    const types = new Set(events.map(({ type }) => type));
    const change = { id: this.id, from: number, to: number, owners: [...new Set(owners)], types: [...types] };
    this.deps.feed.publish(change);
  }

  async commits<T>(first: number, last: number, show: (commit: Commit) => T): Promise<T[]> {
    return this.contents.commits.slice(Math.max(0, first - 1), Math.max(0, last)).map(show);
  }

  async messages(filter: MessageFilter, { after, before, order, limit }: MessageRange): Promise<Message[]> {
    const { state, messages } = this.contents;
    const first = Math.max(after, state.messages.base);
    const last = Math.min(before - 1, messages.length);
    const found: Message[] = [];
    const step = order === 'asc' ? 1 : -1;
    for (let seq = step > 0 ? first + 1 : last; seq > first && seq <= last; seq += step) {
      const message = messages[seq - 1];
      if (found.length >= limit) break;
      if (message && passes(message, filter)) found.push(message);
    }
    return found;
  }

  async receive(stream: Readable, options: ReceiveOptions): Promise<StoredObject> {
    const pieces: Buffer[] = [];
    const received = await receiveBytes(stream, options, (piece) => void pieces.push(piece));
    const { objects } = this.contents;
    if (!objects.has(received.sha256)) objects.set(received.sha256, Buffer.concat(pieces));
    return received;
  }

  readObject(
    { sha256, size }: StoredObject,
    { start, end }: ObjectRange = { start: 0, end: size - 1 },
  ): Readable {
    const bytes = this.bytesOf({ sha256, size });
    if (bytes === null) throw new TaskspaceError('damaged', `There is no object ${sha256} of ${size} bytes.`);
    return Readable.from(piecesOf(bytes.subarray(start, end + 1)), { objectMode: false });
  }

  objectStart(object: StoredObject, bytesMax: number): Buffer | null {
    return this.bytesOf(object)?.subarray(0, bytesMax) ?? null;
  }

  private bytesOf({ sha256, size }: StoredObject): Buffer | null {
    const bytes = this.contents.objects.get(sha256);
    return bytes?.length === size ? bytes : null;
  }

  damagedArtifacts(): [] {
    return [];
  }

  /** There is no mirror. */
  async repairMirror(): Promise<void> {}

  close(): void {}
}

/** As JSON; the text of long events exists already. */
function lengthOf({ events }: Commit): number {
  let bytes = 0;
  for (const event of events) {
    const pieces = keptPieces(event) ?? [JSON.stringify(event)];
    for (const piece of pieces) bytes += Buffer.byteLength(piece);
  }
  return bytes;
}

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
