/**
 * The writing end of the catalog, wherever it runs: one connection, short transactions, one writer at a time.
 *
 * A file that cannot be read is removed and made anew: everything here is derived. The caller decides what is
 * true; this only stores it, with the place in the feed in the same transaction.
 */
import type { Mark, Marked } from '../store/ports.js';
import { CatalogFolder } from './catalog-folder.js';
import { chooseDriver } from './choose-driver.js';
import type { Database, LoadDriver } from './database.js';
import { DocTables } from './doc-tables.js';
import { CatalogDamaged, failureOf } from './failures.js';
import { CatalogGuard } from './guard.js';
import {
  isAtLeast,
  type Known,
  type KnownGeneration,
  type Place,
  type RowChanges,
  type SummaryChanges,
  type TextChanges,
} from './row-changes.js';
import { RowTables } from './row-tables.js';
import { FORMAT, SCHEMA } from './schema.js';

const BUSY_MS = 5_000;
const CACHE_KIB = 64 * 1024;
/** While everything is made anew, keys come in no order, so pages should stay until they are full. */
const BULK_CACHE_KIB = 256 * 1024;
/** Pages of the log before a checkpoint: SQLite's default, and the bound for a catalog made anew. */
const CHECKPOINT_PAGES = 1_000;
const BULK_CHECKPOINT_PAGES = 32_000;
/** Bytes of terms that FTS5 gathers in memory before it writes a segment, while everything is made anew. */
const BULK_HASH_BYTES = 64 * 1024 * 1024;
const HASH_BYTES = 1024 * 1024;

/** What an opened catalog reports about itself. */
export interface CatalogState {
  /** Null: the rows have never been complete. */
  readonly rows: Place | null;
  readonly texts: Place | null;
  /** As last written by `note`. */
  readonly notes: Readonly<Record<string, string>>;
}

export interface RowsInput {
  readonly changes: readonly RowChanges[];
  /** Everything up to here is included with these changes; null: not complete yet. */
  readonly place: Place | null;
  /** The last commit among them. */
  readonly newest: Place | null;
}

export interface TextsInput {
  readonly changes: readonly TextChanges[];
  readonly place: Place | null;
}

export interface Behind {
  readonly id: string;
  readonly activeAt: number;
}

interface KnownRow {
  readonly commit: number;
  readonly head: string;
  readonly time: string;
  readonly n: number | null;
  readonly life: string;
  readonly etag: string;
  readonly summary: string;
  readonly text_commit: number;
  readonly text_time: string;
  readonly text_seq: number;
}

export class CatalogWriting {
  private readonly folder: CatalogFolder;
  private opened: { db: Database; rows: RowTables; docs: DocTables } | null = null;
  private db: Database | null = null;
  private guard: CatalogGuard | null = null;

  constructor(
    dataDir: string,
    private readonly drivers?: readonly LoadDriver[],
  ) {
    this.folder = new CatalogFolder(dataDir, FORMAT);
  }

  /** Opens or creates the catalog. `anew`: an existing one is removed. Errors: 503 `catalog_unavailable`. */
  open({ anew }: { anew: boolean }): CatalogState {
    this.close();
    this.folder.prepare();
    if (anew) this.folder.clear();
    try {
      const { wal } = this.folder.check();
      const state = this.tryOpen();
      const file = String(this.folder.identity());
      // A copied or restored file: its log may belong to another file, and nothing in the log shows it.
      if (wal && state.notes.file !== undefined && state.notes.file !== file)
        throw new CatalogDamaged('its log is of another file');
      this.note({ file });
      return state;
    } catch (error) {
      if (!failureOf(error).damaged) throw error;
      this.close();
      this.folder.clear();
      const state = this.tryOpen();
      this.note({ file: String(this.folder.identity()) });
      return state;
    }
  }

  /** Whether the open files are still those that readers find, and as they were left here. */
  stands(_: null): boolean {
    return this.guard?.stands() === true;
  }

  known(ids: readonly string[]): Known[] {
    return ids.map((id) => this.knownOf(id));
  }

  /** @returns the ids whose changes were stale; then no place is written, and these have to be read again. */
  putRows({ changes, place, newest }: RowsInput): string[] {
    const { rows } = this.use();
    // The sums of a failed transaction are in no table.
    rows.begin();
    return this.write(() => {
      const refused = changes.filter((one) => !rows.put(one)).map(({ id }) => id);
      rows.finish();
      if (newest) this.putPlace('newest', newest);
      if (place && refused.length === 0) this.putPlace('rows', place);
      return refused;
    });
  }

  /** @returns the ids whose changes were stale. */
  putTexts({ changes, place }: TextsInput): string[] {
    const { docs } = this.use();
    return this.write(() => {
      const refused = changes.filter((one) => !docs.put(one)).map(({ id }) => id);
      if (place && refused.length === 0) this.putPlace('texts', place);
      return refused;
    });
  }

  /** Indexes some of the docs that were left for later. @returns the progress; null: every doc is indexed. */
  index({ max }: { max: number }): { done: number; of: number } | null {
    const { docs } = this.use();
    return this.write(() => docs.index(max));
  }

  /** Clears some rows of generations that have ended. @returns whether there are more. */
  clear({ max }: { max: number }): boolean {
    const { docs } = this.use();
    return this.write(() => docs.clear(max));
  }

  /** The ids of those whose marks differ from what is known. */
  differing(marks: readonly Marked[]): string[] {
    const { db } = this.use();
    return db.transaction('read', () => marks.filter((one) => !this.isKnown(one)).map(({ id }) => id));
  }

  /** Ids of known journals after `after`, in order. */
  journals({ after, limit }: { after: string; limit: number }): string[] {
    const rows = this.use().db.all<{ id: string }>(
      'SELECT id FROM journals WHERE id > ? ORDER BY id LIMIT ?',
      ...[after, limit],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Taskspaces whose texts are behind their rows, after `after`, the longest inactive first: docs are ordered
   * by their times, so those indexed in succession are adjacent.
   */
  textsBehind({ after, limit }: { after: Behind; limit: number }): Behind[] {
    return this.use().db.all<Behind>(
      `SELECT t.id AS id, t.active_at AS "activeAt" FROM taskspaces t JOIN journals j ON j.id = t.id
        WHERE (t.active_at, t.id) > (?, ?) AND t.text_commit <> j."commit" ORDER BY t.active_at, t.id LIMIT ?`,
      ...[after.activeAt, after.id, limit],
    );
  }

  note(notes: Readonly<Record<string, string>>): void {
    const { db } = this.use();
    this.write(() => {
      for (const [key, value] of Object.entries(notes))
        db.run('INSERT OR REPLACE INTO meta VALUES(?, ?)', key, value);
    });
  }

  /** Changes a note if it still has the value `from`. */
  renote({ key, from, to }: { key: string; from: string; to: string }): void {
    const { db } = this.use();
    this.write(() => db.run('UPDATE meta SET value = ? WHERE key = ? AND value = ?', to, key, from));
  }

  /** While all is made anew, nothing waits for the disk or the index; at the end everything is in. */
  bulk({ on }: { on: boolean }): void {
    const { db, docs } = this.use();
    if (on) this.write(() => docs.indexLater());
    db.exec(`PRAGMA synchronous = ${on ? 'OFF' : 'NORMAL'}`);
    db.exec(`PRAGMA cache_size = -${on ? BULK_CACHE_KIB : CACHE_KIB}`);
    db.exec(`PRAGMA wal_autocheckpoint = ${on ? BULK_CHECKPOINT_PAGES : CHECKPOINT_PAGES}`);
    // Not bound: FTS5 takes only integers here, and one driver binds every number as a float.
    const bytes = on ? BULK_HASH_BYTES : HASH_BYTES;
    db.exec(`INSERT INTO texts_index(texts_index, rank) VALUES('hashsize', ${bytes})`);
    if (!on) db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory');
    this.guard?.leave();
  }

  close(): void {
    this.db?.close();
    this.db = null;
    this.guard = null;
    this.opened = null;
  }

  private tryOpen(): CatalogState {
    const db = chooseDriver(this.drivers).open(this.folder.file, { readOnly: false, busyMs: BUSY_MS });
    // `close` has to find it, whatever happens below.
    this.db = db;
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB};`);
    db.exec('PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY');
    const version = db.get<{ user_version: number }>('PRAGMA user_version')?.user_version;
    if (version !== 0 && version !== FORMAT) throw new CatalogDamaged(`version ${version}`);
    if (version === 0) db.transaction('write', () => db.exec(SCHEMA));
    this.opened = { db, rows: new RowTables(db), docs: new DocTables(db) };
    this.guard = new CatalogGuard(this.folder, db);
    const notes = db.all<{ key: string; value: string }>('SELECT key, value FROM meta');
    return {
      rows: placeOf(db, 'rows'),
      texts: placeOf(db, 'texts'),
      notes: Object.fromEntries(notes.map(({ key, value }) => [key, value])),
    };
  }

  private use(): { db: Database; rows: RowTables; docs: DocTables } {
    if (!this.opened) throw new Error('the catalog is not open for writing');
    return this.opened;
  }

  /** Runs one transaction, never in files that were removed or replaced: readers would see a mixture. */
  private write<T>(work: () => T): T {
    const { db } = this.use();
    if (!this.stands(null)) throw new CatalogDamaged('somebody has removed or changed its files');
    try {
      return db.transaction('write', work);
    } finally {
      this.guard?.leave();
    }
  }

  /** Places only grow within one feed. */
  private putPlace(part: 'rows' | 'texts' | 'newest', place: Place): void {
    const { db } = this.use();
    const before = placeOf(db, part);
    if (before && isAtLeast(before, place)) return;
    const { epoch, segment, at, commit } = place;
    db.run('INSERT OR REPLACE INTO places VALUES(?, ?, ?, ?, ?)', part, epoch, segment, at, commit);
  }

  private knownOf(id: string): Known {
    const row = this.use().db.get<KnownRow>(
      `SELECT j."commit" AS "commit", head, time, n, life, etag, summary, text_commit, text_time, text_seq
        FROM journals j LEFT JOIN taskspaces t ON t.id = j.id WHERE j.id = ?`,
      id,
    );
    if (!row) return { id, commit: 0, head: '', time: '', live: null };
    const { commit, head, time } = row;
    return { id, commit, head, time, live: row.n === null ? null : lifeOf(row, row.n) };
  }

  private isKnown({ id, mark }: Marked): boolean {
    const row = this.use().db.get<{ mark: Mark }>(
      // A taskspace in trouble is checked again, whatever its mark says.
      'SELECT mark FROM journals WHERE id = ? AND trouble IS NULL',
      id,
    );
    return row?.mark === mark;
  }
}

export function placeOf(db: Database, part: 'rows' | 'texts' | 'newest'): Place | null {
  return db.get<Place>('SELECT epoch, segment, at, "commit" FROM places WHERE part = ?', part) ?? null;
}

function lifeOf(row: KnownRow, n: number): KnownGeneration {
  const { life, etag, summary, text_commit: textCommit, text_time: textTime, text_seq: textSeq } = row;
  const { messages, artifacts } = JSON.parse(summary) as SummaryChanges;
  const { lastSeq } = messages;
  return { n, life, etag, lastSeq, revisions: artifacts.revisions, textCommit, textTime, textSeq };
}
