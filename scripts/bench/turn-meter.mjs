/**
 * Measures the turns of the event loop it is loaded into: what each takes of the thread's CPU, and how long
 * it lasts.
 *
 * Usage:  NODE_OPTIONS=--import=file://…/turn-meter.mjs TURN_METER=<folder> <server>
 * Input:  SIGUSR2: tell the longest turn since the last signal, and begin anew.
 * Output: <folder>/<pid>.json: {cpuMs, wallMs, turns, told}; `told` counts the signals.
 *
 * A turn is what lies between two looks by `setImmediate`. CPU is `sum_exec_runtime` of the thread (Linux,
 * sched-stats), which the kernel brings up to date every 4 ms: a figure may be wrong by so much. The looking
 * itself keeps the loop busy, so it begins with the first signal and is for benchmarks alone.
 */
import { openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const folder = process.env.TURN_METER;

if (folder !== undefined && isMainThread) {
  const stats = openSync('/proc/thread-self/schedstat', 'r');
  const bytes = Buffer.alloc(64);
  let running = false;
  let told = 0;
  let longest = begin();
  let before = { cpuMs: 0, wallMs: 0 };

  process.on('SIGUSR2', () => {
    told++;
    const name = join(folder, `${process.pid}.json`);
    writeFileSync(`${name}.new`, JSON.stringify({ ...longest, told }));
    renameSync(`${name}.new`, name);
    longest = begin();
    if (running) return;
    running = true;
    before = now();
    setImmediate(look);
  });

  function look() {
    const at = now();
    longest.cpuMs = Math.max(longest.cpuMs, at.cpuMs - before.cpuMs);
    longest.wallMs = Math.max(longest.wallMs, at.wallMs - before.wallMs);
    longest.turns++;
    before = at;
    setImmediate(look).unref();
  }

  function now() {
    const length = readSync(stats, bytes, 0, bytes.length, 0);
    const end = bytes.subarray(0, length).indexOf(0x20);
    return { cpuMs: Number(bytes.latin1Slice(0, end)) / 1e6, wallMs: performance.now() };
  }
}

function begin() {
  return { cpuMs: 0, wallMs: 0, turns: 0 };
}
