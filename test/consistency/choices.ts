/**
 * Choices of one client or one fault: each has a stream of its own, so that a seed replays them whatever the
 * timing.
 */
import { type Chance, chanceFrom } from '../kit/seed.js';

/** @param seed of the run. @param name of whose choices they are. */
export function choices(seed: number, name: string): Chance {
  let state = seed >>> 0;
  for (const letter of name) state = (Math.imul(state ^ letter.charCodeAt(0), 0x01000193) + 0x9e37) >>> 0;
  return chanceFrom(seed, state);
}
