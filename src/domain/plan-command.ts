/** Commands on the plan and its tasks. Pure; see command.ts. */
import { type Context, checkSize, type Decide, type LiveState, requireLive } from './command.js';
import { type Fault, TaskspaceError } from './errors.js';
import { type Json, mergePatch, sameJson } from './json.js';
import {
  type PlanInput,
  TASK_DEFAULTS,
  TASKS_MAX,
  type Task,
  type TaskFields,
  type TaskInput,
  type TaskPatch,
  type TaskStatus,
  type TaskValue,
} from './plan.js';
import { planVersion, type State } from './state.js';
import { checkPrecondition, type Precondition, tagMatches } from './version.js';

/** Faults that are told; the search ends with the last of them. */
const FAULTS_MAX = 50;

/** Replaces goal and tasks. Tasks that keep their id keep their claim, attempts and times; unchanged ones their revision. */
export function putPlan(input: PlanInput, pre: Precondition): Decide {
  return (state, context) => {
    requireLive(state);
    checkPrecondition(
      pre.ifMatch !== undefined && namesUnwritten(state, pre.ifMatch) ? {} : pre,
      state.plan.version,
    );
    const goal = input.goal ?? '';
    const inputs = input.tasks ?? [];
    const ids = nameTasks(inputs);
    const tasks = inputs.map((task, i) => nextValue(state, ids[i] ?? '', taskFields(task), context));
    checkPlan(tasks, '/tasks/');
    if (isSamePlan(state, goal, tasks)) return [];
    return [{ type: 'plan.replaced', revision: nextPlanRevision(state), goal, tasks }];
  };
}

export function addTask(input: TaskInput): Decide {
  return (state, context) => {
    requireLive(state);
    const { tasks } = state.plan;
    if (input.id !== undefined && tasks.has(input.id)) {
      throw new TaskspaceError(
        'already_exists',
        `The plan has a task "${input.id}". Change it with PATCH, or choose another id.`,
      );
    }
    const id = input.id ?? freeTaskId(tasks.size + 1, (name) => tasks.has(name));
    const task = nextValue(state, id, taskFields(input), context);
    checkPlan([...tasks.values(), task], '', task.id);
    return [{ type: 'task.added', plan: nextPlanRevision(state), task }];
  };
}

export function patchTask(id: string, patch: TaskPatch, pre: Precondition): Decide {
  return (state, context) => {
    const task = requireMatchingTask(state, id, pre);
    const next = nextValue(state as LiveState, id, patchedFields(task, patch), context);
    const changed = Object.entries(next).filter(
      ([key, value]) => !sameJson(value, task[key as keyof TaskValue]),
    );
    if (changed.length === 0) return [];
    if (patch.dependencies !== undefined) {
      checkPlan(
        [...state.plan.tasks.values()].map((other) => (other.id === id ? next : other)),
        '',
        id,
      );
    }
    return [
      {
        type: 'task.changed',
        plan: nextPlanRevision(state),
        id,
        set: Object.fromEntries(changed),
      },
    ];
  };
}

export function removeTask(id: string, pre: Precondition): Decide {
  return (state) => {
    requireMatchingTask(state, id, pre);
    const dependants = [...state.plan.tasks.values()]
      .filter((other) => other.dependencies.includes(id))
      .map((other) => other.id);
    if (dependants.length > 0) {
      const names = `${dependants.slice(0, 5).join(', ')}${dependants.length > 5 ? ', …' : ''}`;
      throw new TaskspaceError(
        'has_dependents',
        `${dependants.length} task(s) depend on "${id}": ${names}. Change their dependencies first.`,
      );
    }
    return [{ type: 'task.removed', plan: nextPlanRevision(state), id }];
  };
}

/** The task as the precondition demands it: one that names a version of a task that is not there fails as 412. */
function requireMatchingTask(state: State, id: string, pre: Precondition): Task {
  requireLive(state);
  checkPrecondition(pre, state.plan.tasks.get(id) ?? null);
  return requireTask(state, id);
}

/** Throws `not_found` unless taskspace and task exist. */
export function requireTask(state: State, id: string): Task {
  requireLive(state);
  const task = state.plan.tasks.get(id);
  if (!task)
    throw new TaskspaceError(
      'not_found',
      `The plan of "${state.id}" has no task "${id}". GET …/plan lists them.`,
    );
  return task;
}

export function nextPlanRevision(state: State): number {
  return (state.plan.version?.revision ?? state.counters.plan) + 1;
}

/** Whether `If-Match` names the empty plan that `GET` shows before the first write: it may be written over. */
function namesUnwritten(state: LiveState, ifMatch: '*' | readonly string[]): boolean {
  const version = planVersion(state);
  return version.revision === 0 && ifMatch !== '*' && ifMatch.some((tag) => tagMatches(tag, version));
}

/** An id for every task of a plan: its own, or the next free `t<n>`. */
function nameTasks(inputs: readonly TaskInput[]): string[] {
  const used = new Set(inputs.map((task) => task.id));
  return inputs.map((task, i) => {
    const id = task.id ?? freeTaskId(i + 1, (name) => used.has(name));
    used.add(id);
    return id;
  });
}

function freeTaskId(from: number, taken: (id: string) => boolean): string {
  let n = from;
  while (taken(`t${n}`)) n++;
  return `t${n}`;
}

function taskFields(input: TaskInput): TaskFields {
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

function patchedFields(task: Task, patch: TaskPatch): TaskFields {
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
  return taskFields(merged);
}

/** The task's next value: what the server keeps of the old one, and what follows from the new status. */
function nextValue(state: LiveState, id: string, fields: TaskFields, context: Context): TaskValue {
  const old = state.plan.tasks.get(id);
  const value: TaskValue = {
    id,
    ...fields,
    claim: fields.status === 'in_progress' ? (old?.claim ?? null) : null,
    attempts: old?.attempts ?? 0,
    finishedAt: finishedAt(old, fields.status, context.time),
    revision: old?.revision ?? state.counters.tasks.get(id) ?? 0,
  };
  const unchanged =
    old !== undefined &&
    Object.entries(value).every(([key, item]) => sameJson(item, old[key as keyof TaskValue]));
  return unchanged ? value : { ...value, revision: value.revision + 1 };
}

function finishedAt(old: Task | undefined, status: TaskStatus, time: string): string | null {
  if (status !== 'completed' && status !== 'failed') return null;
  return old?.status === status && old.finishedAt !== null ? old.finishedAt : time;
}

function isSamePlan(state: LiveState, goal: string, tasks: readonly TaskValue[]): boolean {
  if (state.plan.version === null) return goal === '' && tasks.length === 0;
  if (goal !== state.plan.goal || tasks.length !== state.plan.tasks.size) return false;
  const old = [...state.plan.tasks.values()];
  return tasks.every((task, i) => task.id === old[i]?.id && task.revision === old[i]?.revision);
}

/**
 * Throws `invalid_plan` for too many tasks, a twin id, an unknown or own dependency, or a cycle. `prefix` is the
 * pointer of the list; `only` names the one task that the body carries, whose pointers begin at the root.
 */
function checkPlan(tasks: readonly TaskValue[], prefix: string, only?: string): void {
  if (tasks.length > TASKS_MAX)
    throw invalidPlan([
      { pointer: '/tasks', detail: `${tasks.length} tasks; a plan holds at most ${TASKS_MAX}` },
    ]);
  const faults: Fault[] = [];
  const index = new Map<string, number>();
  const at = (i: number): string => (only === undefined ? `${prefix}${i}` : '');
  for (const [i, task] of tasks.entries()) {
    if (index.has(task.id))
      faults.push({ pointer: `${at(i)}/id`, detail: `the id "${task.id}" stands twice` });
    index.set(task.id, i);
  }
  for (const [i, task] of tasks.entries()) {
    if (only !== undefined && task.id !== only) continue;
    for (const [k, dependency] of task.dependencies.entries()) {
      const pointer = `${at(i)}/dependencies/${k}`;
      if (dependency === task.id) faults.push({ pointer, detail: 'a task cannot depend on itself' });
      else if (!index.has(dependency)) faults.push({ pointer, detail: `there is no task "${dependency}"` });
      if (faults.length >= FAULTS_MAX) throw invalidPlan(faults);
    }
  }
  if (faults.length > 0) throw invalidPlan(faults);
  const cycle = findCycle(tasks);
  if (cycle) {
    const i = index.get(cycle[0] ?? '') ?? 0;
    throw invalidPlan([
      {
        pointer: `${at(i)}/dependencies`,
        detail: `the dependencies form a cycle: ${cycle.slice(0, 10).join(' → ')}`,
      },
    ]);
  }
}

function invalidPlan(errors: Fault[]): TaskspaceError {
  return new TaskspaceError('invalid_plan', errors[0]?.detail ?? 'The plan is contradictory', {
    errors: errors.slice(0, FAULTS_MAX),
  });
}

/** A cycle of dependencies as a list of ids, or null. Takes tasks away whose dependencies are gone, then walks what stays. */
function findCycle(tasks: readonly TaskValue[]): string[] | null {
  const waiting = new Map(tasks.map((task) => [task.id, new Set(task.dependencies).size]));
  const dependants = new Map<string, string[]>();
  for (const task of tasks) {
    for (const id of new Set(task.dependencies)) {
      const list = dependants.get(id);
      if (list) list.push(task.id);
      else dependants.set(id, [task.id]);
    }
  }
  const free = tasks.filter((task) => task.dependencies.length === 0).map((task) => task.id);
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    waiting.delete(id);
    for (const next of dependants.get(id) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) free.push(next);
    }
  }
  const start = waiting.keys().next().value;
  if (start === undefined) return null;
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const walk: string[] = [];
  for (let id: string | undefined = start; id !== undefined; ) {
    const seen: number = walk.indexOf(id);
    if (seen >= 0) return [...walk.slice(seen), id];
    walk.push(id);
    id = byId.get(id)?.dependencies.find((other) => waiting.has(other));
  }
  return walk;
}
