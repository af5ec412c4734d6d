/**
 * The narrow port through which the journal touches files, and its real implementation.
 *
 * Reads, stats and appends are synchronous: they cost microseconds in the page cache, and nothing of this process can
 * come between a decision and its append. Only what waits for the disk is asynchronous. Tests put decorators here that
 * fail a call, cut a write short, or forget what was not synced.
 */
import fs from 'node:fs';

/** What names a file's content as far as `stat` can tell. */
export interface FileStat {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly ctimeMs: number;
  /** How many names it has; 0: it was removed, or replaced by another. Absent: not told. */
  readonly nlink?: number;
}

export interface Files {
  /** Null when the path does not exist. */
  stat(path: string): FileStat | null;
  /** What stands at a path, links not followed; null when nothing does. */
  kind(path: string): 'folder' | 'other' | null;
  fstat(fd: number): FileStat;
  /** `append` opens for reading and appending, and creates the file when `create` is set. Null when it does not exist. */
  open(path: string, mode: 'read' | 'append', create?: boolean): number | null;
  close(fd: number): void;
  /** Reads up to `length` bytes at `position` into the start of `buffer`; returns how many came. */
  read(fd: number, buffer: Buffer, length: number, position: number): number;
  /** One `write` of one buffer; returns how many bytes arrived, which may be fewer. */
  append(fd: number, bytes: Buffer): number;
  fdatasync(fd: number): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Makes the folder and those above it; returns false when it was there. */
  makeFolder(path: string): boolean;
  /** The whole file; null when it does not exist. */
  readAll(path: string): Buffer | null;
  /** Writes `bytes` to `temporary` and renames it to `path`. Not synced: for what can be rebuilt. */
  replace(path: string, temporary: string, bytes: Buffer): Promise<void>;
}

const NULL_WHEN_ABSENT = { throwIfNoEntry: false } as const;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_RDWR } = fs.constants;

export const nodeFiles: Files = {
  // Without a closure or an object of its own: this is asked before every cached answer.
  stat(path) {
    try {
      return fs.statSync(path, NULL_WHEN_ABSENT) ?? null;
    } catch (error) {
      if (isAbsence(error)) return null;
      throw error;
    }
  },
  kind(path) {
    const stat = absentAsNull(() => fs.lstatSync(path, NULL_WHEN_ABSENT) ?? null);
    return stat && (stat.isDirectory() ? 'folder' : 'other');
  },
  fstat: (fd) => fs.fstatSync(fd),
  open(path, mode, create = false) {
    const flags = mode === 'read' ? O_RDONLY : O_RDWR | O_APPEND | (create ? O_CREAT : 0);
    return absentAsNull(() => fs.openSync(path, flags | O_NOFOLLOW, 0o644));
  },
  close: (fd) => fs.closeSync(fd),
  read: (fd, buffer, length, position) => fs.readSync(fd, buffer, 0, length, position),
  append: (fd, bytes) => fs.writeSync(fd, bytes, 0, bytes.length, null),
  fdatasync: (fd) =>
    new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()))),
  async syncFolder(path) {
    const handle = await fs.promises.open(path, O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  makeFolder: (path) => fs.mkdirSync(path, { recursive: true }) !== undefined,
  readAll: (path) => absentAsNull(() => fs.readFileSync(path)),
  async replace(path, temporary, bytes) {
    try {
      await fs.promises.writeFile(temporary, bytes);
      await fs.promises.rename(temporary, path);
    } catch (error) {
      await fs.promises.rm(temporary, { force: true });
      throw error;
    }
  },
};

function absentAsNull<T>(call: () => T): T | null {
  try {
    return call();
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
