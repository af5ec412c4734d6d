/** A dashboard of an owner's taskspaces, or of all owners', except for recent activity. */
import { STATUSES } from '../../domain/taskspace.js';
import type { Database } from '../database.js';
import { takePage } from './keyset.js';
import { newestPosition, type Totals, totals, type Whose } from './totals.js';

export interface DashboardRows {
  readonly position: string;
  readonly totals: Totals;
  /** JSON of the taskspaces created last. */
  readonly newest: string;
  readonly claims: readonly ClaimRow[];
  readonly escalations: readonly EscalationRow[];
  readonly catalogBytes: number;
  /** The taskspaces of the latest commits, the latest first. */
  readonly active: readonly ActiveRow[];
}

export interface ClaimRow {
  readonly taskspace: string;
  readonly task: string;
  readonly agent: string;
  readonly expires_at: number;
}

export interface EscalationRow {
  readonly taskspace: string;
  readonly task: string;
  readonly name: string;
  readonly error: string | null;
  readonly at: number;
}

export interface ActiveRow {
  readonly taskspace: string;
  readonly active_at: number;
}

const NEWEST_MAX = 10;
const WORK_MAX = 50;
/** A dashboard shows this many changes: they lie in no more taskspaces than that. */
const ACTIVE_MAX = 20;

export function dashboardRows(db: Database, whose: Whose): DashboardRows {
  return {
    position: newestPosition(db),
    totals: totals(db, whose),
    newest: newest(db, whose),
    claims: claims(db, whose),
    escalations: escalations(db, whose),
    catalogBytes: bytesOf(db),
    active: active(db, whose),
  };
}

function newest(db: Database, { owner, globs }: Whose): string {
  const index = owner === null ? 'by_created' : 'by_owner_created';
  const rows = db.iterate<{ taskspace: string; n: number }>(
    `${STATUSES.map(
      (status) =>
        `SELECT id AS taskspace, n, created_at FROM taskspaces INDEXED BY ${index}
          WHERE ${owner === null ? '' : 'owner = ? AND '}status = '${status}'`,
    ).join(' UNION ALL ')} ORDER BY created_at DESC, taskspace DESC`,
    ...(owner === null ? [] : STATUSES.map(() => owner)),
  );
  const page = takePage(rows, NEWEST_MAX, globs, ({ taskspace }) => taskspace).rows;
  const bodies = page.map(
    ({ n }) => db.get<{ body: string }>('SELECT body FROM bodies WHERE n = ?', n)?.body ?? '{}',
  );
  return `[${bodies.join(',')}]`;
}

/** The claims that end first. */
function claims(db: Database, { owner, globs }: Whose): readonly ClaimRow[] {
  const rows = db.iterate<ClaimRow>(
    `SELECT t.id AS taskspace, c.task AS task, c.agent AS agent, c.expires_at AS expires_at
      FROM claims c CROSS JOIN taskspaces t ON t.n = c.n ${owner === null ? '' : 'WHERE c.owner = ?'}
      ORDER BY c.expires_at, c.n, c.task`,
    ...(owner === null ? [] : [owner]),
  );
  return takePage(rows, WORK_MAX, globs, ({ taskspace }) => taskspace).rows;
}

/** The escalations, the newest first. */
function escalations(db: Database, { owner, globs }: Whose): readonly EscalationRow[] {
  const rows = db.iterate<EscalationRow>(
    `SELECT t.id AS taskspace, e.task AS task, e.name AS name, e.error AS error, e.at AS at
      FROM escalations e CROSS JOIN taskspaces t ON t.n = e.n ${owner === null ? '' : 'WHERE e.owner = ?'}
      ORDER BY e.at DESC, e.n DESC, e.task DESC`,
    ...(owner === null ? [] : [owner]),
  );
  return takePage(rows, WORK_MAX, globs, ({ taskspace }) => taskspace).rows;
}

function active(db: Database, { owner, globs }: Whose): readonly ActiveRow[] {
  const rows = db.iterate<ActiveRow>(
    `SELECT id AS taskspace, active_at FROM taskspaces ${owner === null ? '' : 'WHERE owner = ?'}
      ORDER BY active_at DESC, id DESC`,
    ...(owner === null ? [] : [owner]),
  );
  return takePage(rows, ACTIVE_MAX, globs, ({ taskspace }) => taskspace).rows;
}

function bytesOf(db: Database): number {
  const pages = db.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
  return pages * (db.get<{ page_size: number }>('PRAGMA page_size')?.page_size ?? 0);
}
