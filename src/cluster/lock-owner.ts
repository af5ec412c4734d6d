/**
 * The owner of a data folder: enough to decide later, from another process, whether it still runs.
 *
 * Process ids are reused, so the start time, the boot and the pid namespace are kept with the id. Where they
 * cannot be read (no /proc), the id alone decides. A zombie is dead: it writes nothing any more.
 */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { processExists, processStart } from '../platform/live-process.js';

export interface LockOwner {
  readonly pid: number;
  /** Clock ticks from the boot to the start of the process. */
  readonly startTicks: string | null;
  readonly boot: string | null;
  /** Process ids mean something only within their namespace (each container has one). */
  readonly namespace: string | null;
  /** `<device>:<inode>` of the held folder, whatever its path; null in files of earlier versions. */
  readonly folder: string | null;
}

/** `unknown`: it runs, or ran, in another namespace of this boot, which this process cannot see. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** @param dir the folder that this process holds or asks about. */
export function thisProcess(dir: string): LockOwner {
  return {
    folder: folderOf(dir),
    pid: process.pid,
    startTicks: processStart(process.pid)?.startTicks ?? null,
    boot: read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: read(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/**
 * @param dir where the owner's file was found. A copy of a folder also has the file of a process that holds
 *   another folder: in the copy that owner is dead.
 */
export function livenessOf(owner: LockOwner, dir: string): Liveness {
  const here = thisProcess(dir);
  if (owner.folder !== null && owner.folder !== here.folder) return 'dead';
  if (owner.boot !== here.boot) return 'dead';
  if (owner.namespace !== here.namespace) return 'unknown';
  if (here.startTicks === null) return processExists(owner.pid) ? 'alive' : 'dead';
  const stat = processStart(owner.pid);
  if (stat === null || stat.zombie) return 'dead';
  return stat.startTicks === owner.startTicks ? 'alive' : 'dead';
}

/** @returns null for anything that is not a lock owner. */
export function parseLockOwner(text: string): LockOwner | null {
  const value: unknown = read(() => JSON.parse(text));
  if (typeof value !== 'object' || value === null || !('pid' in value)) return null;
  const { pid, startTicks, boot, namespace, folder } = value as Record<string, unknown>;
  if (typeof pid !== 'number') return null;
  return {
    pid,
    startTicks: orNull(startTicks),
    boot: orNull(boot),
    namespace: orNull(namespace),
    folder: orNull(folder),
  };
}

function folderOf(dir: string): string | null {
  return read(() => {
    const { dev, ino } = statSync(dir, { bigint: true });
    return `${dev}:${ino}`;
  });
}

function orNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function read<T>(source: () => T): T | null {
  try {
    return source();
  } catch {
    return null;
  }
}
