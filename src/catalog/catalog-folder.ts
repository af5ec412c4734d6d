/**
 * The folder of the catalog: `catalog/<format>/catalog.db` and SQLite's files beside it. All may be removed
 * at any time.
 */
import fs from 'node:fs';
import path from 'node:path';

const FILES = ['catalog.db', 'catalog.db-wal', 'catalog.db-shm'];

/**
 * Whether births of files are known: where the system call for them is missing or forbidden, Node reports
 * the last change instead. Of its own binary the two differ, which took a while to write.
 */
const BIRTHS_ARE_KNOWN = ((stat) => stat.birthtimeNs !== stat.ctimeNs)(
  fs.statSync(process.execPath, { bigint: true }),
);

export interface CatalogFileStat {
  /** Device, inode and birth: a file system gives a removed file's inode to the next one. */
  readonly identity: string;
  readonly size: number;
  readonly mtimeNs: bigint;
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

  /** Which file the current one is; null: none. */
  identity(): string | null {
    return this.stat('catalog.db')?.identity ?? null;
  }

  /** The current stats of all files; null: there is none. */
  check(): CatalogStat {
    const [db, wal, shm] = FILES.map((name) => this.stat(name));
    return { db: db ?? null, wal: wal ?? null, shm: shm ?? null };
  }

  private stat(name: string): CatalogFileStat | null {
    const stat = fs.statSync(path.join(this.folder, name), { throwIfNoEntry: false, bigint: true });
    if (!stat) return null;
    const { dev, ino, birthtimeNs, size, mtimeNs } = stat;
    const identity = `${dev}-${ino}-${BIRTHS_ARE_KNOWN ? birthtimeNs : ''}`;
    return { identity, size: Number(size), mtimeNs };
  }

  bytes(): number {
    return FILES.reduce(
      (sum, name) => sum + (fs.statSync(path.join(this.folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }
}
