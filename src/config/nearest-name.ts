/** Suggests what an unknown name was meant to be: by what other programs call it, and by how it is spelt. */

/** Longer ones are not compared letter by letter. */
const LENGTH_MAX = 64;
/** One letter in so many may be wrong. */
const LETTERS_FOR_A_SLIP = 3;

/**
 * The known name that is nearest; undefined when none is near. Another case or other separators (`task_id`)
 * are no difference; `others` has names that mean the same elsewhere.
 */
export function nearestName(
  name: string,
  known: readonly string[],
  others: Readonly<Record<string, readonly string[]>> = {},
): string | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  const plain = plainOf(name);
  if (plain === '') return undefined;
  const same = known.find((one) => plainOf(one) === plain);
  if (same !== undefined) return same;
  const meant = (Object.hasOwn(others, plain) ? others[plain] : undefined)?.find((one) =>
    known.includes(one),
  );
  if (meant !== undefined) return meant;
  let nearest: string | undefined;
  let least = Math.floor(plain.length / LETTERS_FOR_A_SLIP) + 1;
  for (const one of known) {
    const slips = slipsBetween(plain, plainOf(one));
    if (slips >= least) continue;
    nearest = one;
    least = slips;
  }
  return nearest;
}

function plainOf(name: string): string {
  return name.toLowerCase().replace(/[-_ .]/g, '');
}

/** Letters inserted, removed, changed or swapped with their neighbour (optimal string alignment distance). */
function slipsBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = Number(a[i - 1] !== b[j - 1]);
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
