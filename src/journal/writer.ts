/**
 * Writes to one journal (DESIGN.md section 2, "To write").
 *
 * Decide on the present state, append with O_APPEND as one write, fold on: the own id counts, or somebody was first and
 * it is decided again. The answer waits for an fdatasync that began after the append and for a look at the path. No lock
 * takes part. A failed fdatasync is never repeated: the journal is poisoned instead.
 */
import type { Decide } from '../domain/command.js';
import { TaskspaceError } from '../domain/errors.js';
import type { Commit, CommitKey, Event } from '../domain/event.js';
import type { State } from '../domain/state.js';
import { AppendFile } from './append-file.js';
import { isAttemptable, writeFailure } from './failure.js';
import { GroupCommit } from './group-commit.js';
import { LINE_BYTES_MAX } from './invalid-line.js';
import type { Journal } from './journal.js';
import { readCommit, retrying } from './reader.js';
import { encodeRecord, type Record, TAIL_GUARD } from './record.js';
import { findKey } from './used-key.js';

export interface Write<A> {
  /** Of the state that it is decided on, when it depends on that. */
  readonly by: string | ((state: State) => string);
  /** Default owner of what is created. */
  readonly owner: string;
  readonly key?: CommitKey | undefined;
  readonly decide: Decide;
  /** The answer, taken at once from the state that the commit made; `commit` is null when nothing changed. */
  answer(state: State, commit: Commit | null): A;
  /** Called when the commit is on disk in the present file, before the answer. False: look at the journal again. */
  confirmed?(): boolean;
  /** The same answer from the commit alone, for a repeated key. Required with `key`. */
  replay?(commit: Commit): A;
}

export interface Written<A> {
  readonly answer: A;
  /** Number of the commit that made the answer. */
  readonly commit: number;
  /** What was appended; null when nothing changed or a key was repeated. */
  readonly appended: Commit | null;
  readonly replayed: boolean;
}

interface Prepared {
  readonly commit: Commit;
  /** The line as it will stand there, for the fold that follows. */
  readonly own: { readonly at: number; readonly line: Buffer; readonly record: Record };
  readonly bytes: Buffer;
}

interface Pending {
  readonly id: string;
  counted: boolean;
  onCommit(record: Record): void;
}

/** What other processes have said of how far the journal is on disk. */
export interface Others {
  /** Looks at what they have said by now. */
  check(): void;
  /** The offset, of the state as it is folded; 0: nothing is known. As of the last look. */
  safe(): number;
}

const NOBODY: Others = { check: () => undefined, safe: () => 0 };

const ATTEMPTS_MAX = 2_000;
const PAUSE_MS_MAX = 50;
const GUARD_ATTEMPTS_MAX = 100;

/**
 * Syncs of this process that failed, by path and inode: another file is another chance. Kept beyond the life of a
 * writer: a descriptor that is opened later is told nothing of the failure.
 */
const failedSyncs = new Map<string, { readonly reason: string; readonly ino: number }>();

export class JournalWriter {
  private readonly file: AppendFile;
  private inUse = 0;
  private closeWhenIdle = false;
  private readonly pending = new Map<string, Pending>();
  private readonly sync = new GroupCommit(() => this.syncCurrent());
  /** End of the last record that an fdatasync of ours has covered in the present file. */
  durableEnd = 0;

  constructor(
    readonly journal: Journal,
    private readonly others: Others = NOBODY,
  ) {
    this.file = new AppendFile(journal);
    journal.onCommit = (record) => this.pending.get(record.commit.id)?.onCommit(record);
    journal.onReload = () => {
      this.durableEnd = 0;
      for (const pending of this.pending.values()) pending.counted = false;
    };
    journal.heldFd = (stat) => this.file.on(stat);
    journal.mayUseSnapshot = () => this.pending.size === 0;
  }

  /** Whether a descriptor is open that nobody is using. */
  get closable(): boolean {
    return this.file.isOpen && this.inUse === 0;
  }

  get open(): boolean {
    return this.file.isOpen;
  }

  /** Gives the descriptor back: now, or when what is using it has ended. */
  close(): void {
    this.closeWhenIdle = this.inUse > 0;
    if (!this.closeWhenIdle) this.file.close();
  }

  private leave(): void {
    this.inUse--;
    if (this.closeWhenIdle) this.close();
  }

  /**
   * Commits what `write` decides, or answers without a commit. Resolves when everything the answer rests on is on disk.
   * Errors: what `decide` throws; 422 `idempotency_key_reused`; 507; 503 `read_only`, `outcome_unknown`, `overloaded`.
   */
  async commit<A>(write: Write<A>): Promise<Written<A>> {
    this.inUse++;
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        if (attempt > 0) await pause(attempt);
        // Before the decision: whoever hears of news may fold them.
        this.others.check();
        while (!this.journal.catchUpNow()) await this.journal.load();
        const written = await this.attempt(write, this.journal.stateOrThrow());
        if (written) return written;
      }
    } finally {
      this.leave();
    }
    throw new TaskspaceError('overloaded', `Too many writers on "${this.journal.id}". Try again.`);
  }

  /** One decision on the state as it is; null when it must be decided again. No await stands between it and its append. */
  private async attempt<A>(write: Write<A>, state: State): Promise<Written<A> | null> {
    this.refuseAfterSyncFailure(state);
    const { clock } = this.journal.ports;
    const { loads } = this.journal;
    let used: number | null;
    const moment = clock.moment();
    const time = nextTime(state, Date.parse(moment.now));
    const by = typeof write.by === 'string' ? write.by : write.by(state);
    let events: readonly Event[] = [];
    try {
      used = findKey(state, write.key, clock);
      if (used === null) events = write.decide(state, { time, clock: moment, by, owner: write.owner });
    } catch (refusal) {
      if (await this.settle(loads, confirmedBy(write))) throw refusal;
      return null;
    }
    if (used !== null) return this.replay(write, used, loads);
    if (events.length === 0) {
      const answer = write.answer(state, null);
      const commit = state.commit;
      return (await this.settle(loads, confirmedBy(write)))
        ? { answer, commit, appended: null, replayed: false }
        : null;
    }
    return this.append(write, events, { time, now: moment.now, by });
  }

  /** The first answer of a repeated key, from its commit. */
  private async replay<A>(write: Write<A>, used: number, loads: number): Promise<Written<A> | null> {
    const commit = await retrying(this.journal, () => readCommit(this.journal, used));
    const answer = write.replay?.(commit);
    if (answer === undefined) throw new Error('a write with a key must be able to replay its answer');
    return (await this.settle(loads, confirmedBy(write)))
      ? { answer, commit: used, appended: null, replayed: true }
      : null;
  }

  private async append<A>(
    write: Write<A>,
    events: readonly Event[],
    { time, now, by }: { readonly time: string; readonly now: string; readonly by: string },
  ): Promise<Written<A> | null> {
    const { journal } = this;
    const fd = this.file.open();
    if (fd === null) return null;
    const stat = journal.ports.files.fstat(fd);
    if (stat.size !== journal.seen?.size || stat.ctimeMs !== journal.seen.ctimeMs) return null;

    const key = write.key && (now === time ? write.key : { ...write.key, at: now });
    const { commit, own, bytes } = this.prepare(events, time, by, key);
    let answer: { value: A } | null = null;
    const pending: Pending = {
      id: commit.id,
      counted: false,
      onCommit: () => {
        pending.counted = true;
        answer ??= { value: write.answer(journal.state, commit) };
      },
    };
    this.pending.set(commit.id, pending);
    try {
      const failure = this.appendBytes(fd, bytes);
      const counted = await this.foldOwn(own, fd, pending);
      if (!counted && failure) throw writeFailure(failure.code, failure);
      if (!counted || !(await this.confirm(pending, confirmedBy(write)))) return null;
    } finally {
      this.pending.delete(commit.id);
    }
    if (answer === null) throw new Error('a commit that counts has no answer');
    return {
      answer: (answer as { value: A }).value,
      commit: commit.number,
      appended: commit,
      replayed: false,
    };
  }

  /** The record that comes next in the file as it was seen, and what to append for it: a torn tail is spoiled first. */
  private prepare(events: readonly Event[], time: string, by: string, key?: CommitKey): Prepared {
    const { state, folded, seen, ports } = this.journal;
    const size = seen?.size ?? 0;
    const torn = size > folded.end;
    const at = size + (torn ? TAIL_GUARD.length : 0);
    const number = state.commit + 1;
    const commit: Commit = { id: ports.newId(), number, time, by, ...(key ? { key } : {}), events };
    const safe = Math.max(folded.safe, this.durableEnd, this.others.safe());
    const record: Record = { at, prev: state.head, safe, commit };
    const line = encodeRecord(record);
    if (line.length > LINE_BYTES_MAX) throw tooLong();
    const own = { at, line: line.subarray(0, -1), record };
    return { commit, own, bytes: torn ? Buffer.concat([TAIL_GUARD, line]) : line };
  }

  /** Null, or why not all bytes are known to have arrived: what counts is told by folding them. */
  private appendBytes(fd: number, bytes: Buffer): NodeJS.ErrnoException | null {
    try {
      const count = this.journal.ports.files.append(fd, bytes);
      return count === bytes.length ? null : Object.assign(new Error('short write'), { code: 'ENOSPC' });
    } catch (error) {
      return error as NodeJS.ErrnoException;
    }
  }

  /**
   * Folds on after an append; whether it counts. From here on nothing may be told as "not happened" that was not seen to
   * be void: what counts is looked at in the turn in which the state was found whole, since a load forgets it and finds
   * it again.
   */
  private async foldOwn(own: Prepared['own'], fd: number, pending: Pending): Promise<boolean> {
    try {
      if (!this.journal.foldTail(own, fd)) {
        do await this.journal.load();
        while (!this.journal.catchUpNow());
      }
      this.journal.stateOrThrow();
      return pending.counted;
    } catch (error) {
      throw outcomeUnknown('the journal cannot be read', error);
    }
  }

  /** Waits until the commit is on disk in the file that stands at the path; false when it does not count there. */
  private async confirm(pending: Pending, confirmed: () => boolean): Promise<boolean> {
    try {
      for (;;) {
        const { loads } = this.journal;
        await this.durable();
        while (!this.journal.catchUpNow()) await this.journal.load();
        const state = this.journal.stateOrThrow();
        if (!pending.counted) return false;
        if (state.poisoned !== null) throw outcomeUnknown(state.poisoned);
        if (loads === this.journal.loads && confirmed()) return true;
      }
    } catch (error) {
      throw error instanceof TaskspaceError && error.code === 'outcome_unknown'
        ? error
        : outcomeUnknown('the journal cannot be read', error);
    }
  }

  /** The same for an answer that writes nothing: everything it was decided on is on disk. False: decide again. */
  private async settle(loads: number, confirmed: () => boolean): Promise<boolean> {
    if (this.journal.loads !== loads) return false;
    await this.durable();
    if (!this.journal.catchUpNow()) return false;
    if (this.journal.loads !== loads || this.syncFailureOf(this.journal.state) !== null) return false;
    return confirmed();
  }

  /** Resolves when all that is folded now is on disk. Errors: 503 `outcome_unknown`. */
  async durable(): Promise<void> {
    const { folded, seen, state } = this.journal;
    const poison = this.syncFailureOf(state);
    if (poison !== null) throw outcomeUnknown(poison);
    if (seen === null || this.durableEnd >= folded.lastEnd) return;
    await this.sync.after();
  }

  /** One sync of the present file. When it was replaced meanwhile, whoever waits looks at the path and finds out. */
  private async syncCurrent(): Promise<void> {
    const poison = this.syncFailureOf(this.journal.state);
    if (poison !== null) throw outcomeUnknown(poison);
    const { loads, folded } = this.journal;
    const end = folded.lastEnd;
    this.inUse++;
    try {
      const synced = await this.file.sync((error, ino) => this.syncFailed(error, ino));
      if (synced && loads === this.journal.loads) this.durableEnd = Math.max(this.durableEnd, end);
    } finally {
      this.leave();
    }
  }

  private async syncFailed(error: unknown, ino: number): Promise<never> {
    const reason = `${(error as NodeJS.ErrnoException).code ?? error} at fdatasync`;
    if (!isAttemptable(error)) await this.syncFailure(reason, ino);
    throw outcomeUnknown(reason, error);
  }

  /** Marks this file for every process. When even that cannot be written, this process alone refuses. */
  private async syncFailure(reason: string, ino: number): Promise<void> {
    const { journal } = this;
    failedSyncs.set(journal.file, { reason, ino });
    const events: Event[] = [{ type: 'journal.poisoned', reason }];
    try {
      for (let attempt = 0; attempt < GUARD_ATTEMPTS_MAX; attempt++) {
        while (!journal.catchUpNow()) await journal.load();
        const state = journal.stateOrThrow();
        if (state.poisoned !== null || journal.seen?.ino !== ino) return;
        const fd = this.file.open();
        if (fd === null || journal.ports.files.fstat(fd).size !== journal.seen.size) continue;
        const time = nextTime(state, journal.ports.clock.nowMs());
        journal.ports.files.append(fd, this.prepare(events, time, 'taskspace').bytes);
      }
    } catch (error) {
      const unmarked = `${reason}; and the journal could not be marked: ${(error as Error).message}`;
      failedSyncs.set(journal.file, { reason: unmarked, ino });
    }
  }

  /** Why nothing may be written to the present file: marked by any process, or known to this one alone. */
  private syncFailureOf(state: State): string | null {
    if (state.poisoned !== null) return state.poisoned;
    const failure = failedSyncs.get(this.journal.file);
    return failure !== undefined && failure.ino === this.journal.seen?.ino ? failure.reason : null;
  }

  private refuseAfterSyncFailure(state: State): void {
    const reason = this.syncFailureOf(state);
    if (reason === null) return;
    throw new TaskspaceError(
      'read_only',
      `A write of "${state.id}" could not be brought to disk (${reason}). Reads go on; \`npm run verify\` tells what is left.`,
    );
  }
}

/** ISO time of the next commit: now, but at least 1 ms after the one before. */
function nextTime(state: State, now: number): string {
  const after = state.time === '' ? 0 : Date.parse(state.time) + 1;
  return new Date(Math.max(now, after)).toISOString();
}

function tooLong(): TaskspaceError {
  return new TaskspaceError(
    'too_large',
    `A commit takes at most ${LINE_BYTES_MAX} bytes in the journal. Send it in several parts.`,
  );
}

function outcomeUnknown(why: string, cause?: unknown): TaskspaceError {
  return new TaskspaceError(
    'outcome_unknown',
    `The write could not be confirmed (${why}). Read the state, or repeat the request with the same Idempotency-Key.`,
    {},
    { cause },
  );
}

function confirmedBy(write: Pick<Write<unknown>, 'confirmed'>): () => boolean {
  return () => write.confirmed?.() ?? true;
}

/** Writers that keep colliding get out of step. */
function pause(attempt: number): Promise<void> {
  if (attempt < 4) return new Promise((resume) => setImmediate(resume));
  return new Promise((resume) => setTimeout(resume, Math.random() * Math.min(attempt, PAUSE_MS_MAX)));
}
