/** Taskspaces whose journals cannot be folded: what is shown of them is what was last known, or nothing. */
import { seesTaskspace } from '../../domain/glob.js';
import type { Database } from '../database.js';
import type { Globs } from './keyset.js';

const TROUBLED_MAX = 100;

export function troubledIds(db: Database, { globs }: { globs: Globs }): string[] {
  const rows = db.all<{ id: string }>(
    'SELECT id FROM journals WHERE trouble IS NOT NULL ORDER BY id LIMIT ?',
    TROUBLED_MAX,
  );
  return rows.map(({ id }) => id).filter((id) => globs === null || seesTaskspace(globs, id));
}
