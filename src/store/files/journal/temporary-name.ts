/**
 * Names of files that are being written, in `.taskspace/tmp`: `<pid>-<start of the process>-<random>`. The
 * name shows whether a process still writes the file.
 */
import { randomBytes } from 'node:crypto';
import { processExists, processStart } from '../../../platform/live-process.js';

/** The folder, below a taskspace's. */
export const TEMPORARY = '.taskspace/tmp';
const NAME = /^(\d{1,10})-(\d{1,20})-[0-9a-f]{16}$/;
/** How long a file without a pid in its name, of an earlier version, may still be in use. */
const UNSIGNED_MS_MAX = 24 * 60 * 60 * 1000;

let start: string | null = null;

/** A new name, below the taskspace's folder. */
export function temporaryName(): string {
  start ??= processStart(process.pid)?.startTicks ?? '0';
  return `${TEMPORARY}/${process.pid}-${start}-${randomBytes(8).toString('hex')}`;
}

/** Whether no process writes the file with this name any more. `mtimeMs` and `now` in ms since 1970. */
export function isLeftOver(name: string, mtimeMs: number, now: number): boolean {
  const match = NAME.exec(name);
  if (!match) return now - mtimeMs > UNSIGNED_MS_MAX;
  const pid = Number(match[1]);
  const running = processStart(pid);
  if (running === null) return match[2] !== '0' || !processExists(pid);
  return running.zombie || running.startTicks !== match[2];
}
