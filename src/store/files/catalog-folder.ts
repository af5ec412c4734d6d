/**
 * The folder of the catalog: `catalog/<format>/catalog.db` and SQLite's files beside it. All may be removed
 * at any time.
 */
import fs from 'node:fs';
import path from 'node:path';

const FILES = ['catalog.db', 'catalog.db-wal', 'catalog.db-shm'];

export interface CatalogFileStat {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface CatalogStat {
  readonly db: CatalogFileStat | null;
  /** The write-ahead log: the latest writes, not yet in the database file. */
  readonly wal: CatalogFileStat | null;
  /** The shared index of the write-ahead log. */
  readonly shm: CatalogFileStat | null;
}

export class CatalogFolder {
  private readonly folder: string;

  constructor(
    private readonly dataDir: string,
    private readonly format: number,
  ) {
    this.folder = path.join(dataDir, 'catalog', String(format));
  }

  get file(): string {
    return path.join(this.folder, 'catalog.db');
  }

  /** Makes the folder, and removes those of other formats, which no process reads any more. */
  prepare(): void {
    fs.mkdirSync(this.folder, { recursive: true });
    const all = path.join(this.dataDir, 'catalog');
    for (const name of fs.readdirSync(all)) {
      if (/^\d+$/.test(name) && name !== String(this.format))
        fs.rmSync(path.join(all, name), { recursive: true, force: true });
    }
  }

  /** A process that has the files open continues to use them until its next check. */
  clear(): void {
    for (const name of FILES) fs.rmSync(path.join(this.folder, name), { force: true });
  }

  /** The current file's inode; null: none. */
  inode(): number | null {
    return fs.statSync(this.file, { throwIfNoEntry: false })?.ino ?? null;
  }

  /** The current stats of all files; null: there is none. */
  check(): CatalogStat {
    const [db, wal, shm] = FILES.map((name) => this.stat(name));
    return { db: db ?? null, wal: wal ?? null, shm: shm ?? null };
  }

  private stat(name: string): CatalogFileStat | null {
    const stat = fs.statSync(path.join(this.folder, name), { throwIfNoEntry: false });
    return stat ? { ino: stat.ino, size: stat.size, mtimeMs: stat.mtimeMs } : null;
  }

  bytes(): number {
    return FILES.reduce(
      (sum, name) => sum + (fs.statSync(path.join(this.folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }
}
