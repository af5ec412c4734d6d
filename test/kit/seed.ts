/** Chance that can be replayed: the seed is printed, and `SEED=<number>` gives the same run again. */

export interface Chance {
  readonly seed: number;
  /** A whole number from 0 to `limit` − 1. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** @param name says in the output what the seed belongs to. */
export function seeded(name = 'this test'): Chance {
  const given = Number(process.env.SEED);
  const seed = Number.isInteger(given) && process.env.SEED ? given : Math.floor(Math.random() * 2 ** 31);
  console.log(`SEED=${seed} replays ${name}`);
  return chanceFrom(seed, seed);
}

/** The choices that follow from a state; `seed` is what they are named after. */
export function chanceFrom(seed: number, from: number): Chance {
  let state = from >>> 0;
  /** Mulberry32. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  function below(limit: number): number {
    return Math.floor(next() * limit);
  }
  return {
    seed,
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}
