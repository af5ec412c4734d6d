/**
 * One primary for each data folder: a second start is refused with the first one's process id.
 *
 * The lock only spares two primaries each other's work: that no write is lost rests on the journal, never on
 * this. A file beside the lock names its owner, so a dead one's lock is taken at once instead of after its
 * stale time; only an owner in another pid namespace is judged by the lock's age. The file also names the
 * held folder (device and inode): a copy of a folder in use is not held, and a folder is the same one under
 * every path. Starts take turns at a guard, so that no two of them both remove the same dead lock.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { StartError } from '../config/start-error.js';
import type { Log } from '../platform/log.js';
import { type LockOwner, livenessOf, parseLockOwner, thisProcess } from './lock-owner.js';

/** A lock that has not been refreshed for this long is free. */
const LOCK_STALE_MS = 5000;
const GUARD_STALE_MS = 2000;
const UPDATE_MS = 1000;
const RETRY_MS = 50;

export interface PrimaryLock {
  /** False once another process has it: kept for the log alone, nothing is decided on it. */
  held(): boolean;
  release(): Promise<void>;
}

/** @param dir the prepared data folder. @throws StartError when another primary holds it. */
export async function lockDataDir(dir: string, log: Log): Promise<PrimaryLock> {
  const releaseGuard = await take(
    dir,
    'primary.guard',
    GUARD_STALE_MS,
    GUARD_STALE_MS + UPDATE_MS,
    () => undefined,
  );
  try {
    const owner = readOwner(dir);
    const fate = owner === null ? 'unknown' : livenessOf(owner, dir);
    if (fate === 'alive') throw inUse(dir, owner);
    if (fate === 'dead') rmSync(join(dir, 'primary.lock'), { recursive: true, force: true });
    let held = true;
    const release = await take(dir, 'primary.lock', LOCK_STALE_MS, LOCK_STALE_MS + UPDATE_MS, (error) => {
      held = false;
      log.error({ err: error }, 'The lock of the data folder is lost: another server may have started on it');
    });
    writeOwner(dir, thisProcess(dir));
    return {
      held: () => held,
      async release() {
        if (!held) return;
        held = false;
        rmSync(join(dir, 'primary.json'), { force: true });
        await release();
      },
    };
  } finally {
    await releaseGuard().catch(() => undefined);
  }
}

/** @param waitMs how long to wait until another process releases it or it is stale. */
async function take(
  dir: string,
  name: string,
  staleMs: number,
  waitMs: number,
  onCompromised: (error: Error) => void,
): Promise<() => Promise<void>> {
  try {
    return await lock(join(dir, name), {
      lockfilePath: join(dir, name),
      realpath: false,
      stale: staleMs,
      update: UPDATE_MS,
      retries: {
        retries: Math.ceil(waitMs / RETRY_MS),
        factor: 1,
        minTimeout: RETRY_MS,
        maxTimeout: RETRY_MS,
      },
      onCompromised,
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOCKED')
      throw inUse(dir, readOwner(dir));
    throw error;
  }
}

function inUse(dir: string, owner: LockOwner | null): StartError {
  const who = owner === null ? 'another Taskspace' : `another Taskspace (process ${owner.pid})`;
  return new StartError(
    `The data folder ${dir} is in use by ${who}. Stop that one, or set DATA_DIR to another folder.`,
  );
}

function readOwner(dir: string): LockOwner | null {
  try {
    return parseLockOwner(readFileSync(join(dir, 'primary.json'), 'utf8'));
  } catch {
    return null;
  }
}

function writeOwner(dir: string, owner: LockOwner): void {
  const path = join(dir, 'primary.json');
  writeFileSync(`${path}.new`, `${JSON.stringify(owner)}\n`);
  renameSync(`${path}.new`, path);
}
