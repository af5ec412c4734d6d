/**
 * Names of files that are being written, in `.taskspace/tmp`: `<pid>-<start of the process>-<random>`. Whoever finds one can
 * tell whether somebody still writes it.
 */
import { randomBytes } from 'node:crypto';
import { processStart } from './live-process.js';

/** The folder, below a taskspace's. */
export const TEMPORARY = '.taskspace/tmp';

let start: string | null = null;

/** A new name, below the taskspace's folder. */
export function temporaryName(): string {
  start ??= processStart(process.pid)?.startTicks ?? '0';
  return `${TEMPORARY}/${process.pid}-${start}-${randomBytes(8).toString('hex')}`;
}
