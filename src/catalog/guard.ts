/**
 * Whether the catalog's files are still those that its writer works on, and as he has left them.
 *
 * Who has them open would not notice by himself: he goes on with files that nobody else finds, or writes into what somebody
 * has put in their place. Only the writer writes them, so a change of theirs between two of his calls is not his: it is that of
 * another writer, which SQLite knows of (a steward that is being replaced), or of somebody who knows nothing of SQLite.
 */
import type { CatalogFileStat, CatalogFolder, CatalogStat } from '../store/catalog-folder.js';
import type { Database } from './database.js';

/** So long another writer is taken to be at work after his last commit: bringing the log into the file comes after it. */
const OTHER_MS = 10_000;

export class CatalogGuard {
  private left: CatalogStat;
  private version: number;
  private otherAt = Number.NEGATIVE_INFINITY;

  /** Of files that were opened just now. */
  constructor(
    private readonly folder: CatalogFolder,
    private readonly db: Database,
  ) {
    this.version = this.readVersion();
    this.left = folder.check();
  }

  /** After each call that may have written. */
  leave(): void {
    this.left = this.folder.check();
  }

  stands(): boolean {
    const { left } = this;
    const now = this.folder.check();
    const same = [isSame(left.db, now.db), isSame(left.wal, now.wal), isSame(left.shm, now.shm)];
    if (now.db === null || !same.every(Boolean)) return false;
    if (isUntouched(left.db, now.db) && isUntouched(left.wal, now.wal)) return true;
    const version = this.readVersion();
    if (version !== this.version) this.otherAt = performance.now();
    this.version = version;
    if (performance.now() > this.otherAt + OTHER_MS) return false;
    this.left = now;
    return true;
  }

  /** Moves with every commit of another connection (sqlite.org/pragma.html#pragma_data_version). */
  private readVersion(): number {
    return this.db.get<{ data_version: number }>('PRAGMA data_version')?.data_version ?? 0;
  }
}

/** One that was not there yet may come. */
function isSame(left: CatalogFileStat | null, now: CatalogFileStat | null): boolean {
  return left === null || left.ino === now?.ino;
}

function isUntouched(left: CatalogFileStat | null, now: CatalogFileStat | null): boolean {
  return left?.size === now?.size && left?.mtimeMs === now?.mtimeMs;
}
