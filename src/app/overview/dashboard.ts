/** Dashboards (API.md section 9): of all owners or one from the catalog, of one taskspace from its state. */
import type { DerivedRequest } from '../../cache/derived.js';
import { ownerTag, taskspaceTag } from '../../cache/invalidation-table.js';
import type { DashboardRows } from '../../catalog/queries/dashboard.js';
import type { Change } from '../../contract/changes.js';
import type { Dashboard, Escalation, PlacedClaim, TaskspaceDashboard } from '../../contract/overview.js';
import { toSummaryJson, toTaskspaceJson } from '../../contract/views.js';
import { requireLive } from '../../domain/command.js';
import { isEscalated, percentOf } from '../../domain/plan.js';
import type { State } from '../../domain/state.js';
import type { Caller } from '../caller.js';
import type { UseCaseContext } from '../context.js';
import { changesOf, newestChanges } from './activity.js';
import { bodyOf, type CatalogContext, globsOf, keyOf } from './catalog-context.js';

const WORK_MAX = 50;

export function dashboardRequest(
  context: CatalogContext,
  caller: Caller,
  owner: string | null,
): DerivedRequest {
  return {
    kind: 'dashboard',
    key: keyOf('dashboard', owner, [owner], caller),
    tags: [ownerTag('dashboard', owner)],
    async load() {
      const rows = await context.catalog.query('dashboard', { owner, globs: globsOf(caller) });
      const activity = await newestChanges(context.l1, rows.active);
      return bodyOf(dashboardBody(owner, rows, activity));
    },
  };
}

function dashboardBody(owner: string | null, rows: DashboardRows, activity: readonly Change[]): string {
  const { totals, claims, escalations } = rows;
  const { draft, active, completed, failed, archived } = totals;
  const { tasks, tasks_completed, tasks_cancelled } = totals;
  const before: Pick<Dashboard, 'position' | 'owner' | 'taskspaces' | 'tasks'> = {
    position: rows.position,
    owner,
    taskspaces: {
      total: draft + active + completed + failed + archived,
      draft,
      active,
      completed,
      failed,
      archived,
    },
    tasks: {
      total: tasks,
      pending: totals.tasks_pending,
      inProgress: totals.tasks_in_progress,
      completed: tasks_completed,
      failed: totals.tasks_failed,
      cancelled: tasks_cancelled,
      ready: totals.tasks_ready,
      percent: percentOf(tasks_completed, tasks - tasks_cancelled),
      // Whether any of the plans is halted.
      halted: totals.halted > 0,
    },
  };
  const after: Pick<Dashboard, 'activity' | 'claims' | 'escalations' | 'storage'> = {
    activity,
    claims: claims.map(({ taskspace, task, agent, expires_at }) => ({
      taskspace,
      task,
      agent,
      expiresAt: new Date(expires_at).toISOString(),
    })),
    escalations: escalations.map(({ at, ...escalation }) => ({
      ...escalation,
      at: new Date(at).toISOString(),
    })),
    storage: {
      artifactBytes: totals.bytes,
      storedBytes: totals.stored_bytes,
      journalBytes: totals.journal_bytes,
      catalogBytes: rows.catalogBytes,
    },
  };
  return `${JSON.stringify(before).slice(0, -1)},"newest":${rows.newest},${JSON.stringify(after).slice(1)}`;
}

export function taskspaceDashboardRequest({ l1 }: Pick<UseCaseContext, 'l1'>, id: string): DerivedRequest {
  return {
    kind: 'detail',
    key: `detail:${id}:dashboard`,
    tags: [taskspaceTag('summary', id)],
    load: () =>
      l1.use(id, async ({ folder }) => {
        const { state } = folder;
        requireLive(state);
        const taskspace = toTaskspaceJson(id, state.metadata);
        const summary = toSummaryJson(state);
        const work = { claims: claimsOf(state), escalations: escalationsOf(state) };
        const shown: TaskspaceDashboard = { taskspace, summary, activity: await changesOf(folder), ...work };
        return bodyOf(JSON.stringify(shown));
      }),
  };
}

/** Those that end first come first, lapsed ones included. */
function claimsOf({ id, plan }: State): PlacedClaim[] {
  const claims = [...plan.tasks.values()].flatMap((task) =>
    task.claim
      ? [{ taskspace: id, task: task.id, agent: task.claim.agent, expiresAt: task.claim.expiresAt }]
      : [],
  );
  return claims.sort((a, b) => (a.expiresAt < b.expiresAt ? -1 : 1)).slice(0, WORK_MAX);
}

/** Failed tasks that wait for a person, the newest first. */
function escalationsOf({ id, plan }: State): Escalation[] {
  const escalations = [...plan.tasks.values()].flatMap((task) => {
    if (!isEscalated(task)) return [];
    return [
      { taskspace: id, task: task.id, name: task.name, error: task.error, at: task.finishedAt ?? task.at },
    ];
  });
  return escalations.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, WORK_MAX);
}
