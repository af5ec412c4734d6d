/** The value of a task after an edit: what the client wrote, and what the server keeps or derives. Pure. */
import { type Context, checkSize, type LiveState } from './command.js';
import { type Json, mergePatch, sameJson } from './json.js';
import {
  type LastClaim,
  type PlanTaskInput,
  TASK_DEFAULTS,
  type Task,
  type TaskFields,
  type TaskInput,
  type TaskPatch,
  type TaskStatus,
  type TaskValue,
} from './plan.js';

/** Fields of a new task: absent and null mean the default. */
export function newFields(input: TaskInput | (PlanTaskInput & { readonly name: string })): TaskFields {
  return {
    name: input.name,
    goal: input.goal ?? TASK_DEFAULTS.goal,
    agent: input.agent ?? TASK_DEFAULTS.agent,
    dependencies: input.dependencies ?? TASK_DEFAULTS.dependencies,
    status: input.status ?? TASK_DEFAULTS.status,
    onFailure: input.onFailure ?? TASK_DEFAULTS.onFailure,
    result: input.result ?? TASK_DEFAULTS.result,
    error: input.error ?? TASK_DEFAULTS.error,
    metadata: input.metadata ?? TASK_DEFAULTS.metadata,
  };
}

/** What people write of a task, in the order in which it is written. */
export function writtenFields(
  id: string,
  { name, goal, agent, dependencies, status, onFailure, result, error, metadata }: TaskFields,
): TaskFields & { readonly id: string } {
  return { id, name, goal, agent, dependencies, status, onFailure, result, error, metadata };
}

type Defaulted = typeof TASK_DEFAULTS;

/** Fields of a task that stays in a replaced plan: absent keeps, null is the default, else replaced. */
export function keptFields(old: Task, input: PlanTaskInput): TaskFields {
  const kept = <K extends keyof Defaulted>(name: K): Defaulted[K] => {
    const sent = input[name] as Defaulted[K] | null | undefined;
    return sent === undefined ? old[name] : (sent ?? TASK_DEFAULTS[name]);
  };
  return {
    name: input.name ?? old.name,
    goal: kept('goal'),
    agent: kept('agent'),
    dependencies: kept('dependencies'),
    status: kept('status'),
    onFailure: kept('onFailure'),
    result: kept('result'),
    error: kept('error'),
    metadata: kept('metadata'),
  };
}

/** Fields after a merge patch. */
export function patchedFields(task: Task, patch: TaskPatch): TaskFields {
  const { name, goal, agent, dependencies, status, onFailure, result, error, metadata } = task;
  const fields = {
    name,
    goal,
    agent,
    dependencies: [...dependencies],
    status,
    onFailure,
    result,
    error,
    metadata,
  };
  const merged = mergePatch(fields, patch as Json) as unknown as TaskInput;
  if (patch.metadata !== undefined) checkSize('/metadata', merged.metadata ?? {});
  if (patch.result !== undefined) checkSize('/result', merged.result ?? null);
  return newFields(merged);
}

/**
 * The task's next value: what the server keeps of the old one, and what follows from the new status. `same`:
 * whether it has the fields of the old one, if that is known.
 */
export function nextValue(
  state: LiveState,
  id: string,
  fields: TaskFields,
  context: Context,
  same?: boolean,
): TaskValue {
  const old = state.plan.tasks.get(id);
  const claim = fields.status === 'in_progress' ? (old?.claim ?? null) : null;
  const lastClaim = old?.claim && claim === null ? endedClaim(old, context) : (old?.lastClaim ?? null);
  const by = completedBy(old, fields.status, context.by);
  const at = finishedAt(old, fields.status, context.time);
  const unchanged =
    old !== undefined &&
    (same ?? sameFields(old, fields)) &&
    sameJson(claim, old.claim) &&
    sameJson(lastClaim, old.lastClaim) &&
    by === old.completedBy &&
    at === old.finishedAt;
  const revision = old?.revision ?? state.counters.tasks.get(id) ?? 0;
  return {
    id,
    name: fields.name,
    goal: fields.goal,
    agent: fields.agent,
    dependencies: fields.dependencies,
    status: fields.status,
    onFailure: fields.onFailure,
    result: fields.result,
    error: fields.error,
    metadata: fields.metadata,
    claim,
    lastClaim,
    completedBy: by,
    attempts: old?.attempts ?? 0,
    finishedAt: at,
    revision: unchanged ? revision : revision + 1,
  };
}

/** Whether a task's client-written fields equal these. */
export function sameFields(old: TaskFields, fields: TaskFields): boolean {
  return (
    fields.name === old.name &&
    fields.goal === old.goal &&
    fields.agent === old.agent &&
    fields.status === old.status &&
    fields.onFailure === old.onFailure &&
    fields.error === old.error &&
    sameJson(fields.dependencies, old.dependencies) &&
    sameJson(fields.result, old.result) &&
    sameJson(fields.metadata, old.metadata)
  );
}

/** What remains of a claim that ends now; null when there is none. */
export function endedClaim({ claim }: Pick<TaskValue, 'claim'>, { clock }: Context): LastClaim | null {
  return claim && { agent: claim.agent, claimedAt: claim.claimedAt, endedAt: clock.now };
}

function completedBy(old: Task | undefined, status: TaskStatus, by: string): string | null {
  if (status !== 'completed') return null;
  return old?.status === 'completed' ? old.completedBy : by;
}

function finishedAt(old: Task | undefined, status: TaskStatus, time: string): string | null {
  if (status !== 'completed' && status !== 'failed') return null;
  return old?.status === status && old.finishedAt !== null ? old.finishedAt : time;
}
