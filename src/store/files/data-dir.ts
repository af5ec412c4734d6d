/**
 * The data folder: laid out, named, and tried before anything is served from it.
 *
 * The store's promises rest on the file system: appends that do not tear, renames, and an fsync that reaches
 * the disk. Network file systems promise none of it, so they are refused by their type; the rest is tried
 * once at each start, with files that are removed afterwards. Every refusal is a StartError of one line. No
 * taskspace is opened here.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartError } from '../../config/start-error.js';
import { readWritten, syncFolderNow, writeOnce } from './write-once.js';

/** The newest layout of the folder that this version can read. */
const FORMAT = 1;
const FOLDERS = ['taskspaces', 'feed', 'catalog'];

/** `f_type` of statfs(2), from linux/magic.h and the file systems' own sources. */
const NETWORK_TYPES = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE (sshfs, rclone, a shared folder of a virtual machine)'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x786f4256, 'a shared folder of VirtualBox'],
  [0x564c, 'NCP'],
]);

export interface DataDir {
  /** The folder's real, absolute path. */
  readonly dir: string;
  /** The random id of this store, made once. */
  readonly store: string;
}

/** @param path absolute; made when it is missing. @throws StartError when the folder cannot serve. */
export async function prepareDataDir(path: string): Promise<DataDir> {
  try {
    makeFolder(path);
    const dir = realpathSync(path);
    refuseNetwork(dir, Number(statfsSync(dir).type));
    for (const folder of FOLDERS) makeFolder(join(dir, folder));
    tryFiles(dir);
    return { dir, store: storeIdOf(dir) };
  } catch (error) {
    throw explained(path, error);
  }
}

/** The number of taskspace folders; names that begin with a dot are not taskspaces (yet). */
export async function countTaskspaces(dir: string): Promise<number> {
  const entries = await readdir(join(dir, 'taskspaces'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).length;
}

/** @param type from statfs(2). @throws StartError for a file system that is known to be remote. */
export function refuseNetwork(dir: string, type: number, platform: NodeJS.Platform = process.platform): void {
  const name = platform === 'linux' ? NETWORK_TYPES.get(type >>> 0) : undefined;
  if (name === undefined) return;
  throw new StartError(
    `The data folder ${dir} is on ${name}, where writes of several processes can be lost. ` +
      'Set DATA_DIR to a folder on a local disk (ext4, xfs, btrfs).',
  );
}

/**
 * Folders made here are durable on return: the folders that name them are synced. Not `mkdir(recursive)`,
 * which never returns where a file system answers ENOENT below an existing folder.
 */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return;
    if (codeOf(error) !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path));
    mkdirSync(path);
  }
  syncFolderNow(dirname(path));
}

/** Appends through two descriptors, fsync, a rename and a link: everything that the store does to files. */
function tryFiles(dir: string): void {
  const trial = join(dir, `.trial-${randomBytes(6).toString('hex')}`);
  const renamed = `${trial}-renamed`;
  const linked = `${trial}-linked`;
  const descriptors: number[] = [];
  try {
    for (let n = 0; n < 2; n++) descriptors.push(openSync(trial, 'a'));
    const lines = Array.from({ length: 8 }, (_, n) => `${n}\n`);
    lines.forEach((line, n) => {
      writeSync(descriptors[n % 2] ?? -1, line);
    });
    for (const descriptor of descriptors) fsyncSync(descriptor);
    renameSync(trial, renamed);
    linkSync(renamed, linked);
    syncFolderNow(dir);
    if (readFileSync(linked, 'utf8') !== lines.join('')) {
      throw new StartError(
        `The file system of ${dir} loses appended bytes. Set DATA_DIR to a folder on a local disk (ext4, xfs, btrfs).`,
      );
    }
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
    for (const path of [trial, renamed, linked]) rmSync(path, { force: true });
  }
}

/**
 * The random id of the store in this folder; made when it has none.
 * @throws StartError when it cannot be read.
 */
export function storeIdOf(dir: string): string {
  const path = join(dir, 'server.json');
  const text = readWritten(path);
  if (text === null) {
    writeOnce(path, `${JSON.stringify({ format: FORMAT, store: randomBytes(8).toString('hex') })}\n`);
    return storeIdOf(dir);
  }
  const { format, store } = parsed(text);
  if (typeof format === 'number' && format > FORMAT) {
    throw new StartError(
      `The data folder ${dir} was written by a newer version (format ${format}, this one reads ${FORMAT}). ` +
        'Start that version, or set DATA_DIR to another folder.',
    );
  }
  if (format !== FORMAT || typeof store !== 'string' || store === '') {
    throw new StartError(
      `${path} is not readable as a description of this folder. Restore it from a backup, or remove it: ` +
        'a new one is made, and only caches outside this folder are forgotten.',
    );
  }
  return store;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** An allowlist of errors that a person can do something about; any other error is shown unchanged. */
function explained(path: string, error: unknown): unknown {
  const advice: Record<string, string> = {
    ENOENT: 'cannot be made here. Make the folder above it, or repair the link',
    EACCES: 'is not writable for this user. Change its owner or rights',
    EPERM: 'is not writable for this user, or its file system has no hard links. Change its owner or rights',
    EROFS: 'is on a file system that is mounted read-only. Mount it writable',
    ENOSPC: 'is on a disk that is full. Make room',
    EDQUOT: 'is over its quota. Make room',
    ENOTDIR: 'is not a folder, or lies below a file. Remove that file',
    EEXIST: 'is not a folder. Remove what is there',
    EINVAL: 'is on a file system that cannot sync files. Move it to a local disk',
    EIO: 'is on a disk that fails. Check the disk',
    EMFILE: 'cannot be opened: too many open files. Raise the limit (ulimit -n)',
  };
  const text = advice[codeOf(error) ?? ''];
  if (text === undefined) return error;
  return new StartError(`The data folder ${path} ${text}, or set DATA_DIR to another folder.`, undefined, {
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
