/**
 * Who holds a data folder: enough to tell later, from another process, whether that one still runs.
 *
 * A process id alone is reused, so its start time, the boot and the pid namespace are kept with it. Where they cannot
 * be read (no /proc), the id alone decides. A zombie counts as dead: it writes nothing any more.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { processExists, processStart } from '../journal/live-process.js';

export interface Holder {
  readonly pid: number;
  /** Clock ticks from the boot to the start of the process. */
  readonly startTicks: string | null;
  readonly boot: string | null;
  /** Process ids mean something only within their namespace (a container has its own). */
  readonly namespace: string | null;
}

/** `unknown`: it lives, or lived, in another namespace of this boot, where nobody here can look. */
export type Fate = 'alive' | 'dead' | 'unknown';

export function thisProcess(): Holder {
  return {
    pid: process.pid,
    startTicks: processStart(process.pid)?.startTicks ?? null,
    boot: read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: read(() => readlinkSync('/proc/self/ns/pid')),
  };
}

export function fateOf(holder: Holder): Fate {
  const here = thisProcess();
  if (holder.boot !== here.boot) return 'dead';
  if (holder.namespace !== here.namespace) return 'unknown';
  if (here.startTicks === null) return processExists(holder.pid) ? 'alive' : 'dead';
  const stat = processStart(holder.pid);
  if (stat === null || stat.zombie) return 'dead';
  return stat.startTicks === holder.startTicks ? 'alive' : 'dead';
}

/** @returns null for anything that is not a holder. */
export function parseHolder(text: string): Holder | null {
  const value: unknown = read(() => JSON.parse(text));
  if (typeof value !== 'object' || value === null || !('pid' in value)) return null;
  const { pid, startTicks, boot, namespace } = value as Record<string, unknown>;
  if (typeof pid !== 'number') return null;
  return { pid, startTicks: orNull(startTicks), boot: orNull(boot), namespace: orNull(namespace) };
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
