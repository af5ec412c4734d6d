/** Commands on the plan and its tasks. Pure; see command.ts. */
import { type Decide, type LiveState, requireLive } from './command.js';
import { type Fault, TaskspaceError } from './errors.js';
import { sameJson } from './json.js';
import {
  type PlanInput,
  type PlanTaskInput,
  TASKS_MAX,
  type Task,
  type TaskFields,
  type TaskInput,
  type TaskPatch,
  type TaskValue,
} from './plan.js';
import { checkEdit, editionTag, refuseHeld, refuseMoved } from './plan-guard.js';
import { planVersion, type State } from './state.js';
import { keptFields, newFields, nextValue, patchedFields } from './task-value.js';
import { type Precondition, tagMatches } from './version.js';

/** Faults that are told; the search ends with the last of them. */
const FAULTS_MAX = 50;

/**
 * Replaces the list of tasks, and of goal and tasks what it names: tasks that keep their id keep all that is absent. Those
 * without an id are new. Throws `precondition_failed`, `invalid_body`, `invalid_plan`, `task_held`.
 */
export function putPlan(input: PlanInput, pre: Precondition, force = false): Decide {
  return (state, context) => {
    requireLive(state);
    const { plan } = state;
    const isUnwritten = pre.ifMatch !== undefined && namesUnwritten(state, pre.ifMatch);
    checkEdit(state, isUnwritten ? {} : pre, plan.version);
    const inputs = input.tasks ?? [];
    if (!force) refuseMoved(state, inputs);
    const goal = input.goal === undefined ? plan.goal : (input.goal ?? '');
    const ids = nameTasks(state, inputs);
    const fields = inputs.map((task, i) => fieldsOf(plan.tasks.get(ids[i] ?? ''), task));
    requireNames(fields);
    const tasks = fields.map((each, i) => nextValue(state, ids[i] ?? '', each, context));
    checkPlan(tasks, '/tasks/');
    if (isSamePlan(state, goal, tasks)) return [];
    const next = new Map(tasks.map((task) => [task.id, task]));
    const { clock } = context;
    refuseHeld(plan.tasks.values(), ({ id }) => next.get(id), {
      pre,
      version: planVersion(state),
      force,
      clock,
    });
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
    const [id = ''] = nameTasks(state, [input]);
    const task = nextValue(state, id, newFields(input), context);
    checkPlan([...tasks.values(), task], '', task.id);
    return [{ type: 'task.added', plan: nextPlanRevision(state), task }];
  };
}

/** Throws `precondition_failed`, `not_found`, `invalid_plan`, `task_held`. */
export function patchTask(id: string, patch: TaskPatch, pre: Precondition, force = false): Decide {
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
    refuseHeld([task], () => next, { pre, version: task, force, clock: context.clock });
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

/** Throws `precondition_failed`, `not_found`, `has_dependents`, `task_held`. */
export function removeTask(id: string, pre: Precondition, force = false): Decide {
  return (state, { clock }) => {
    const task = requireMatchingTask(state, id, pre);
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
    refuseHeld([task], () => undefined, { pre, version: task, force, clock });
    return [{ type: 'task.removed', plan: nextPlanRevision(state), id }];
  };
}

/** The task as the precondition demands it: one that names a version of a task that is not there fails as 412. */
function requireMatchingTask(state: State, id: string, pre: Precondition): Task {
  requireLive(state);
  checkEdit(state, pre, state.plan.tasks.get(id) ?? null);
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
  const edition = editionTag(state.plan.edition);
  return (
    version.revision === 0 &&
    ifMatch !== '*' &&
    ifMatch.some((tag) => tag === edition || tagMatches(tag, version))
  );
}

/**
 * An id for every task: its own, or the next `t<n>` that this taskspace never had. What had it keeps its claims, tokens
 * and results to itself.
 */
function nameTasks(
  { plan, counters }: State,
  inputs: readonly { readonly id?: string | undefined }[],
): string[] {
  const used = new Set(inputs.map((task) => task.id));
  const isTaken = (id: string): boolean => used.has(id) || plan.tasks.has(id) || counters.tasks.has(id);
  // At least as many ids as there were: hardly any name has to be tried twice.
  let n = plan.tasks.size + counters.tasks.size;
  return inputs.map((task) => {
    n++;
    if (task.id !== undefined) return task.id;
    while (isTaken(`t${n}`)) n++;
    return `t${n}`;
  });
}

function fieldsOf(old: Task | undefined, input: PlanTaskInput): TaskFields {
  return old ? keptFields(old, input) : newFields({ ...input, name: input.name ?? '' });
}

/** Only a task that is in the plan already may be sent without a name. */
function requireNames(fields: readonly TaskFields[]): void {
  const errors = fields.flatMap(({ name }, i) =>
    name === '' ? [{ pointer: `/tasks/${i}/name`, detail: 'This member is required for a new task.' }] : [],
  );
  if (errors.length === 0) return;
  const [first] = errors;
  throw new TaskspaceError(
    'invalid_body',
    `The body has the wrong shape. ${first?.pointer}: ${first?.detail} Tasks that are in the plan are found by their id.`,
    { errors: errors.slice(0, FAULTS_MAX) },
  );
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
