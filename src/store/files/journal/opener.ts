/**
 * The one opener for what lies in a taskspace's folder: to read, write, replace, link, remove or list it.
 *
 * A folder may be copied in with any content. So no link is followed below the folder of all taskspaces
 * (which itself may be reached by links), only regular files are opened, and no open blocks (a FIFO). Each
 * folder on the way is held open and the next name looked up in it, so that nothing can be put in between.
 * Without /proc (macOS) each is checked instead, and a swap within those microseconds is not noticed.
 * Price: a check costs 2 µs, a folder on the way 3 µs more.
 */
import fs from 'node:fs';
import path from 'node:path';
import { TaskspaceError } from '../../../domain/errors.js';

const { COPYFILE_EXCL, COPYFILE_FICLONE } = fs.constants;
const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
const NULL_WHEN_ABSENT = { throwIfNoEntry: false } as const;
const DESCRIPTORS = process.platform === 'linux' && fs.existsSync('/proc/self/fd') ? '/proc/self/fd' : null;

/** Something in the folder is not what the server puts there, and is left as it is. */
export class OddPlace extends TaskspaceError {
  constructor(where: string, why: string) {
    super(
      'damaged',
      `"${where}" in this taskspace's folder ${why}. Move it away, or restore it from a backup; nothing outside the folder is touched.`,
    );
  }
}

/** A folder that stays the same until it is closed, whatever is put at its name. */
export interface HeldFolder {
  /** A path of the folder, good until `close`; a name in it is `${at}/${name}`. */
  readonly at: string;
  readonly fd: number;
  close(): void;
}

/**
 * Holds a folder below a taskspace's; null when it does not exist. `make` makes what is missing.
 * `descriptors`: where open folders have paths, if anywhere. Errors: OddPlace.
 */
export function holdFolder(
  folder: string,
  below: string,
  { make = false, descriptors = DESCRIPTORS } = {},
): HeldFolder | null {
  let held = enter(folder, '', make, descriptors);
  const parts = below === '' ? [] : below.split('/').map((part) => checkedName(part, below));
  for (const part of parts) {
    const above = held;
    if (above === null) return null;
    try {
      held = enter(`${above.at}/${part}`, below, make, descriptors);
    } finally {
      above.close();
    }
  }
  return held;
}

/**
 * Gives `work` a path of a name below a taskspace's folder that leads nowhere else while it runs; null when a
 * folder on the way does not exist. The path itself may be a link: `work` must not follow it.
 */
export function within<T>(folder: string, name: string, work: (at: string) => T, make = false): T | null {
  const slash = name.lastIndexOf('/');
  const held = holdFolder(folder, name.slice(0, Math.max(0, slash)), { make });
  if (held === null) return null;
  try {
    return work(`${held.at}/${checkedName(name.slice(slash + 1), name)}`);
  } finally {
    held.close();
  }
}

/**
 * What is at a name: a regular file, nothing, or something odd, at the name or on its way. Looked up name by
 * name, which costs less than holding folders; a caller that acts on the result uses the functions that hold
 * them.
 */
export function lookAt(folder: string, name: string): fs.Stats | null | 'odd' {
  let at = folder;
  let stat = fs.lstatSync(at, NULL_WHEN_ABSENT);
  for (const part of name.split('/')) {
    if (!stat) return null;
    if (!stat.isDirectory() || !isName(part)) return 'odd';
    at = `${at}/${part}`;
    stat = fs.lstatSync(at, NULL_WHEN_ABSENT);
  }
  if (!stat) return null;
  return stat.isFile() ? stat : 'odd';
}

export interface OpenedFile {
  readonly fd: number;
  readonly stat: fs.Stats;
}

/** Opens a regular file; null when it does not exist. Throws OddPlace for anything else. */
export function openPlain(folder: string, name: string, flags = O_RDONLY): OpenedFile | null {
  return within(folder, name, (at) => {
    const before = fs.lstatSync(at, NULL_WHEN_ABSENT);
    // Checked first: opening a device or a FIFO has an effect at its other end.
    if (before ? !before.isFile() : (flags & O_CREAT) === 0) return before ? notPlain(name) : null;
    const fd = unlessAbsent(() => fs.openSync(at, flags | O_NOFOLLOW | O_NONBLOCK, 0o644), name);
    if (fd === null) return null;
    const stat = fs.fstatSync(fd);
    if (stat.isFile()) return { fd, stat };
    fs.closeSync(fd);
    return notPlain(name);
  });
}

/** A new file, open for writing; the folders above it are made. */
export function createPlain(folder: string, name: string): number {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  return made(
    within(folder, name, (at) => fs.openSync(at, flags, 0o644), true),
    name,
  );
}

/**
 * Renames the file at `from` to `to`, whose folder is made; anything at `to` but a folder with something in
 * it is replaced. Errors: OddPlace for that.
 */
export function renamePlain(folder: string, from: string, to: string): void {
  const move = (source: string) => within(folder, to, (target) => renameOver(source, target, to), true);
  within(folder, from, move);
}

function renameOver(source: string, target: string, name: string): void {
  try {
    fs.renameSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    try {
      fs.rmdirSync(target);
    } catch (refusal) {
      const { code } = refusal as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw refusal;
      throw new OddPlace(name, 'is a folder with something in it, where the server keeps a file');
    }
    fs.renameSync(source, target);
  }
}

/** Moves the file at `from` to `to`, whose folder is made; false, and no move, when `to` exists. */
export function placePlain(folder: string, from: string, to: string): boolean {
  const place = (source: string) =>
    within(
      folder,
      to,
      (target) => {
        fs.linkSync(source, target);
        fs.unlinkSync(source);
      },
      true,
    );
  try {
    within(folder, from, place);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a file, or a link and not its target; nothing happens when there is none. */
export function removePlain(folder: string, name: string): void {
  within(folder, name, (at) => unlessAbsent(() => fs.unlinkSync(at), name));
}

/** Removes an empty folder; throws when it is not empty. */
export function removeEmptyFolder(folder: string, name: string): void {
  within(folder, name, (at) => fs.rmdirSync(at));
}

/** The entries of a folder, at most `max`, in no order; none when it does not exist. */
export function listFolder(folder: string, below: string, max = Number.POSITIVE_INFINITY): fs.Dirent[] {
  const held = holdFolder(folder, below);
  if (held === null) return [];
  try {
    const entries: fs.Dirent[] = [];
    const open = fs.opendirSync(held.at);
    try {
      for (let entry = open.readSync(); entry && entries.length < max; entry = open.readSync())
        entries.push(entry);
    } finally {
      open.closeSync();
    }
    return entries;
  } finally {
    held.close();
  }
}

/**
 * Copies a regular file of `size` bytes to a new file at a path, sharing its blocks where the file system
 * can; false when it does not exist or has another size.
 */
export async function copyPlain(folder: string, name: string, size: number, to: string): Promise<boolean> {
  const opened = openPlain(folder, name);
  if (opened === null) return false;
  try {
    if (opened.stat.size !== size) return false;
    const from = DESCRIPTORS === null ? path.join(folder, name) : `${DESCRIPTORS}/${opened.fd}`;
    await fs.promises.copyFile(from, to, COPYFILE_EXCL | COPYFILE_FICLONE);
    return true;
  } finally {
    fs.closeSync(opened.fd);
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string, below: string): Promise<void> {
  const held = made(holdFolder(folder, below), below);
  try {
    await syncFile(held.fd);
  } finally {
    held.close();
  }
}

/** Makes an open file durable. */
export function syncFile(fd: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    fs.fsync(fd, (error) => (error ? reject(error) : resolve()));
  });
}

function enter(at: string, name: string, make: boolean, descriptors: string | null): HeldFolder | null {
  let fd = openFolder(at, name);
  if (fd === null && make) {
    makeFolder(at);
    fd = openFolder(at, name);
  }
  if (fd === null) return null;
  const opened = fd;
  return {
    at: descriptors === null ? at : `${descriptors}/${opened}`,
    fd: opened,
    close: () => fs.closeSync(opened),
  };
}

function openFolder(at: string, name: string): number | null {
  return unlessAbsent(
    () => fs.openSync(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK),
    name === '' ? '.' : name,
  );
}

function makeFolder(at: string): void {
  try {
    fs.mkdirSync(at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Null for what does not exist; a link or another odd thing in its place throws OddPlace. */
function unlessAbsent<T>(call: () => T, name: string): T | null {
  try {
    return call();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'ENXIO') return notPlain(name);
    throw error;
  }
}

function notPlain(name: string): never {
  throw new OddPlace(name, 'is, or lies behind, something that is no plain file or folder');
}

/** One name in a folder; throws OddPlace for what would lead out of it, or is several names. */
function checkedName(part: string, name: string): string {
  if (!isName(part)) throw new OddPlace(name, 'is no path below it');
  return part;
}

function isName(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !part.includes('\0');
}

function made<T>(result: T | null, name: string): T {
  if (result === null) throw Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
  return result;
}
