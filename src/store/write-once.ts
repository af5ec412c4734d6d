/** Small files of the data folder that are made once, by whichever process is first, and never changed. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Linked into place whole and synced: of two makers of the same moment one wins, and both then read the winner's. On disk
 * when this returns.
 */
export function writeOnce(path: string, text: string, mode = 0o666): void {
  const dir = dirname(path);
  const fresh = join(dir, `.made-${randomBytes(8).toString('hex')}`);
  try {
    const descriptor = openSync(fresh, 'wx', mode);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
  syncFolderNow(dir);
}

/** Null when there is no such file. */
export function readWritten(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function syncFolderNow(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
