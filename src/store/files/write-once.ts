/** Small files of the data folder that are made once, by whichever process is first, and never changed. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes a file that does not exist yet. It is linked into place whole and synced: of two concurrent makers
 * one wins, and both then read the winner's file. Durable on return.
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

/** The text of the file; null when it does not exist. */
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
