/** The trash: deleted taskspaces that are kept for a while, the newest first. */
import type { Database } from '../database.js';
import { type Globs, takePage } from './keyset.js';

export interface TrashValues {
  readonly globs: Globs;
  /** Of the last item of the previous page. */
  readonly after: readonly [deletedAt: number, id: string] | null;
  readonly limit: number;
}

export interface TrashRow {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly deleted_at: number;
  readonly bytes: number;
}

export function trashList(
  db: Database,
  { globs, after, limit }: TrashValues,
): { rows: readonly TrashRow[]; more: boolean } {
  const place = after === null ? '' : 'WHERE (deleted_at, id) < (?, ?)';
  const rows = db.iterate<TrashRow>(
    `SELECT id, name, owner, deleted_at, bytes FROM trash ${place} ORDER BY deleted_at DESC, id DESC`,
    ...(after ?? []),
  );
  return takePage(rows, limit, globs, ({ id }) => id);
}
