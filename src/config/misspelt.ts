/**
 * Misspelt settings would be ignored silently. A variable that is hardly different from a known one is
 * therefore refused, unless the known one is set as well. Other programs' variables are left alone, so names
 * of one short word (PORT, HOST, BUS) are not guessed at.
 */
import { ConfigError } from './start-error.js';
import type { Environment } from './values.js';

/** One letter in so many may be wrong. */
const LETTERS_PER_FAULT = 5;
const LENGTH_MIN = 8;

/** @throws ConfigError naming the variable and what was probably meant. */
export function refuseMisspelt(env: Environment, known: readonly string[]): void {
  const names = new Set(known);
  for (const [name, value] of Object.entries(env)) {
    if (names.has(name) || value === undefined || value.trim() === '') continue;
    const meant = known.find((ours) => looksLike(name, ours) && (env[ours] ?? '').trim() === '');
    if (meant !== undefined)
      throw new ConfigError(`There is no setting ${name}. Did you mean ${meant}? (Else unset ${name}.)`);
  }
}

function looksLike(name: string, ours: string): boolean {
  if (ours.length < LENGTH_MIN || !ours.includes('_')) return false;
  if (bare(name) === bare(ours)) return true;
  const faults = Math.floor(ours.length / LETTERS_PER_FAULT);
  return Math.abs(name.length - ours.length) <= faults && distance(name, ours) <= faults;
}

function bare(name: string): string {
  return name.replace(/[_-]/g, '').toUpperCase();
}

/** Letters to insert, remove, replace, or swap with the next one (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + same,
          ...(swapped ? [at(i - 2, j - 2) + 1] : []),
        ),
      );
    }
  }
  return at(a.length, b.length);
}
