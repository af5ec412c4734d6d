/**
 * The queries of the catalog, by name: each takes a connection and plain values, and returns a plain value.
 * It runs in one read transaction on the reader's thread, so it may take a while, but its input must bound
 * it.
 */
import { placeOf } from './catalog-writing.js';
import type { Database } from './database.js';
import { artifactList } from './queries/artifact-list.js';
import { dashboardRows } from './queries/dashboard.js';
import { search } from './queries/search.js';
import { statsRows } from './queries/stats.js';
import { taskspaceList } from './queries/taskspace-list.js';
import { newestPosition } from './queries/totals.js';
import { trashList } from './queries/trash-list.js';

export const QUERIES = {
  /** The steward's notes on its work, and the position (API.md section 9) of the newest commit included. */
  progress: (db: Database, _: null) => {
    const notes = db.all<{ key: string; value: string }>('SELECT key, value FROM meta');
    return {
      notes: Object.fromEntries(notes.map(({ key, value }) => [key, value])),
      position: placeOf(db, 'rows') && newestPosition(db),
    };
  },
  /** Taskspaces that are left out, up to `limit` of them by name, and how many there are. */
  troubles: (db: Database, { limit }: { limit: number }) => ({
    ids: db
      .all<{ id: string }>('SELECT id FROM journals WHERE trouble IS NOT NULL ORDER BY id LIMIT ?', limit)
      .map(({ id }) => id),
    count: db.get<{ n: number }>('SELECT count(*) AS n FROM journals WHERE trouble IS NOT NULL')?.n ?? 0,
  }),
  taskspaces: taskspaceList,
  artifacts: artifactList,
  trash: trashList,
  search,
  dashboard: dashboardRows,
  stats: statsRows,
} as const;

export type Queries = typeof QUERIES;
