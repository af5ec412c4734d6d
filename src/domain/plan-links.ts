/** The links of a plan: its ids are unique, and its dependencies name its tasks without a cycle. Pure. */
import { type Fault, TaskspaceError } from './errors.js';
import { TASKS_MAX, type TaskValue } from './plan.js';

/** Faults that are reported; the search ends with the last of them. */
const FAULTS_MAX = 50;
const PAUSE_EVERY = 100;

export type Linked = Pick<TaskValue, 'id' | 'dependencies'>;

/**
 * Throws `invalid_plan` for too many tasks, a duplicate id, an unknown dependency, a dependency on the task
 * itself, or a cycle. `prefix` is the pointer of the list; `only` names the one task that the body carries,
 * whose pointers begin at the root.
 */
export function checkPlan(tasks: readonly Linked[], prefix: string, only?: string): void {
  for (const _ of checkingPlan(tasks, prefix, only));
}

/** The same with pauses, in which other work may run. */
export function* checkingPlan(tasks: readonly Linked[], prefix: string, only?: string): Generator<void> {
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
    if (i % PAUSE_EVERY === 0) yield;
  }
  for (const [i, task] of tasks.entries()) {
    if (i % PAUSE_EVERY === 0) yield;
    if (only !== undefined && task.id !== only) continue;
    for (const [k, dependency] of task.dependencies.entries()) {
      if (dependency !== task.id && index.has(dependency)) continue;
      const pointer = `${at(i)}/dependencies/${k}`;
      const detail =
        dependency === task.id ? 'a task cannot depend on itself' : `there is no task "${dependency}"`;
      faults.push({ pointer, detail });
      if (faults.length >= FAULTS_MAX) throw invalidPlan(faults);
    }
  }
  if (faults.length > 0) throw invalidPlan(faults);
  const cycle = yield* findCycle(tasks, index);
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

/** A cycle of dependencies as ids, or null. Removes tasks without remaining dependencies, walks the rest. */
function* findCycle(
  tasks: readonly Linked[],
  index: ReadonlyMap<string, number>,
): Generator<void, string[] | null> {
  const dependants: number[][] = tasks.map(() => []);
  /** How many dependencies of each task remain. */
  const left = new Uint32Array(tasks.length);
  const free: number[] = [];
  for (const [i, { dependencies }] of tasks.entries()) {
    if (i % PAUSE_EVERY === 0) yield;
    for (const id of dependencies) {
      const on = index.get(id);
      if (on === undefined) continue;
      dependants[on]?.push(i);
      left[i] = (left[i] ?? 0) + 1;
    }
    if (left[i] === 0) free.push(i);
  }
  let gone = 0;
  for (let i = free.pop(); i !== undefined; i = free.pop()) {
    gone++;
    if (gone % PAUSE_EVERY === 0) yield;
    for (const next of dependants[i] ?? []) {
      const count = (left[next] ?? 0) - 1;
      left[next] = count;
      if (count === 0) free.push(next);
    }
  }
  return gone === tasks.length ? null : cycleIn(tasks, index, left);
}

/** A cycle among the remaining tasks, each of which depends on another remaining one. */
function cycleIn(tasks: readonly Linked[], index: ReadonlyMap<string, number>, left: Uint32Array): string[] {
  const isLeft = (id: string): boolean => (left[index.get(id) ?? -1] ?? 0) > 0;
  const walk: string[] = [];
  const places = new Map<string, number>();
  let id = tasks.find((task) => isLeft(task.id))?.id;
  while (id !== undefined) {
    const seen = places.get(id);
    if (seen !== undefined) return [...walk.slice(seen), id];
    places.set(id, walk.length);
    walk.push(id);
    id = tasks[index.get(id) ?? -1]?.dependencies.find(isLeft);
  }
  return walk;
}
