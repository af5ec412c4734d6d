/**
 * Whether a process that left its id and start time somewhere still runs. Ids are reused, so the id alone is
 * not enough; without /proc it decides alone. A zombie does nothing any more and is treated as gone.
 */
import { readFileSync } from 'node:fs';

export interface ProcessStart {
  readonly zombie: boolean;
  /** Clock ticks from the boot to the start of the process. */
  readonly startTicks: string | null;
}

/** Fields 3 and 22 of /proc/<pid>/stat (proc_pid_stat(5)); the name before may hold blanks and brackets. */
export function processStart(pid: number): ProcessStart | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { zombie: fields[0] === 'Z' || fields[0] === 'X', startTicks: fields[19] ?? null };
}

/** Whether any process has this id. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
