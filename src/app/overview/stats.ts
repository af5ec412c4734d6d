/**
 * Stats (API.md section 9): totals, and what each of the last days added.
 *
 * `completionRate` is the share, from 0 to 1, of completed tasks among all that are not cancelled; 0 for
 * none. `bytes` are those of the newest revisions; of a day, those of all revisions written on it.
 */

import type { DerivedRequest } from '../../cache/derived.js';
import { ownerTag } from '../../cache/invalidation-table.js';
import type { StatsRows } from '../../catalog/queries/stats.js';
import type { Stats } from '../../contract/overview.js';
import type { Caller } from '../caller.js';
import { bodyOf, type CatalogContext, globsOf, keyOf } from './catalog-context.js';

const DAY_MS = 86_400_000;

export function statsRequest(
  context: CatalogContext,
  caller: Caller,
  { owner, days }: { owner: string | null; days: number },
): DerivedRequest {
  const now = context.now();
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const from = today - (days - 1) * DAY_MS;
  return {
    kind: 'stats',
    // With the day, so that yesterday's result is not served today.
    key: keyOf('stats', owner, [owner, days, dayOf(today)], caller),
    tags: [ownerTag('stats', owner)],
    changesInMs: today + DAY_MS - now,
    async load() {
      const values = { owner, globs: globsOf(caller), from: dayOf(from), to: dayOf(today) };
      const rows = await context.catalog.query('stats', values);
      const list = Array.from({ length: days }, (_, i) => dayOf(from + i * DAY_MS));
      return bodyOf(JSON.stringify(statsOf(owner, rows, list)));
    },
  };
}

function statsOf(
  owner: string | null,
  { position, totals, days }: StatsRows,
  list: readonly string[],
): Stats {
  const { draft, active, completed, failed, archived, tasks } = totals;
  const counted = tasks - totals.tasks_cancelled;
  const byDay = new Map(days.map((row) => [row.day, row]));
  return {
    position,
    owner,
    taskspaces: draft + active + completed + failed + archived,
    messages: totals.messages,
    artifacts: totals.artifacts,
    revisions: totals.revisions,
    tasks,
    bytes: totals.bytes,
    byStatus: { draft, active, completed, failed, archived },
    tasksByStatus: {
      pending: totals.tasks_pending,
      in_progress: totals.tasks_in_progress,
      completed: totals.tasks_completed,
      failed: totals.tasks_failed,
      cancelled: totals.tasks_cancelled,
    },
    completionRate: counted === 0 ? 0 : totals.tasks_completed / counted,
    days: list.map((day) => {
      const row = byDay.get(day);
      return {
        day,
        taskspaces: row?.taskspaces ?? 0,
        messages: row?.messages ?? 0,
        revisions: row?.revisions ?? 0,
        tasksCompleted: row?.completed ?? 0,
        bytes: row?.bytes ?? 0,
      };
    }),
  };
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
