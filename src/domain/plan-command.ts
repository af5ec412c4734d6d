/** Commands on the plan and its tasks. Pure; see command.ts. */
import { type Decide, type LiveState, requireLive } from './command.js';
import { type Fault, TaskspaceError } from './errors.js';
import { sameJson } from './json.js';
import type { PlanInput, Task, TaskFields, TaskInput, TaskPatch, TaskValue } from './plan.js';
import { nameTasks, PlanDraft } from './plan-draft.js';
import { checkEdit, editionTag, refuseHeld, refuseMoved } from './plan-guard.js';
import { checkPlan } from './plan-links.js';
import { planVersion, type State } from './state.js';
import { newFields, nextValue, patchedFields } from './task-value.js';
import { type Precondition, tagMatches } from './version.js';

/** Faults that are reported; the search ends with the last of them. */
const FAULTS_MAX = 50;

/**
 * Replaces the list of tasks, and the goal if the input has one. Tasks that keep their id keep all absent
 * members. Those without an id are new. Throws `precondition_failed`, `invalid_body`, `invalid_plan`,
 * `task_held`.
 */
export function putPlan(
  input: PlanInput,
  pre: Precondition,
  force = false,
  draft = new PlanDraft(input),
): Decide {
  return (state, context) => {
    requireLive(state);
    const { plan } = state;
    const isUnwritten = pre.ifMatch !== undefined && namesUnwritten(state, pre.ifMatch);
    checkEdit(state, isUnwritten ? {} : pre, plan.version);
    if (!force) refuseMoved(state, input.tasks ?? []);
    const goal = input.goal === undefined ? plan.goal : (input.goal ?? '');
    const drafts = draft.on(state);
    requireNames(drafts);
    const tasks = drafts.map(({ id, fields, same }) => nextValue(state, id, fields, context, same));
    if (!draft.isLinked(drafts)) checkPlan(drafts, '/tasks/');
    if (isSamePlan(state, goal, tasks)) return [];
    const next = new Map(tasks.map((task) => [task.id, task]));
    const { clock } = context;
    refuseHeld(plan.tasks.values(), ({ id }) => next.get(id), {
      pre,
      version: planVersion(state),
      force,
      clock,
    });
    const event = { type: 'plan.replaced', revision: nextPlanRevision(state), goal, tasks } as const;
    draft.keepText(event, drafts);
    return [event];
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

/** The task, if the precondition holds: one that names a version of a missing task fails as 412. */
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

/** Whether `If-Match` names the empty plan that `GET` shows before the first write: it may be overwritten. */
function namesUnwritten(state: LiveState, ifMatch: '*' | readonly string[]): boolean {
  const version = planVersion(state);
  const edition = editionTag(state.plan.edition);
  return (
    version.revision === 0 &&
    ifMatch !== '*' &&
    ifMatch.some((tag) => tag === edition || tagMatches(tag, version))
  );
}

/** Only a task that is in the plan already may be sent without a name. */
function requireNames(drafts: readonly { readonly fields: TaskFields }[]): void {
  const errors: Fault[] = [];
  for (const [i, { fields }] of drafts.entries())
    if (fields.name === '')
      errors.push({ pointer: `/tasks/${i}/name`, detail: 'This member is required for a new task.' });
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
