/**
 * The narrow port through which the journal uses files, and its real implementation.
 *
 * Reads, stats and appends are synchronous: they cost microseconds in the page cache, and nothing in this
 * process can come between a decision and its append. Only what waits for the disk is asynchronous. Tests put
 * decorators here that fail a call, cut a write short, or forget what was not synced.
 */
import fs from 'node:fs';
import path from 'node:path';
import { createPlain, openPlain, removePlain, renamePlain } from './opener.js';

/** Identifies a file's content as far as `stat` can tell. */
export interface FileStat {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly ctimeMs: number;
  /** Number of names; 0: it was removed, or replaced by another file. Absent: not reported. */
  readonly nlink?: number;
}

export interface Files {
  /** The stat of what is at the path, a link not followed; null when nothing is. */
  stat(path: string): FileStat | null;
  /** The kind of what is at a path, links not followed; null when nothing is. */
  kind(path: string): 'folder' | 'other' | null;
  fstat(fd: number): FileStat;
  /**
   * `append` opens for reading and appending. Null when the file does not exist. Never blocks, and follows no
   * link at the path. A caller that has not seen this very file before opens it `checked`: it must be a
   * regular file and its folder no link, else OddPlace is thrown. `create` does the same and creates the
   * file.
   */
  open(path: string, mode: 'read' | 'append', way?: 'checked' | 'create'): number | null;
  close(fd: number): void;
  /** Reads up to `length` bytes at `position` into the start of `buffer`; returns how many were read. */
  read(fd: number, buffer: Buffer, length: number, position: number): number;
  /** One `write` of one buffer; returns how many bytes arrived, which may be fewer. */
  append(fd: number, bytes: Buffer): number;
  fdatasync(fd: number): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Makes the folder and those above it; returns false when it existed. */
  makeFolder(path: string): boolean;
  /**
   * A whole regular file below a taskspace's folder, read with other work in between; null when it does not
   * exist or is longer than `bytesMax`. Errors: OddPlace.
   */
  readAll(folder: string, name: string, bytesMax: number): Promise<Buffer | null>;
  /**
   * Writes `bytes` to `temporary` and renames it to `name`, both below a taskspace's folder. Not synced: for
   * what can be rebuilt.
   */
  replace(folder: string, name: string, temporary: string, bytes: Buffer): Promise<void>;
}

/** Whether a change of this file's content changes another one's, too (hard links). */
export function hasOtherNames({ nlink = 1 }: FileStat): boolean {
  return nlink > 1;
}

const NULL_WHEN_ABSENT = { throwIfNoEntry: false } as const;
const { O_APPEND, O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = fs.constants;
/** Bytes per read. */
const PIECE_BYTES = 1024 * 1024;

export const nodeFiles: Files = {
  // Allocates no closure and no object: this runs before every cached answer.
  stat(path) {
    try {
      return fs.lstatSync(path, NULL_WHEN_ABSENT) ?? null;
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
  open(file, mode, way) {
    const flags = mode === 'read' ? O_RDONLY : O_RDWR | O_APPEND;
    if (way === undefined)
      return absentAsNull(() => fs.openSync(file, flags | O_NOFOLLOW | O_NONBLOCK, 0o644));
    const created = way === 'create' ? O_CREAT : 0;
    return openPlain(path.dirname(file), path.basename(file), flags | created)?.fd ?? null;
  },
  close: (fd) => fs.closeSync(fd),
  read: (fd, buffer, length, position) => fs.readSync(fd, buffer, 0, length, position),
  append: (fd, bytes) => fs.writeSync(fd, bytes, 0, bytes.length, null),
  fdatasync: (fd) =>
    new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()))),
  async syncFolder(path) {
    const handle = await fs.promises.open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  makeFolder: (path) => fs.mkdirSync(path, { recursive: true }) !== undefined,
  async readAll(folder, name, bytesMax) {
    const opened = openPlain(folder, name);
    if (opened === null) return null;
    const { fd, stat } = opened;
    try {
      return stat.size > bytesMax ? null : await readPieces(fd, stat.size);
    } finally {
      fs.closeSync(fd);
    }
  },
  async replace(folder, name, temporary, bytes) {
    const fd = createPlain(folder, temporary);
    try {
      await new Promise<void>((resolve, reject) => {
        fs.writeFile(fd, bytes, (error) => (error ? reject(error) : resolve()));
      }).finally(() => fs.closeSync(fd));
      renamePlain(folder, temporary, name);
    } catch (error) {
      removePlain(folder, temporary);
      throw error;
    }
  },
};

/** Null when the file ends early. */
async function readPieces(fd: number, size: number): Promise<Buffer | null> {
  const bytes = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; ) {
    if (at > 0) await new Promise((resume) => setImmediate(resume));
    const count = fs.readSync(fd, bytes, at, Math.min(PIECE_BYTES, size - at), at);
    if (count === 0) return null;
    at += count;
  }
  return bytes;
}

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

/** `length` bytes at `position`; null when the file ends before. */
export function readExactly(files: Files, fd: number, position: number, length: number): Buffer | null {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = files.read(
      fd,
      filled === 0 ? bytes : bytes.subarray(filled),
      length - filled,
      position + filled,
    );
    if (count === 0) return null;
    filled += count;
  }
  return bytes;
}
