/**
 * Commands of agents that work on tasks: claim, renew, release, complete, fail. Pure; see command.ts.
 *
 * A claim is held by its token, until the task is claimed again or its status changes. Time alone ends
 * nothing: a lapsed claim only allows others to claim the task. The answers of `keyed` commands may be
 * requested again, so their events carry the whole task.
 */
import type { Clock } from './clock.js';
import type { Context, Decide } from './command.js';
import { requireLive } from './command.js';
import { TaskspaceError } from './errors.js';
import type { Event } from './event.js';
import type { Json } from './json.js';
import type { Task, TaskFields, TaskValue } from './plan.js';
import { nextPlanRevision, requireTask } from './plan-command.js';
import { firstReady, whyNotReady } from './ready.js';
import type { State } from './state.js';
import { endedClaim } from './task-value.js';
import { later, type NewToken, sameHash } from './token.js';

export interface ClaimRequest {
  readonly agent: string;
  /** Null: the first ready task in plan order. */
  readonly taskId: string | null;
  readonly token: NewToken;
  readonly keyed: boolean;
}

/** The caller's claim on a task: the hash of the token that was sent. */
export interface HolderRequest {
  readonly hash: string;
  readonly keyed: boolean;
}

/** No event: no task is ready. Throws `task_not_ready` when the requested task is not. */
export function claimTask({ agent, taskId, token, keyed }: ClaimRequest): Decide {
  return (state, context) => {
    requireLive(state);
    const task = taskId === null ? firstReady(state, context.clock, agent) : requireTask(state, taskId);
    if (task === null) return [];
    if (taskId !== null) refuseUnready(state, task, context.clock, agent);
    const { now } = context.clock;
    const set = {
      status: 'in_progress',
      claim: { agent, claimedAt: now, expiresAt: later(now, token.leaseSeconds) },
      attempts: task.attempts + 1,
      ...(task.claim === null ? {} : { lastClaim: endedClaim(task, context) }),
      ...(task.finishedAt === null ? {} : { finishedAt: null }),
    } as const;
    return [{ type: 'task.claimed', ...changed(state, task, set, keyed), token }];
  };
}

/** Without `leaseSeconds` the claim is renewed for the time requested last. */
export function renewClaim(
  id: string,
  { hash, keyed, leaseSeconds }: HolderRequest & { readonly leaseSeconds: number | undefined },
): Decide {
  return (state, context) => {
    const { task, claim, token } = requireHeld(state, id, hash);
    const seconds = leaseSeconds ?? token.leaseSeconds;
    const set = { claim: { ...claim, expiresAt: later(context.clock.now, seconds) } };
    return [{ type: 'task.renewed', ...changed(state, task, set, keyed), leaseSeconds: seconds }];
  };
}

export function releaseTask(id: string, { hash, keyed }: HolderRequest): Decide {
  return (state, context) => {
    const { task } = requireHeld(state, id, hash);
    const set = { status: 'pending', claim: null, lastClaim: endedClaim(task, context) } as const;
    return [{ type: 'task.released', ...changed(state, task, set, keyed) }];
  };
}

/** Repeated with the token that completed it: no event. An earlier attempt's result or error is removed. */
export function completeTask(
  id: string,
  { hash, keyed, result }: HolderRequest & { readonly result: Json | undefined },
): Decide {
  return (state, context) => {
    if (isFinishedBy(state, id, 'completed', hash)) return [];
    const { task } = requireHeld(state, id, hash);
    const outcome = { result: result ?? null, error: null };
    return [{ type: 'task.completed', ...finished(state, task, 'completed', outcome, context, keyed) }];
  };
}

/** As `completeTask`. */
export function failTask(
  id: string,
  {
    hash,
    keyed,
    result,
    error,
  }: HolderRequest & { readonly result: Json | undefined; readonly error: string | null | undefined },
): Decide {
  return (state, context) => {
    if (isFinishedBy(state, id, 'failed', hash)) return [];
    const { task } = requireHeld(state, id, hash);
    const outcome = { result: result ?? null, error: error ?? null };
    return [{ type: 'task.failed', ...finished(state, task, 'failed', outcome, context, keyed) }];
  };
}

function refuseUnready(state: State, task: Task, clock: Clock, agent: string): void {
  const why = whyNotReady(state, task, clock, agent);
  if (why === null) return;
  throw new TaskNotReady(task, why);
}

export class TaskNotReady extends TaskspaceError {
  /** Waiting does not help: no lapse and no other task's end makes the task ready. */
  readonly forGood: boolean;

  constructor({ id, claim }: Task, { reason, forGood }: { reason: string; forGood: boolean }) {
    super('task_not_ready', `The task "${id}" cannot be claimed. ${reason}`, {
      members: { task: id, claim },
    });
    this.forGood = forGood;
  }
}

function isFinishedBy(state: State, id: string, status: 'completed' | 'failed', hash: string): boolean {
  const task = requireStanding(state, id);
  return task.status === status && task.token !== null && sameHash(task.token.hash, hash);
}

/** The task, if it is claimed by this token. Throws `lease_lost`, `not_found`. */
function requireHeld(
  state: State,
  id: string,
  hash: string,
): {
  task: Task;
  claim: NonNullable<Task['claim']>;
  token: NonNullable<Task['token']>;
} {
  const task = requireStanding(state, id);
  const { claim, token } = task;
  if (claim !== null && token !== null && sameHash(token.hash, hash)) return { task, claim, token };
  const now =
    claim === null
      ? `The task is ${task.status} and not claimed.`
      : `It is claimed by "${claim.agent}" until ${claim.expiresAt}.`;
  throw new TaskspaceError(
    'lease_lost',
    `The token does not hold the task "${id}" (any more). ${now} Stop the work, and claim again.`,
    { members: { task: id, claim } },
  );
}

/** The task. Throws `lease_lost` for a removed one and `not_found` for one that never existed. */
function requireStanding(state: State, id: string): Task {
  requireLive(state);
  if (state.plan.tasks.has(id) || !state.counters.tasks.has(id)) return requireTask(state, id);
  throw new TaskspaceError('lease_lost', `The task "${id}" was removed from the plan. Stop the work on it.`, {
    members: { task: id, claim: null },
  });
}

type Changed = Pick<Extract<Event, { type: 'task.renewed' }>, 'plan' | 'id' | 'set' | 'rest'>;

function finished(
  state: State,
  task: Task,
  status: 'completed' | 'failed',
  { result, error }: Pick<TaskFields, 'result' | 'error'>,
  context: Context,
  keyed: boolean,
): Changed {
  const outcome = {
    ...(result === null && task.result === null ? {} : { result }),
    ...(error === null && task.error === null ? {} : { error }),
  };
  const done = {
    lastClaim: endedClaim(task, context),
    finishedAt: context.time,
    ...(status === 'completed' ? { completedBy: context.by } : {}),
  };
  return changed(state, task, { status, claim: null, ...done, ...outcome }, keyed);
}

function changed(state: State, task: Task, members: Partial<TaskValue>, keyed: boolean): Changed {
  const set = { ...members, revision: task.revision + 1 };
  const { id } = task;
  return { plan: nextPlanRevision(state), id, set, ...(keyed ? { rest: restOf(task, set) } : {}) };
}

/** The task's other members, besides the changed ones. */
function restOf(
  { tag: _tag, by: _by, at: _at, token: _token, ...value }: Task,
  set: Partial<TaskValue>,
): Partial<TaskValue> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !Object.hasOwn(set, key)));
}
