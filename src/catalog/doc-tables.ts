/**
 * Turns text changes into searchable docs, and clears what belonged to an ended generation. For use in a
 * transaction.
 *
 * A doc's key contains its time: newer docs have greater keys, and within a millisecond those written later.
 */
import type { Database } from './database.js';
import { namesOf, scopeOf } from './doc-scope.js';
import type { DocChanges, TextChanges } from './row-changes.js';
import { TYPES, typeOf } from './schema.js';
import { camelParts, indexKey } from './tokenize.js';

/** Docs of one millisecond; any more are assigned to the next one. */
const SLOTS = 2048;
const MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / SLOTS) - 1;
/** Every doc is in the index. */
const ALL = Number.MAX_SAFE_INTEGER;

interface DocRow {
  readonly doc: number;
  readonly type: number;
  readonly ref: string;
  readonly at: number;
  readonly title: string;
  readonly body: string;
  readonly parts: string;
  readonly scope: string;
  readonly title_key: string | null;
  readonly body_key: string | null;
}

const DOC_COLUMNS = 'doc, type, ref, at, title, body, parts, scope, title_key, body_key';
const INDEXED = 'title, body, parts, scope';

export class DocTables {
  /** The last key assigned here, so that a batch of one moment does not search for each of its keys. */
  private lastDoc = 0;
  /** Docs up to this one are in the index. */
  private indexed: number;

  constructor(private readonly db: Database) {
    const mark = db.get<{ value: string }>("SELECT value FROM meta WHERE key = 'indexed'")?.value;
    this.indexed = mark === undefined ? ALL : Number(mark);
  }

  /**
   * From here on docs are stored without being indexed, until `index` reaches them. Only while there are
   * none.
   */
  indexLater(): void {
    if (this.db.get('SELECT 1 FROM docs LIMIT 1')) return;
    this.setIndexed(0);
  }

  /**
   * Indexes up to `max` docs that were left for later, in the order of their keys: ten times faster than in
   * order of arrival, since FTS5 writes out what it has gathered whenever a key is smaller than the last.
   *
   * @returns how many there may be in all, and how many of them are indexed; null: every doc is.
   */
  index(max: number): { done: number; of: number } | null {
    const { db, indexed } = this;
    if (indexed === ALL) return null;
    const { last, first, end } = db.get<{ last: number | null; first: number; end: number }>(
      `SELECT (SELECT max(doc) FROM (SELECT doc FROM docs WHERE doc > ? ORDER BY doc LIMIT ?)) AS last,
        (SELECT min(doc) FROM docs) AS first, (SELECT max(doc) FROM docs) AS "end"`,
      ...[indexed, max],
    ) ?? { last: null, first: 0, end: 0 };
    if (last !== null)
      db.run(
        `INSERT INTO texts_index(rowid, ${INDEXED})
          SELECT doc, ${INDEXED} FROM keyed_docs WHERE doc > ? AND doc <= ? ORDER BY doc`,
        ...[indexed, last],
      );
    this.setIndexed(last ?? ALL);
    return last === null ? null : { done: last - first, of: end - first };
  }

  /** @returns false when the changes are stale: another generation, or its texts have changed since. */
  put({ id, life, since, docs, tasks, artifactsGone, seq, reached }: TextChanges): boolean {
    const { db } = this;
    const row = db.get<{ n: number; first_owner: string; text_time: string; text_seq: number }>(
      'SELECT n, first_owner, text_time, text_seq FROM taskspaces WHERE id = ? AND life = ?',
      ...[id, life],
    );
    if (!row || row.text_time !== since.time || row.text_seq !== since.seq) return false;
    const { n, first_owner: owner } = row;
    for (const doc of docs) this.putDoc(n, owner, doc);
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

  /** Clears up to about `max` rows of ended generations. @returns whether there are more. */
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

  private putDoc(n: number, owner: string, { type, ref, at, label, ...texts }: DocChanges): void {
    const { db } = this;
    const title = withoutNul(texts.title);
    const body = withoutNul(texts.body);
    const before = this.find(n, type, ref);
    // Written again, after a process died in the middle.
    if (before?.at === at && before.title === title && before.body === body) return;
    if (before) this.removeRow(before);
    const doc = this.nextDoc(at);
    const scope = scopeOf(n, owner, { type, ref, title });
    const pieces = camelParts(`${title}\n${body}`);
    const parts = indexKey(pieces) ?? pieces;
    const [titleKey, bodyKey] = [indexKey(title), indexKey(body)];
    db.run(
      'INSERT INTO docs VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[doc, n, TYPES.indexOf(type), ref, at, label, title, scope, parts, body, titleKey, bodyKey],
    );
    if (doc <= this.indexed)
      db.run(
        `INSERT INTO texts_index(rowid, ${INDEXED}) VALUES(?, ?, ?, ?, ?)`,
        ...[doc, titleKey ?? title, bodyKey ?? body, parts, scope],
      );
    for (const name of namesOf({ type, ref, title })) db.run('INSERT INTO names VALUES(?, ?)', name, doc);
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

  private remove(n: number, type: DocChanges['type'], ref: string): void {
    const row = this.find(n, type, ref);
    if (row) this.removeRow(row);
  }

  private find(n: number, type: DocChanges['type'], ref: string): DocRow | undefined {
    return this.db.get<DocRow>(
      `SELECT ${DOC_COLUMNS} FROM docs WHERE n = ? AND type = ? AND ref = ?`,
      ...[n, TYPES.indexOf(type), ref],
    );
  }

  /** The index stores no texts: a delete has to be given the old ones. */
  private removeRow({ doc, type, ref, title, body, parts, scope, ...keys }: DocRow): void {
    const { db } = this;
    if (doc <= this.indexed)
      db.run(
        `INSERT INTO texts_index(texts_index, rowid, ${INDEXED}) VALUES('delete', ?, ?, ?, ?, ?)`,
        ...[doc, keys.title_key ?? title, keys.body_key ?? body, parts, scope],
      );
    db.run('DELETE FROM docs WHERE doc = ?', doc);
    for (const name of namesOf({ type: typeOf(type), ref, title }))
      db.run('DELETE FROM names WHERE key = ? AND doc = ?', name, doc);
  }

  private setIndexed(doc: number): void {
    this.indexed = doc;
    if (doc === ALL) this.db.run("DELETE FROM meta WHERE key = 'indexed'");
    else this.db.run("INSERT OR REPLACE INTO meta VALUES('indexed', ?)", String(doc));
  }
}

/** To SQLite's functions a text ends at its first NUL. */
function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', ' ') : text;
}
