/**
 * A `Files` port for one of several threads, of which a scheduler lets one go on at a time, from call to
 * call.
 *
 * The thread stops before every call that another process could notice or be noticed by. So every order of
 * the calls of two writers can be tried, each exactly once, with the real code on a real file.
 */
import type { Files } from '../../../src/store/files/journal/files.js';
import { aroundFiles, type FileOp } from './around-files.js';

/** States of a thread, in the first cell of its shared memory. */
export const STEP = { running: 0, waiting: 1, finished: 2 } as const;

/**
 * @param cell Its first element is the thread's state. Calls pass freely until `start` is called.
 * @param steps The calls before which the thread stops.
 */
export function steppedFiles(
  inner: Files,
  cell: Int32Array,
  steps: readonly FileOp[],
): Files & { start(): void; stop(): void } {
  let stepping = false;
  const files = aroundFiles(inner, ({ op }, run) => {
    if (stepping && steps.includes(op)) {
      standAt(cell, STEP.waiting);
    }
    return run();
  });
  return Object.assign(files, {
    start() {
      stepping = true;
    },
    stop() {
      stepping = false;
    },
  });
}

/**
 * Says where this thread stands, and stays there until it is let go. A wake-up alone says nothing: the one
 * for an earlier stop may come late, after the state that it announced has been seen and left.
 */
export function standAt(cell: Int32Array, step: (typeof STEP)['waiting' | 'finished']): void {
  Atomics.store(cell, 0, step);
  Atomics.notify(cell, 0);
  while (Atomics.load(cell, 0) === step) Atomics.wait(cell, 0, step);
}

/** Waits until the thread stands before a call, or has finished; which of the two. */
export function stateOf(cell: Int32Array): number {
  for (;;) {
    const state = Atomics.load(cell, 0);
    if (state !== STEP.running) return state;
    if (Atomics.wait(cell, 0, STEP.running, 10_000) === 'timed-out')
      throw new Error('a thread neither steps nor ends');
  }
}

/** Lets a thread that waits, or has finished, go on. */
export function letGo(cell: Int32Array): void {
  Atomics.store(cell, 0, STEP.running);
  Atomics.notify(cell, 0);
}

/**
 * Every schedule of two threads: `run` is given a function that says, wherever both could go on, which one
 * does. Returns how many schedules there were.
 */
export function everySchedule(run: (choose: () => 0 | 1) => void, max: number): number {
  const choices: (0 | 1)[] = [];
  for (let count = 1; ; count++) {
    if (count > max) throw new Error(`more than ${max} schedules`);
    let taken = 0;
    run(() => {
      const choice = choices[taken] ?? 0;
      choices[taken++] = choice;
      return choice;
    });
    choices.length = taken;
    while (choices.at(-1) === 1) choices.pop();
    if (choices.length === 0) return count;
    choices[choices.length - 1] = 1;
  }
}
