/** The plan of a taskspace: its goal, its tasks in order, and what follows from their states. Pure. */
import type { Json, JsonObject } from './json.js';
import type { TokenMark } from './token.js';

export const TASK_STATUSES = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];
export const ON_FAILURE = ['halt', 'escalate_to_user', 'proceed'] as const;
export type OnFailure = (typeof ON_FAILURE)[number];
export const TASKS_MAX = 10_000;

export interface Claim {
  readonly agent: string;
  readonly claimedAt: string;
  readonly expiresAt: string;
}

/** A claim that has ended, and the agent that had it. */
export interface LastClaim {
  readonly agent: string;
  readonly claimedAt: string;
  readonly endedAt: string;
}

/** The members of a task that a client writes. */
export interface TaskFields {
  readonly name: string;
  readonly goal: string;
  readonly agent: string | null;
  readonly dependencies: readonly string[];
  readonly status: TaskStatus;
  readonly onFailure: OnFailure;
  readonly result: Json;
  readonly error: string | null;
  readonly metadata: JsonObject;
}

/** A task as events carry it: a value, replaced whole on every change. */
export interface TaskValue extends TaskFields {
  readonly id: string;
  readonly claim: Claim | null;
  readonly lastClaim: LastClaim | null;
  /** The author of the completion; null unless it is completed. */
  readonly completedBy: string | null;
  readonly attempts: number;
  readonly finishedAt: string | null;
  readonly revision: number;
}

/** A task in the state: with the version's tag and author. */
export interface Task extends TaskValue {
  /** The token that holds the claim or finished the task; null: none. Cleared when the status changes. */
  readonly token: TokenMark | null;
  readonly tag: string;
  readonly by: string;
  readonly at: string;
}

export type TaskInput = { readonly name: string; readonly id?: string | undefined } & {
  readonly [K in keyof Omit<TaskFields, 'name'>]?: TaskFields[K] | undefined;
};
export type TaskPatch = { readonly [K in keyof TaskFields]?: TaskFields[K] | JsonObject | null | undefined };

/**
 * A task of a plan that replaces another. For an id that is in the plan, absent members keep their values;
 * null sets a member's default. A new one needs a name.
 */
export type PlanTaskInput = {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** As it was read: the task must not have changed since. */
  readonly revision?: number | undefined;
} & { readonly [K in keyof Omit<TaskFields, 'name'>]?: TaskFields[K] | null | undefined };

/** An absent `goal` stays. */
export interface PlanInput {
  readonly goal?: string | null | undefined;
  readonly tasks?: readonly PlanTaskInput[] | undefined;
}

export interface Progress {
  total: number;
  pending: number;
  inProgress: number;
  completed: number;
  failed: number;
  cancelled: number;
  ready: number;
  percent: number;
  halted: boolean;
}

export const TASK_DEFAULTS: Omit<TaskFields, 'name'> = {
  goal: '',
  agent: null,
  dependencies: [],
  status: 'pending',
  onFailure: 'halt',
  result: null,
  error: null,
  metadata: {},
};

type Tasks = ReadonlyMap<string, Pick<TaskValue, 'status' | 'onFailure' | 'dependencies'>>;

/** A plan is halted while a task with `onFailure: halt` is failed. */
function isHalted(tasks: Tasks): boolean {
  for (const task of tasks.values()) if (isHalting(task)) return true;
  return false;
}

export function isHalting({ status, onFailure }: Pick<TaskValue, 'status' | 'onFailure'>): boolean {
  return status === 'failed' && onFailure === 'halt';
}

/** A failed task that waits for a person: only its dependants wait with it. */
export function isEscalated({ status, onFailure }: Pick<TaskValue, 'status' | 'onFailure'>): boolean {
  return status === 'failed' && onFailure === 'escalate_to_user';
}

/** Whether every dependency is completed, or failed with `proceed`. */
function dependenciesMet(tasks: Tasks, task: Pick<TaskValue, 'dependencies'>): boolean {
  return task.dependencies.every((id) => isMet(tasks.get(id)));
}

export function isMet(dependency: Pick<TaskValue, 'status' | 'onFailure'> | undefined): boolean {
  if (dependency?.status === 'failed') return dependency.onFailure === 'proceed';
  return dependency?.status === 'completed';
}

/** The counts of a plan. Does not depend on the time: a lapsed claim still counts as in progress. */
export function progressOf(tasks: Tasks): Progress {
  const count = { pending: 0, in_progress: 0, completed: 0, failed: 0, cancelled: 0 };
  const halted = isHalted(tasks);
  let ready = 0;
  for (const task of tasks.values()) {
    count[task.status]++;
    if (!halted && task.status === 'pending' && dependenciesMet(tasks, task)) ready++;
  }
  return {
    total: tasks.size,
    pending: count.pending,
    inProgress: count.in_progress,
    completed: count.completed,
    failed: count.failed,
    cancelled: count.cancelled,
    ready,
    percent: percentOf(count.completed, tasks.size - count.cancelled),
    halted,
  };
}

/** Whole percent of `counted`, all tasks that are not cancelled; 0 for none. */
export function percentOf(completed: number, counted: number): number {
  return counted === 0 ? 0 : Math.floor((100 * completed) / counted);
}
