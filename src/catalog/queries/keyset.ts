/**
 * Pages by key: rows in order until a page is full, and where the next one begins.
 *
 * Rows come from an iteration, so that what the caller may not see is passed over without a bound set too low.
 */
import { seesTaskspace } from '../../domain/glob.js';

/** Null: all. */
export type Globs = readonly string[] | null;

export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly more: boolean;
}

/** The first `limit` rows of those that may be seen. Ends the iteration when the page is full. */
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

/** Greater than every character that a word, an id or a path can go on with: `[from, from + AFTER_ALL)` is a prefix. */
export const AFTER_ALL = '\u{10FFFF}';

export function questionMarks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}
