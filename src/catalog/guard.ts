/**
 * Whether the catalog's files are still those that its writer has open, and as the writer left them.
 *
 * SQLite does not notice: it would go on with files that no reader finds, or write into what was put in their
 * place. Only the writer writes them. A change between two of its calls is therefore either that of another
 * writer, which SQLite knows of (a steward that is being replaced), or that of a program that knows nothing
 * of SQLite.
 */
import type { CatalogFileStat, CatalogFolder, CatalogStat } from './catalog-folder.js';
import type { Database } from './database.js';

/** How long after its last commit another writer is taken to be active: the checkpoint of its log follows. */
const OTHER_MS = 10_000;

export class CatalogGuard {
  private left: CatalogStat;
  private version: number;
  private otherAt = Number.NEGATIVE_INFINITY;

  /** For files that were opened just now. */
  constructor(
    private readonly folder: CatalogFolder,
    private readonly db: Database,
  ) {
    this.version = this.readVersion();
    this.left = folder.check();
  }

  /** Called after each call that may have written. */
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

  /** Changes with every commit of another connection (sqlite.org/pragma.html#pragma_data_version). */
  private readVersion(): number {
    return this.db.get<{ data_version: number }>('PRAGMA data_version')?.data_version ?? 0;
  }
}

/** A file that did not exist may appear. */
function isSame(left: CatalogFileStat | null, now: CatalogFileStat | null): boolean {
  return left === null || left.identity === now?.identity;
}

function isUntouched(left: CatalogFileStat | null, now: CatalogFileStat | null): boolean {
  return left?.size === now?.size && left?.mtimeNs === now?.mtimeNs;
}
