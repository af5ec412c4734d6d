/** Time that passes between attempts: growing, never the same twice, and over at once when a signal says so. */
import { onAbort } from './on-abort.js';

const DOUBLINGS_MAX = 20;

/** Milliseconds before the next attempt after `failures` ≥ 1 in a row: doubles up to `maxMs`, of which 50–100 % by chance. */
export function growingDelayMs(failures: number, firstMs: number, maxMs: number): number {
  return jittered(Math.min(firstMs * 2 ** Math.min(failures - 1, DOUBLINGS_MAX), maxMs));
}

/** 50–100 % of it: those who were cut off together do not come back together. */
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
