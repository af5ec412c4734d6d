/** Sums and days of an owner's taskspaces, or of all owners'. Days without activity are left out. */
import { seesTaskspace } from '../../domain/glob.js';
import type { Database } from '../database.js';
import { DAY_SUMS } from '../schema.js';
import { conditionOf, newestPosition, type Totals, totals, type Whose } from './totals.js';

const DAY_MS = 86_400_000;

export interface StatsValues extends Whose {
  /** UTC days, as `2026-11-20`, both inclusive. */
  readonly from: string;
  readonly to: string;
}

export type DayRow = Readonly<Record<(typeof DAY_SUMS)[number], number>> & { readonly day: string };

export interface StatsRows {
  readonly position: string;
  readonly totals: Totals;
  /** By day. */
  readonly days: readonly DayRow[];
}

export function statsRows(db: Database, values: StatsValues): StatsRows {
  return { position: newestPosition(db), totals: totals(db, values), days: daysOf(db, values) };
}

function daysOf(db: Database, values: StatsValues): readonly DayRow[] {
  const { owner, globs, from, to } = values;
  if (globs !== null) return addedUp(db, values, globs);
  return db.all<DayRow>(
    `SELECT day, ${DAY_SUMS.join(', ')} FROM days WHERE owner = ? AND day >= ? AND day <= ? ORDER BY day`,
    ...[owner ?? '', from, to],
  );
}

/** For a caller with globs: added up taskspace by taskspace. */
function addedUp(db: Database, values: StatsValues, globs: readonly string[]): readonly DayRow[] {
  const days = new Map<string, Record<(typeof DAY_SUMS)[number], number>>();
  for (const { id, ...sums } of [...created(db, values), ...worked(db, values)]) {
    if (!seesTaskspace(globs, id)) continue;
    const row = days.get(sums.day) ?? { taskspaces: 0, messages: 0, revisions: 0, completed: 0, bytes: 0 };
    for (const name of DAY_SUMS) row[name] += sums[name];
    days.set(sums.day, row);
  }
  return [...days].map(([day, sums]) => ({ day, ...sums })).sort((a, b) => (a.day < b.day ? -1 : 1));
}

type PlacedDay = DayRow & { readonly id: string };

function created(db: Database, { from, to, ...whose }: StatsValues): PlacedDay[] {
  const { sql, values } = conditionOf(whose);
  return db.all<PlacedDay>(
    `SELECT t.id AS id, strftime('%Y-%m-%d', t.created_at / 1000, 'unixepoch') AS day,
        1 AS taskspaces, 0 AS messages, 0 AS revisions, 0 AS completed, 0 AS bytes
      FROM taskspaces t WHERE ${sql} AND t.created_at >= ? AND t.created_at < ?`,
    ...[...values, Date.parse(from), Date.parse(to) + DAY_MS],
  );
}

function worked(db: Database, { from, to, ...whose }: StatsValues): PlacedDay[] {
  const { sql, values } = conditionOf(whose);
  return db.all<PlacedDay>(
    `SELECT t.id AS id, d.day AS day, ${DAY_SUMS.map((name) => `d.${name} AS ${name}`).join(', ')}
      FROM taskspaces t CROSS JOIN taskspace_days d ON d.n = t.n WHERE ${sql} AND d.day >= ? AND d.day <= ?`,
    ...[...values, from, to],
  );
}
