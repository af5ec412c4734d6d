/**
 * Keeps an edit of the plan from silently undoing concurrent changes (API.md section 3): editions, the
 * revisions of tasks that were sent back, and claims and completions that an edit would take away.
 */
import type { Clock } from './clock.js';
import type { LiveState } from './command.js';
import { TaskspaceError } from './errors.js';
import type { PlanTaskInput, Task, TaskValue } from './plan.js';
import { leftMs } from './ready.js';
import { planVersion } from './state.js';
import { checkPrecondition, etagOf, type Precondition, tagMatches, type Version } from './version.js';

/** How many tasks a refusal lists; its detail gives the total. */
const NAMED_MAX = 100;

/** The entity tag that is valid until the next edit of the plan: steps of agents do not change it. */
export function editionTag(edition: number): string {
  return `"e${edition}"`;
}

/** As `checkPrecondition`; the plan's edition in `If-Match` is valid as well. */
export function checkEdit(state: LiveState, pre: Precondition, current: Version | null): void {
  const { ifMatch, ...rest } = pre;
  const holds =
    current !== null &&
    ifMatch !== undefined &&
    ifMatch !== '*' &&
    ifMatch.includes(editionTag(state.plan.edition));
  checkPrecondition(holds ? rest : pre, current);
}

/** Whether `If-Match` names this very version: its sender has seen what the edit takes away. */
function hasSeen({ ifMatch }: Precondition, version: Version): boolean {
  return ifMatch !== undefined && ifMatch !== '*' && ifMatch.some((tag) => tagMatches(tag, version));
}

/** Throws `precondition_failed` when tasks were sent back with outdated revisions. */
export function refuseMoved(state: LiveState, inputs: readonly PlanTaskInput[]): void {
  const moved = inputs.flatMap(({ id, revision }) => {
    if (id === undefined || revision === undefined) return [];
    const present = state.plan.tasks.get(id)?.revision ?? (state.counters.tasks.has(id) ? 0 : null);
    return present === null || present === revision ? [] : [id];
  });
  if (moved.length === 0) return;
  const version = planVersion(state);
  throw new TaskspaceError(
    'precondition_failed',
    `${moved.length} task(s) changed since you read them: ${someOf(moved)}. Read the plan again and apply your change to what you find, leave "revision" out of the tasks to change only the members that you send, or send ?force=true.`,
    {
      etag: etagOf(version),
      members: {
        moved: moved.slice(0, NAMED_MAX),
        currentRevision: version.revision,
        by: version.by,
        at: version.at,
      },
    },
  );
}

export interface EditGuard {
  readonly pre: Precondition;
  /** The version of what the precondition names: the plan, or the one task. */
  readonly version: Version;
  readonly force: boolean;
  readonly clock: Clock;
}

/**
 * Throws `task_held` when an edit takes away a claim that has not lapsed, or a completion, and the request
 * does not show that its sender has seen it. `next` is the task after the edit; undefined: it is removed.
 */
export function refuseHeld(
  tasks: Iterable<Task>,
  next: (task: Task) => Pick<TaskValue, 'status' | 'claim'> | undefined,
  { pre, version, force, clock }: EditGuard,
): void {
  if (force || hasSeen(pre, version)) return;
  const held: Task[] = [];
  for (const task of tasks) if (takesAway(task, next(task), clock)) held.push(task);
  if (held.length === 0) return;
  throw new TaskspaceError(
    'task_held',
    `This would take ${held.length} task(s) from those who work on them or completed them: ${someOf(held.map(described))}. Leave their status as it is, or send If-Match with the ETag of what you have read (not * and not an edition), or ?force=true.`,
    {
      members: {
        held: held.slice(0, NAMED_MAX).map(({ id, claim, status }) => ({
          task: id,
          agent: claim?.agent ?? null,
          expiresAt: claim?.expiresAt ?? null,
          status,
        })),
      },
    },
  );
}

function takesAway(task: Task, next: Pick<TaskValue, 'status' | 'claim'> | undefined, clock: Clock): boolean {
  if (task.status === 'completed') return next?.status !== 'completed';
  return task.claim !== null && (next?.claim ?? null) === null && leftMs(task, clock) > 0;
}

function described({ id, claim }: Task): string {
  return claim === null
    ? `"${id}" (completed)`
    : `"${id}" (claimed by "${claim.agent}" until ${claim.expiresAt})`;
}

function someOf(names: readonly string[]): string {
  return `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
}
