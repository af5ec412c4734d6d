/**
 * Turns row changes into rows: everything of the catalog but texts. For use in a transaction.
 *
 * A generation keeps its number as long as its history continues; a fresh one begins under a new number, and
 * what belonged to the old one is cleared later, in pieces (`dead`).
 */

import { Aggregates, type DayAggregates, type Share } from './aggregates.js';
import type { Database } from './database.js';
import type {
  ArtifactChanges,
  GenerationChanges,
  MetadataChanges,
  PlanChanges,
  RowChanges,
  SummaryChanges,
} from './row-changes.js';
import { tokenize } from './tokenize.js';

interface LiveRow {
  readonly n: number;
  readonly owner: string;
  readonly status: string;
  readonly created_at: number;
  readonly journal_bytes: number;
  readonly summary: string;
}

type DayRow = DayAggregates & { readonly day: string };

export class RowTables {
  private readonly aggregates = new Aggregates();

  constructor(private readonly db: Database) {}

  /** @returns false when the changes are stale: this taskspace was changed since they were read. */
  put(changes: RowChanges): boolean {
    const { id, life, trash } = changes;
    const head = this.db.get<{ head: string }>('SELECT head FROM journals WHERE id = ?', id)?.head ?? '';
    if (head !== changes.since) return false;
    this.putJournal(changes);
    // What was known of a journal that cannot be folded now stays.
    if (changes.trouble !== null) return true;
    const before = this.db.get<LiveRow>(
      'SELECT n, owner, status, created_at, journal_bytes, summary FROM taskspaces WHERE id = ?',
      id,
    );
    if (before && (!life || life.fresh)) this.end(before);
    if (life && changes.journal)
      this.putGeneration(id, life, changes.journal.bytes, life.fresh ? undefined : before);
    this.db.run('DELETE FROM trash WHERE id = ?', id);
    if (trash) {
      const { name, owner, deletedAt, bytes } = trash;
      this.db.run('INSERT INTO trash VALUES(?, ?, ?, ?, ?)', id, name, owner, deletedAt, bytes);
    }
    return true;
  }

  /** Before the first `put` of a transaction. */
  begin(): void {
    this.aggregates.clear();
  }

  /** After the last `put` of a transaction. */
  finish(): void {
    this.aggregates.write(this.db);
  }

  private putJournal({ id, journal, trouble }: RowChanges): void {
    if (!journal) {
      this.db.run('DELETE FROM journals WHERE id = ?', id);
      return;
    }
    const { mark, commit, head, time } = journal;
    // In trouble only the file is new: the known state is an older one.
    const known =
      trouble === null ? ', "commit" = excluded."commit", head = excluded.head, time = excluded.time' : '';
    this.db.run(
      `INSERT INTO journals VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET mark = excluded.mark,
        trouble = excluded.trouble${known}`,
      ...[id, mark, commit, head, time, trouble],
    );
  }

  /** Removes a generation from everything that is shown. */
  private end(row: LiveRow): void {
    const { n, owner, created_at } = row;
    this.aggregates.count(shareOf(row), -1);
    this.aggregates.countDay(owner, dayOfMs(created_at), { taskspaces: 1 }, -1);
    for (const day of this.daysOf(n)) this.aggregates.countDay(owner, day.day, day, -1);
    for (const table of [
      'taskspaces',
      'bodies',
      'tags',
      'name_words',
      'claims',
      'escalations',
      'taskspace_days',
    ])
      this.db.run(`DELETE FROM ${table} WHERE n = ?`, n);
    this.db.run('INSERT OR IGNORE INTO dead VALUES(?)', n);
  }

  private putGeneration(
    id: string,
    generation: GenerationChanges,
    journalBytes: number,
    before: LiveRow | undefined,
  ): void {
    const { metadata, plan } = generation;
    const n = before ? before.n : this.beginGeneration(id, generation, journalBytes);
    const owner = metadata?.owner ?? before?.owner ?? '';
    if (before) this.change(before, generation, journalBytes);
    if (metadata) this.putMetadata(n, id, metadata);
    if (plan) this.putPlan(n, owner, plan);
    else if (before && owner !== before.owner) {
      for (const table of ['claims', 'escalations'])
        this.db.run(`UPDATE ${table} SET owner = ? WHERE n = ?`, owner, n);
    }
    for (const artifact of generation.artifacts) this.putArtifact(n, id, artifact);
    for (const path of generation.artifactsGone)
      this.db.run('DELETE FROM artifacts WHERE n = ? AND path = ?', n, path);
    this.putDays(n, owner, generation);
  }

  /** @returns the number of the new generation. */
  private beginGeneration(
    id: string,
    { life, metadata, activeAt, summary }: GenerationChanges,
    journalBytes: number,
  ): number {
    if (!metadata) throw new Error('a fresh life comes with its metadata');
    const { etag, name, owner, status, createdAt, updatedAt } = metadata;
    this.db.run(
      `INSERT INTO taskspaces(id, life, etag, name, name_key, owner, first_owner, status, created_at, updated_at,
        active_at, journal_bytes, summary) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, life, etag, name, name.toLowerCase(), owner, owner, status, createdAt, updatedAt, activeAt],
      ...[journalBytes, JSON.stringify(summary)],
    );
    this.aggregates.count({ owner, status, summary, journalBytes }, 1);
    this.aggregates.countDay(owner, dayOfMs(createdAt), { taskspaces: 1 }, 1);
    return this.db.get<{ n: number }>('SELECT n FROM taskspaces WHERE id = ?', id)?.n ?? 0;
  }

  private change(before: LiveRow, generation: GenerationChanges, journalBytes: number): void {
    const { metadata, summary, activeAt } = generation;
    const { owner, status } = metadata ?? before;
    this.aggregates.count(shareOf(before), -1);
    this.aggregates.count({ owner, status, summary, journalBytes }, 1);
    if (owner !== before.owner) this.moveDays(before, owner);
    this.db.run(
      'UPDATE taskspaces SET active_at = ?, journal_bytes = ?, summary = ? WHERE n = ?',
      ...[activeAt, journalBytes, JSON.stringify(summary), before.n],
    );
    if (!metadata) return;
    const { etag, name, updatedAt } = metadata;
    this.db.run(
      'UPDATE taskspaces SET etag = ?, name = ?, name_key = ?, owner = ?, status = ?, updated_at = ? WHERE n = ?',
      ...[etag, name, name.toLowerCase(), owner, status, updatedAt, before.n],
    );
  }

  private moveDays({ n, owner: from, created_at }: LiveRow, to: string): void {
    this.aggregates.countDay(from, dayOfMs(created_at), { taskspaces: 1 }, -1);
    this.aggregates.countDay(to, dayOfMs(created_at), { taskspaces: 1 }, 1);
    for (const day of this.daysOf(n)) {
      this.aggregates.countDay(from, day.day, day, -1);
      this.aggregates.countDay(to, day.day, day, 1);
    }
  }

  private putMetadata(n: number, id: string, { body, tags, name }: MetadataChanges): void {
    const { db } = this;
    db.run('INSERT INTO bodies VALUES(?, ?) ON CONFLICT(n) DO UPDATE SET body = excluded.body', n, body);
    db.run('DELETE FROM tags WHERE n = ?', n);
    for (const tag of new Set(tags)) db.run('INSERT INTO tags VALUES(?, ?)', tag, n);
    db.run('DELETE FROM name_words WHERE n = ?', n);
    for (const word of tokenize(`${name} ${id}`)) db.run('INSERT INTO name_words VALUES(?, ?)', word, n);
    // A word of `q` may also begin the id as a whole, which may contain `-` and `_`.
    db.run('INSERT OR IGNORE INTO name_words VALUES(?, ?)', id, n);
  }

  private putPlan(n: number, owner: string, { claims, escalations }: PlanChanges): void {
    const { db } = this;
    db.run('DELETE FROM claims WHERE n = ?', n);
    for (const { task, agent, expiresAt } of claims)
      db.run('INSERT INTO claims VALUES(?, ?, ?, ?, ?)', n, task, owner, agent, expiresAt);
    db.run('DELETE FROM escalations WHERE n = ?', n);
    for (const { task, name, error, at } of escalations)
      db.run('INSERT INTO escalations VALUES(?, ?, ?, ?, ?, ?)', n, task, owner, name, error, at);
  }

  private putArtifact(
    n: number,
    id: string,
    { path, type, outdated, modified, body }: ArtifactChanges,
  ): void {
    this.db.run(
      'INSERT OR REPLACE INTO artifacts VALUES(?, ?, ?, ?, ?, ?, ?)',
      ...[n, path, id, type, Number(outdated), Number(modified), body],
    );
  }

  /** Days that existed were moved to the present owner already, so only differences count here. */
  private putDays(n: number, owner: string, generation: GenerationChanges): void {
    const { messageDays, revisionDays, plan } = generation;
    const days = new Map(this.daysOf(n).map((row) => [row.day, row]));
    const after = new Map<string, Record<keyof DayAggregates, number>>();
    const at = (day: string): Record<keyof DayAggregates, number> => {
      const sums = after.get(day) ?? { ...(days.get(day) ?? NOTHING) };
      after.set(day, sums);
      return sums;
    };
    if (revisionDays.complete)
      for (const day of days.keys()) Object.assign(at(day), { revisions: 0, bytes: 0 });
    if (plan) for (const day of days.keys()) at(day).completed = 0;
    for (const [day, count] of Object.entries(messageDays)) at(day).messages += count;
    for (const [day, { revisions, bytes }] of Object.entries(revisionDays.days)) {
      at(day).revisions += revisions;
      at(day).bytes += bytes;
    }
    for (const [day, count] of Object.entries(plan?.completedDays ?? {})) at(day).completed += count;
    for (const [day, sums] of after) {
      this.aggregates.countDay(owner, day, days.get(day) ?? NOTHING, -1);
      this.aggregates.countDay(owner, day, sums, 1);
      const { messages, revisions, completed, bytes } = sums;
      this.db.run(
        'INSERT OR REPLACE INTO taskspace_days VALUES(?, ?, 0, ?, ?, ?, ?)',
        ...[n, day, messages, revisions, completed, bytes],
      );
    }
  }

  private daysOf(n: number): DayRow[] {
    return this.db.all<DayRow>(
      'SELECT day, taskspaces, messages, revisions, completed, bytes FROM taskspace_days WHERE n = ?',
      n,
    );
  }
}

const NOTHING: DayAggregates = { taskspaces: 0, messages: 0, revisions: 0, completed: 0, bytes: 0 };

function shareOf({ owner, status, summary, journal_bytes: journalBytes }: LiveRow): Share {
  return { owner, status, summary: JSON.parse(summary) as SummaryChanges, journalBytes };
}

function dayOfMs(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
