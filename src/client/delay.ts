/** Delays between attempts: growing, jittered, and ended at once by a signal. */
import { onAbort } from './on-abort.js';

const DOUBLINGS_MAX = 20;

/**
 * Milliseconds before the next attempt after `failures` ≥ 1 in a row: doubles up to `maxMs`; of that,
 * 50–100 % at random.
 */
export function growingDelayMs(failures: number, firstMs: number, maxMs: number): number {
  return jittered(Math.min(firstMs * 2 ** Math.min(failures - 1, DOUBLINGS_MAX), maxMs));
}

/** 50–100 % of it: clients that were disconnected together do not reconnect together. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}

/** Rejects with the signal's reason as soon as it fires. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      letGo();
      resolve();
    }, ms);
    const letGo = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason);
    });
  });
}
