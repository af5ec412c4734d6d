/**
 * What waiting costs: readers, streams and their verdicts are those of the tests, so the measuring is a
 * program of theirs, started as a process.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Line, printLines } from './lines.js';

const PROGRAM = fileURLToPath(new URL('../../test/fault/waiting/bench-program.ts', import.meta.url));

/** Errors: when the program ends without figures. */
export async function benchWaiting(): Promise<Line[]> {
  const child = fork(PROGRAM, { execArgv: ['--import', 'tsx'] });
  const lines = await new Promise<Line[]>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Line[]));
    child.once('close', (code) => reject(new Error(`The measuring has ended with ${code} and no figures`)));
  });
  printLines('waiting readers and event streams, 4 workers', lines);
  return lines;
}
