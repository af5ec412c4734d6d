/**
 * Writes to one journal (DESIGN.md section 2, "To write").
 *
 * The command decides on the current state; the record is appended with O_APPEND as one write; the fold then
 * shows whether it is valid. When another writer was first, the command decides again. The answer waits for
 * an fdatasync that began after the append and for a check of the path. There is no lock. A failed fdatasync
 * is never retried: the journal becomes sync-failed.
 */
import { TaskspaceError } from '../../../domain/errors.js';
import type { Commit, CommitKey, Event } from '../../../domain/event.js';
import type { State } from '../../../domain/state.js';
import { checkCommit, type Decision, decideOn, nextCommit, nextTime, replayOf } from '../../decision.js';
import type { Write, Written } from '../../ports.js';
import { AppendFile } from './append-file.js';
import { isAttemptable, linked, whyUnconfirmed, writeFailure } from './failure.js';
import { hasOtherNames } from './files.js';
import { GroupCommit } from './group-commit.js';
import type { Journal } from './journal.js';
import { readCommit, retrying } from './reader.js';
import { encodeRecord, type Record, recordFault, TAIL_GUARD } from './record.js';

/** A write as the journal takes it. */
export interface JournalWrite<A> extends Write<A> {
  /** Called before the answer, when the commit is on disk in this file. False: check the journal again. */
  confirmed?(): boolean | Promise<boolean>;
}

interface Prepared {
  readonly commit: Commit;
  /** The line as the file will contain it, for the fold that follows. */
  readonly own: { readonly at: number; readonly line: Buffer; readonly record: Record };
  readonly bytes: Buffer;
}

interface Pending {
  readonly id: string;
  counted: boolean;
  onCommit(record: Record): void;
}

/** What other processes have published about how far the journal is on disk. */
export interface Others {
  /** Polls what they have published. */
  check(): Promise<unknown> | undefined;
  /** Offset for the folded state, as of the last poll; 0: unknown. */
  safe(): number;
}

type Confirmed = () => boolean | Promise<boolean>;

const NOBODY: Others = { check: () => undefined, safe: () => 0 };

const ATTEMPTS_MAX = 2_000;
const PAUSE_MS_MAX = 50;
const GUARD_ATTEMPTS_MAX = 100;

/**
 * Failed syncs of this process, by path and inode: another file gets another chance. They outlive the writer,
 * because a descriptor that is opened later does not report the failure.
 */
const failedSyncs = new Map<string, { readonly reason: string; readonly ino: number }>();

export class JournalWriter {
  private readonly file: AppendFile;
  private inUse = 0;
  private closeWhenIdle = false;
  private readonly pending = new Map<string, Pending>();
  private readonly sync = new GroupCommit(() => this.syncCurrent());
  /** End of the last record in the current file that an fdatasync of this process covers. */
  durableEnd = 0;

  constructor(
    readonly journal: Journal,
    private readonly others: Others = NOBODY,
  ) {
    this.file = new AppendFile(journal);
    journal.followers.add({
      onCommit: (record) => this.pending.get(record.commit.id)?.onCommit(record),
      onReload: () => {
        this.durableEnd = 0;
        for (const pending of this.pending.values()) pending.counted = false;
      },
      allowsSnapshot: () => this.pending.size === 0,
      heldFd: (stat) => this.file.on(stat),
    });
  }

  /** Whether a descriptor is open and not in use. */
  get closable(): boolean {
    return this.file.isOpen && this.inUse === 0;
  }

  get open(): boolean {
    return this.file.isOpen;
  }

  /** Closes the descriptor: now, or when its last use has ended. */
  close(): void {
    this.closeWhenIdle = this.inUse > 0;
    if (!this.closeWhenIdle) this.file.close();
  }

  private leave(): void {
    this.inUse--;
    if (this.closeWhenIdle) this.close();
  }

  /**
   * Commits what `write` decides, or answers without a commit. Resolves when everything the answer rests on
   * is on disk.
   * Errors: what `decide` throws; 422 `idempotency_key_reused`; 507; 503 `read_only`, `outcome_unknown`,
   * `overloaded`.
   */
  async commit<A>(write: JournalWrite<A>): Promise<Written<A>> {
    this.inUse++;
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        if (attempt > 0) await pause(attempt);
        // Before the decision, because listeners may fold what the poll reports.
        await this.others.check();
        while (!this.journal.catchUpNow()) await this.journal.load();
        const written = await this.attempt(write, this.journal.stateOrThrow());
        if (written) return written;
      }
    } finally {
      this.leave();
    }
    throw new TaskspaceError('overloaded', `Too many writers on "${this.journal.id}". Try again.`);
  }

  /** One decision on the current state, with no await before its append; null when it must be repeated. */
  private async attempt<A>(write: JournalWrite<A>, state: State): Promise<Written<A> | null> {
    this.refuseAfterSyncFailure(state);
    const { loads } = this.journal;
    let decision: Decision;
    try {
      decision = decideOn(state, write, this.journal.ports.clock);
    } catch (refusal) {
      if (await this.settle(loads, confirmedBy(write))) throw refusal;
      return null;
    }
    if (decision.used !== null) return this.replay(write, decision.used, loads);
    if (decision.events.length === 0) {
      const answer = write.answer(state, null);
      const commit = state.commit;
      return (await this.settle(loads, confirmedBy(write)))
        ? { answer, commit, appended: null, replayed: false }
        : null;
    }
    return this.append(write, decision);
  }

  /** The first answer of a repeated key, from its commit. */
  private async replay<A>(write: JournalWrite<A>, used: number, loads: number): Promise<Written<A> | null> {
    const commit = await retrying(this.journal, () => readCommit(this.journal, used));
    const answer = replayOf(write, commit);
    return (await this.settle(loads, confirmedBy(write)))
      ? { answer, commit: used, appended: null, replayed: true }
      : null;
  }

  private async append<A>(write: JournalWrite<A>, decision: Decision): Promise<Written<A> | null> {
    const { journal } = this;
    const fd = this.file.open();
    if (fd === null) return null;
    const stat = journal.ports.files.fstat(fd);
    if (stat.size !== journal.seen?.size || stat.ctimeMs !== journal.seen.ctimeMs) return null;
    if (hasOtherNames(stat)) throw linked(journal.id);

    const { commit, own, bytes } = this.prepare(decision, write.key);
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

  /** The next record for the file as it was seen, and what to append: a torn tail first gets a tail guard. */
  private prepare(decision: Omit<Decision, 'used'>, key?: CommitKey): Prepared {
    const { state, folded, seen, ports } = this.journal;
    const size = seen?.size ?? 0;
    const torn = size > folded.end;
    const at = size + (torn ? TAIL_GUARD.length : 0);
    const commit = nextCommit(state, ports.newId(), decision, key);
    const safe = Math.max(folded.safe, this.durableEnd, this.others.safe());
    const record: Record = { at, prev: state.head, safe, commit };
    const line = encodeRecord(record);
    checkCommit(line.length, (quick) => recordFault(record, quick));
    const own = { at, line: line.subarray(0, -1), record };
    return { commit, own, bytes: torn ? Buffer.concat([TAIL_GUARD, line]) : line };
  }

  /** Null, or why some bytes may not have arrived; only folding shows whether the record is valid. */
  private appendBytes(fd: number, bytes: Buffer): NodeJS.ErrnoException | null {
    try {
      const count = this.journal.ports.files.append(fd, bytes);
      return count === bytes.length ? null : Object.assign(new Error('short write'), { code: 'ENOSPC' });
    } catch (error) {
      return error as NodeJS.ErrnoException;
    }
  }

  /**
   * Folds on after an append and returns whether the own record is valid.
   * From here on a write is reported as "not happened" only when its record was seen to be invalid. `counted`
   * is read in the turn in which the state was found complete, since a load resets it and finds it again.
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
      throw outcomeUnknown(whyUnconfirmed(error), error);
    }
  }

  /** Waits until the commit is on disk in the file at the path; false when it is not valid there. */
  private async confirm(pending: Pending, confirmed: Confirmed): Promise<boolean> {
    try {
      for (;;) {
        const { loads } = this.journal;
        await this.durable();
        while (!this.journal.catchUpNow()) await this.journal.load();
        const state = this.journal.stateOrThrow();
        if (!pending.counted) return false;
        if (state.poisoned !== null) throw outcomeUnknown(state.poisoned);
        if (loads !== this.journal.loads || !(await confirmed())) continue;
        // What was waited for may have loaded another file.
        if (loads === this.journal.loads && pending.counted) return true;
      }
    } catch (error) {
      throw error instanceof TaskspaceError && error.code === 'outcome_unknown'
        ? error
        : outcomeUnknown(whyUnconfirmed(error), error);
    }
  }

  /** The same for an answer that writes nothing: what it was decided on is on disk. False: decide again. */
  private async settle(loads: number, confirmed: Confirmed): Promise<boolean> {
    if (this.journal.loads !== loads) return false;
    await this.durable();
    if (!this.journal.catchUpNow()) return false;
    if (this.journal.loads !== loads || this.syncFailureOf(this.journal.state) !== null) return false;
    return (await confirmed()) && this.journal.loads === loads;
  }

  /** Resolves when everything folded so far is on disk. Errors: 503 `outcome_unknown`. */
  async durable(): Promise<void> {
    const { folded, seen, state } = this.journal;
    const poison = this.syncFailureOf(state);
    if (poison !== null) throw outcomeUnknown(poison);
    if (seen === null || this.durableEnd >= folded.lastEnd) return;
    await this.sync.after();
  }

  /** One sync of the current file. If it was replaced, the writers find out when they check the path. */
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

  /** Makes this file sync-failed for every process. If that fails, this process alone refuses writes. */
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
        const stat = fd === null ? null : journal.ports.files.fstat(fd);
        if (fd === null || stat?.size !== journal.seen.size) continue;
        if (hasOtherNames(stat)) throw linked(journal.id);
        const time = nextTime(state, journal.ports.clock.nowMs());
        journal.ports.files.append(fd, this.prepare({ events, time, now: time, by: 'taskspace' }).bytes);
      }
    } catch (error) {
      const unmarked = `${reason}; and the journal could not be marked: ${(error as Error).message}`;
      failedSyncs.set(journal.file, { reason: unmarked, ino });
    }
  }

  /** Why the current file takes no writes: marked by any process, or known to this one alone. */
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

function outcomeUnknown(why: string, cause?: unknown): TaskspaceError {
  return new TaskspaceError(
    'outcome_unknown',
    `The write could not be confirmed (${why}). Read the state, or repeat the request with the same Idempotency-Key.`,
    {},
    { cause },
  );
}

function confirmedBy(write: Pick<JournalWrite<unknown>, 'confirmed'>): Confirmed {
  return () => write.confirmed?.() ?? true;
}

/** Desynchronizes writers that keep colliding. */
function pause(attempt: number): Promise<void> {
  if (attempt < 4) return new Promise((resume) => setImmediate(resume));
  return new Promise((resume) => setTimeout(resume, Math.random() * Math.min(attempt, PAUSE_MS_MAX)));
}
