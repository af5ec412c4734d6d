/**
 * Pages by key: rows in order until a page is full, and where the next one begins.
 *
 * Rows come from an iteration, so that no fixed limit cuts off before enough visible rows are found.
 */
import { literalHead, seesTaskspace } from '../../domain/glob.js';

/** Null: all. */
export type Globs = readonly string[] | null;

export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/** The first `limit` visible rows. Ends the iteration when the page is full. */
export function takePage<Row>(
  rows: Iterable<Row>,
  limit: number,
  globs: Globs,
  taskspaceOf: (row: Row) => string,
): PageOf<Row> {
  const page: Row[] = [];
  for (const row of rows) {
    if (globs !== null && !seesTaskspace(globs, taskspaceOf(row))) continue;
    if (page.length === limit) return { rows: page, more: true };
    page.push(row);
  }
  return { rows: page, more: false };
}

/** Greater than any character in a word, an id or a path: `[from, from + AFTER_ALL)` is a prefix. */
export const AFTER_ALL = '\u{10FFFF}';

/**
 * The range of ids that globs can match, as a condition on `column`; null: any. It lets through more than the
 * globs do, never less.
 */
export function withinGlobs(column: string, globs: Globs): { sql: string; values: string[] } | null {
  const heads = (globs ?? []).map(literalHead);
  if (heads.length === 0 || heads.length > RANGES_MAX || heads.includes('')) return null;
  const ranges = heads.map(() => `${column} >= ? AND ${column} < ?`);
  return { sql: `(${ranges.join(' OR ')})`, values: heads.flatMap((head) => [head, head + AFTER_ALL]) };
}

const RANGES_MAX = 20;

export function questionMarks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}
