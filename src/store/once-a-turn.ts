/** A check that many ask for in one turn of the event loop and that is made once. */
import { turn } from '../platform/turn.js';

/** A call of `check` at the end of this turn of the event loop, once for all who ask in it. */
export function onceATurn<T>(check: () => T): () => Promise<T> {
  let waiting: Promise<T> | null = null;
  return () => {
    waiting ??= new Promise((resolve, reject) => {
      turn.atEnd('read', () => {
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
