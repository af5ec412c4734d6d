/** What many ask for in one turn of the event loop and what is done once for all of them. */
import { type Phase, turn } from '../platform/turn.js';

/** A call of `check` in a phase of the end of this turn of the event loop, once for all who ask in it. */
export function onceATurn<T>(check: () => T, phase: Phase = 'read'): () => Promise<T> {
  let waiting: Promise<T> | null = null;
  return () => {
    waiting ??= new Promise((resolve, reject) => {
      turn.atEnd(phase, () => {
        waiting = null;
        try {
          resolve(check());
        } catch (error) {
          reject(error);
        }
      });
    });
    return waiting;
  };
}
