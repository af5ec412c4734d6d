/**
 * Aggregates by owner and by day, kept by differences: a taskspace's old share is subtracted, its new one
 * added.
 *
 * The differences of one transaction are gathered first, so that an owner's rows are written once for it.
 */
import type { Database } from './database.js';
import type { SummaryChanges } from './row-changes.js';
import { DAY_SUMS, TOTALS } from './schema.js';

/** What one taskspace adds to `totals`. */
export interface Share {
  readonly owner: string;
  readonly status: string;
  readonly summary: SummaryChanges;
  readonly journalBytes: number;
}

/** Sums of one day, by the names in `DAY_SUMS`. */
export type DayAggregates = Readonly<Record<(typeof DAY_SUMS)[number], number>>;

const EVERYBODY = '';
const UPSERT_TOTALS = upsert('totals', ['owner'], TOTALS);
const UPSERT_DAYS = upsert('days', ['owner', 'day'], DAY_SUMS);

export class Aggregates {
  private readonly totals = new Map<string, number[]>();
  private readonly days = new Map<string, { owner: string; day: string; sums: number[] }>();

  count(share: Share, sign: 1 | -1): void {
    const values = totalsOf(share);
    for (const owner of [share.owner, EVERYBODY]) {
      const sums = this.totals.get(owner) ?? TOTALS.map(() => 0);
      values.forEach((value, i) => {
        sums[i] = (sums[i] ?? 0) + sign * value;
      });
      this.totals.set(owner, sums);
    }
  }

  countDay(owner: string, day: string, added: Partial<DayAggregates>, sign: 1 | -1): void {
    for (const whose of [owner, EVERYBODY]) {
      const key = `${day} ${whose}`;
      const entry = this.days.get(key) ?? { owner: whose, day, sums: DAY_SUMS.map(() => 0) };
      DAY_SUMS.forEach((name, i) => {
        entry.sums[i] = (entry.sums[i] ?? 0) + sign * (added[name] ?? 0);
      });
      this.days.set(key, entry);
    }
  }

  write(db: Database): void {
    for (const [owner, sums] of this.totals) {
      if (sums.some((sum) => sum !== 0)) db.run(UPSERT_TOTALS, owner, ...sums);
    }
    for (const { owner, day, sums } of this.days.values()) {
      if (sums.some((sum) => sum !== 0)) db.run(UPSERT_DAYS, owner, day, ...sums);
    }
    this.clear();
  }

  clear(): void {
    this.totals.clear();
    this.days.clear();
  }
}

/** In the order of `TOTALS`. */
export function totalsOf({ status, summary: { tasks, messages, artifacts }, journalBytes }: Share): number[] {
  const statuses = TOTALS.slice(0, 5).map((name) => Number(name === status));
  return [
    ...statuses,
    ...[tasks.total, tasks.pending, tasks.inProgress, tasks.completed, tasks.failed, tasks.cancelled],
    ...[tasks.ready, Number(tasks.halted), messages.count, messages.bytes],
    ...[artifacts.count, artifacts.revisions, artifacts.bytes, artifacts.storedBytes, journalBytes],
  ];
}

function upsert(table: string, keys: readonly string[], sums: readonly string[]): string {
  const columns = [...keys, ...sums];
  const adding = sums.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');
  return `INSERT INTO ${table}(${columns.join(', ')}) VALUES(${columns.map(() => '?').join(', ')})
    ON CONFLICT(${keys.join(', ')}) DO UPDATE SET ${adding}`;
}
