/**
 * Text facts become docs that can be found, and what hung on a dead life is cleared. To be called in a transaction.
 *
 * The key of a doc says when it was: newer docs have greater keys, and of docs of the same millisecond those written later.
 */
import type { Database } from './database.js';
import type { DocFacts, TextFacts } from './facts.js';
import { TYPES } from './schema.js';
import { camelParts, foldName } from './words.js';

/** Docs of one millisecond; what is beyond them is counted to the next. */
const SLOTS = 2048;
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / SLOTS) - 1;
const NAME_LENGTH_MAX = 256;

interface DocRow {
  readonly doc: number;
  readonly at: number;
  readonly title: string;
  readonly body: string;
  readonly parts: string;
  readonly scope: string;
}

const DOC_COLUMNS = 'doc, at, title, body, parts, scope';

export class DocTables {
  /** The last key given out in this process, so that a batch of one moment does not search for each of its keys. */
  private lastDoc = 0;

  constructor(private readonly db: Database) {}

  /** @returns false when the facts are void: another life, or somebody else has told of its texts since they were taken. */
  put({ id, life, since, docs, tasks, artifactsGone, seq, reached }: TextFacts): boolean {
    const { db } = this;
    const row = db.get<{ n: number; text_time: string; text_seq: number }>(
      'SELECT n, text_time, text_seq FROM taskspaces WHERE id = ? AND life = ?',
      ...[id, life],
    );
    if (!row || row.text_time !== since.time || row.text_seq !== since.seq) return false;
    const { n } = row;
    for (const doc of docs) this.putDoc(n, doc);
    for (const path of artifactsGone) this.remove(n, 'artifact', path);
    if (tasks) this.keepTasks(n, tasks);
    db.run('UPDATE taskspaces SET text_seq = ? WHERE n = ?', seq, n);
    if (reached)
      db.run(
        'UPDATE taskspaces SET text_commit = ?, text_time = ? WHERE n = ?',
        ...[reached.commit, reached.time, n],
      );
    return true;
  }

  /** Clears up to about `max` rows of lives that are over. @returns whether there is more. */
  clear(max: number): boolean {
    const { db } = this;
    const dead = db.get<{ n: number }>('SELECT n FROM dead LIMIT 1');
    if (!dead) return false;
    const { n } = dead;
    const docs = db.all<DocRow>(`SELECT ${DOC_COLUMNS} FROM docs WHERE n = ? LIMIT ?`, n, max);
    for (const doc of docs) this.removeRow(doc);
    if (docs.length === max) return true;
    const paths = db.all<{ path: string }>('SELECT path FROM artifacts WHERE n = ? LIMIT ?', n, max);
    for (const { path } of paths) db.run('DELETE FROM artifacts WHERE n = ? AND path = ?', n, path);
    if (paths.length < max) db.run('DELETE FROM dead WHERE n = ?', n);
    return true;
  }

  private putDoc(n: number, { type, ref, at, label, names, ...texts }: DocFacts): void {
    const { db } = this;
    const title = withoutNul(texts.title);
    const body = withoutNul(texts.body);
    const before = this.find(n, type, ref);
    // Taken again, after a process died in the middle.
    if (before?.at === at && before.title === title && before.body === body) return;
    if (before) this.removeRow(before);
    const doc = this.nextDoc(at);
    const scope = `n${n} t${type}`;
    const parts = camelParts(`${title}\n${body}`);
    db.run(
      'INSERT INTO docs VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[doc, n, TYPES.indexOf(type), ref, at, label, title, scope, parts, body],
    );
    db.run(
      'INSERT INTO texts_index(rowid, title, body, parts, scope) VALUES(?, ?, ?, ?, ?)',
      ...[doc, title, body, parts, scope],
    );
    for (const name of names)
      db.run('INSERT OR IGNORE INTO names VALUES(?, ?)', foldName(name).slice(0, NAME_LENGTH_MAX), doc);
  }

  /** The first free key of that millisecond, or of the next one that has any. */
  private nextDoc(at: number): number {
    let base = Math.min(Math.max(0, at), MS_MAX) * SLOTS;
    if (this.lastDoc >= base && this.lastDoc < base + SLOTS - 1) {
      const next = this.lastDoc + 1;
      if (!this.db.get('SELECT 1 FROM docs WHERE doc = ?', next)) {
        this.lastDoc = next;
        return next;
      }
    }
    for (;;) {
      const last = this.db.get<{ doc: number | null }>(
        'SELECT max(doc) AS doc FROM docs WHERE doc >= ? AND doc < ?',
        ...[base, base + SLOTS],
      )?.doc;
      const next = typeof last === 'number' ? last + 1 : base;
      if (next < base + SLOTS) {
        this.lastDoc = next;
        return next;
      }
      base += SLOTS;
    }
  }

  private keepTasks(n: number, tasks: readonly string[]): void {
    const type = TYPES.indexOf('task');
    const count = this.db.get<{ count: number }>(
      'SELECT count(*) AS count FROM docs WHERE n = ? AND type = ?',
      ...[n, type],
    )?.count;
    if (count === tasks.length) return;
    const kept = new Set(tasks);
    const rows = this.db.all<{ ref: string }>('SELECT ref FROM docs WHERE n = ? AND type = ?', n, type);
    for (const { ref } of rows) if (!kept.has(ref)) this.remove(n, 'task', ref);
  }

  private remove(n: number, type: DocFacts['type'], ref: string): void {
    const row = this.find(n, type, ref);
    if (row) this.removeRow(row);
  }

  private find(n: number, type: DocFacts['type'], ref: string): DocRow | undefined {
    return this.db.get<DocRow>(
      `SELECT ${DOC_COLUMNS} FROM docs WHERE n = ? AND type = ? AND ref = ?`,
      ...[n, TYPES.indexOf(type), ref],
    );
  }

  /** The index holds no texts of its own: it must be told what it forgets. */
  private removeRow({ doc, title, body, parts, scope }: DocRow): void {
    const { db } = this;
    db.run(
      "INSERT INTO texts_index(texts_index, rowid, title, body, parts, scope) VALUES('delete', ?, ?, ?, ?, ?)",
      ...[doc, title, body, parts, scope],
    );
    db.run('DELETE FROM docs WHERE doc = ?', doc);
    db.run('DELETE FROM names WHERE doc = ?', doc);
  }
}

/** To SQLite's functions a text ends at its first NUL. */
function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', ' ') : text;
}
