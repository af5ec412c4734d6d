/** How long work holds the loop that others share: the bound that is promised, and its measure. */
import fs from 'node:fs';

/** What one turn of an event loop may take, in ms of a processor; asserted at four times as much. */
export const TURN_MS_MAX = 50;

/** What the known piece of work takes where the bound was measured. */
const CALIBRATED_MS = 60;

/**
 * The longest turn of the loop while this goes on, in ms of a processor, in units of how slow this machine
 * is.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let turnMs = 0;
  let working = true;
  const watched = (async () => {
    while (working) {
      const before = threadMs();
      await new Promise((resume) => setImmediate(resume));
      turnMs = Math.max(turnMs, threadMs() - before);
    }
  })();
  // Not in the turn in which the watch begins.
  await new Promise((resume) => setImmediate(resume));
  await work().finally(() => {
    working = false;
  });
  await watched;
  return turnMs / slowness();
}

/**
 * What this thread has had of a processor. Where that is not told: the time, in which others wait for the
 * processor too.
 */
function threadMs(): number {
  try {
    return Number(fs.readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ', 1)[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

/**
 * How many times as long as where the bound was measured this machine takes for a known piece of work; at
 * least 1.
 */
function slowness(): number {
  const text = JSON.stringify(Array.from({ length: 20_000 }, (_, n) => ({ n, text: 'some text' })));
  const before = process.cpuUsage();
  for (let n = 0; n < 5; n++) JSON.parse(text);
  const { user } = process.cpuUsage(before);
  return Math.max(1, user / 1000 / CALIBRATED_MS);
}
