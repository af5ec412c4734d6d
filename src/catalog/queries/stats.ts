/** Sums and days of an owner's taskspaces, or of everybody's. Days on which nothing happened are not in it. */
import { seesTaskspace } from '../../domain/glob.js';
import type { Database } from '../database.js';
import { DAY_SUMS } from '../schema.js';
import { newestPosition, type Totals, totals, type Whose } from './whole.js';

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

/** For who may not see everything: taskspace by taskspace. */
function addedUp(
  db: Database,
  { owner, from, to }: StatsValues,
  globs: readonly string[],
): readonly DayRow[] {
  const days = new Map<string, Record<(typeof DAY_SUMS)[number], number>>();
  const add = (day: string, sums: Partial<DayRow>): void => {
    const row = days.get(day) ?? { taskspaces: 0, messages: 0, revisions: 0, completed: 0, bytes: 0 };
    for (const name of DAY_SUMS) row[name] += sums[name] ?? 0;
    days.set(day, row);
  };
  const rows = db.all<{ id: string; n: number; created_at: number }>(
    `SELECT id, n, created_at FROM taskspaces ${owner === null ? '' : 'WHERE owner = ?'}`,
    ...(owner === null ? [] : [owner]),
  );
  for (const { id, n, created_at } of rows) {
    if (!seesTaskspace(globs, id)) continue;
    const day = new Date(created_at).toISOString().slice(0, 10);
    if (day >= from && day <= to) add(day, { taskspaces: 1 });
    const own = db.all<DayRow>(
      `SELECT day, ${DAY_SUMS.join(', ')} FROM taskspace_days WHERE n = ? AND day >= ? AND day <= ?`,
      ...[n, from, to],
    );
    for (const sums of own) add(sums.day, sums);
  }
  return [...days].map(([day, sums]) => ({ day, ...sums })).sort((a, b) => (a.day < b.day ? -1 : 1));
}
