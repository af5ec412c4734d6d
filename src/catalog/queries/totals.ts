/**
 * Sums over all visible taskspaces of an owner, or of all owners.
 *
 * A caller without globs gets one row that is kept up to date; for any other the taskspaces are added up one
 * by one.
 */
import { seesTaskspace } from '../../domain/glob.js';
import { positionText } from '../../store/position.js';
import { totalsOf } from '../aggregates.js';
import type { Database } from '../database.js';
import type { Place, SummaryChanges } from '../row-changes.js';
import { TOTALS } from '../schema.js';
import { type Globs, withinGlobs } from './keyset.js';

export interface Whose {
  /** Null: all owners. */
  readonly owner: string | null;
  readonly globs: Globs;
}

export type Totals = Readonly<Record<(typeof TOTALS)[number], number>>;

export function totals(db: Database, { owner, globs }: Whose): Totals {
  const none = Object.fromEntries(TOTALS.map((name) => [name, 0])) as Totals;
  if (globs === null) return db.get<Totals>('SELECT * FROM totals WHERE owner = ?', owner ?? '') ?? none;
  const sums = TOTALS.map(() => 0);
  const { sql, values } = conditionOf({ owner, globs });
  const rows = db.iterate<{ id: string; status: string; summary: string; bytes: number }>(
    `SELECT t.id AS id, t.status AS status, t.summary AS summary, t.journal_bytes AS bytes FROM taskspaces t
      WHERE ${sql}`,
    ...values,
  );
  for (const { id, status, summary, bytes } of rows) {
    if (!seesTaskspace(globs, id)) continue;
    const share = { owner: '', status, summary: JSON.parse(summary) as SummaryChanges, journalBytes: bytes };
    totalsOf(share).forEach((value, i) => {
      sums[i] = (sums[i] ?? 0) + value;
    });
  }
  return Object.fromEntries(TOTALS.map((name, i) => [name, sums[i] ?? 0])) as Totals;
}

/** Lets through the owner's taskspaces, and as few invisible ones as it can. */
export function conditionOf({ owner, globs }: Whose): { sql: string; values: string[] } {
  const seen = withinGlobs('t.id', globs);
  return {
    sql: ['1', ...(owner === null ? [] : ['t.owner = ?']), ...(seen ? [seen.sql] : [])].join(' AND '),
    values: [...(owner === null ? [] : [owner]), ...(seen?.values ?? [])],
  };
}

/**
 * The position of the newest commit included, as API.md section 9 writes it. That commit may have been
 * counted in a feed that is gone; the rows are always placed in the present one.
 */
export function newestPosition(db: Database): string {
  const place = db.get<Place>(
    `SELECT epoch, segment, at, "commit" FROM places
      WHERE part = 'rows' OR part = 'newest' AND epoch = (SELECT epoch FROM places WHERE part = 'rows')
      ORDER BY part LIMIT 1`,
  );
  return positionText(place ?? { epoch: '', segment: 0, at: 0, commit: 0 });
}
