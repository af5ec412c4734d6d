/** Globs over keys and ids: `*` is any text, `?` one character, everything else itself. */

/** Whether the globs make this taskspace visible. */
export function seesTaskspace(globs: readonly string[], id: string): boolean {
  return globs.some((glob) => glob === '*' || globMatches(glob, id));
}

/** Whether all of the key matches. Time grows with the product of both lengths at worst, never faster. */
export function globMatches(pattern: string, key: string): boolean {
  let [at, place] = [0, 0];
  // The last star, and the end of its match: only that one is ever tried again.
  let [star, swallowed] = [-1, 0];
  while (at < key.length) {
    if (pattern[place] === '*') {
      star = place++;
      swallowed = at;
    } else if (place < pattern.length && (pattern[place] === '?' || pattern[place] === key[at])) {
      place++;
      at++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++swallowed;
    } else return false;
  }
  while (pattern[place] === '*') place++;
  return place === pattern.length;
}

/** The literal prefix of every matching key. */
export function literalHead(pattern: string): string {
  return pattern.split(/[*?]/, 1)[0] ?? '';
}
