/** Numbers that look like chance and depend on the seed alone (mulberry32). Not for secrets. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number from `min` to `max`, both inclusive. */
  whole(min: number, max: number): number;
  /** `value` give or take up to `share` of it. */
  near(value: number, share: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
}

export function createRandom(seed: string): Random {
  let state = hash(seed);
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    next,
    whole: (min, max) => min + Math.floor(next() * (max - min + 1)),
    near: (value, share) => value * (1 + (next() * 2 - 1) * share),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}
