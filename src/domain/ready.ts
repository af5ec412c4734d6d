/**
 * Which tasks can be worked on at a moment, and why one cannot. Pure: what depends on the present time is
 * computed on demand and never stored, so a lapsed claim needs no process to notice it.
 */
import type { Clock } from './clock.js';
import { isMet, type Task } from './plan.js';
import { readinessOf } from './readiness.js';
import type { State } from './state.js';

/** Tasks that can be worked on now, in plan order; with `agent`, only those that it may take. */
export function readyTasks(state: State, clock: Clock, agent: string | null): Task[] {
  return [...ready(state, clock, agent)];
}

/** The first ready task, without examining those behind it. */
export function firstReady(state: State, clock: Clock, agent: string): Task | null {
  for (const task of ready(state, clock, agent)) return task;
  return null;
}

/**
 * Why `agent` cannot claim this task now, in a sentence; null when it can. `forGood`: no lapse and no other
 * task's end will change it.
 */
export function whyNotReady(
  state: State,
  task: Task,
  clock: Clock,
  agent: string,
): { reason: string; forGood: boolean } | null {
  const { tasks } = state.plan;
  const { status, claim } = task;
  if (status !== 'pending' && status !== 'in_progress') {
    return { reason: `It is ${status}. PATCH its status to pending to have it done again.`, forGood: true };
  }
  if (!mayTake(task, agent)) return { reason: `It is for the agent "${task.agent}" alone.`, forGood: true };
  if (status === 'in_progress' && claim === null) {
    const reason = 'It is in_progress without a claim. PATCH its status to pending to let agents claim it.';
    return { reason, forGood: true };
  }
  if (claim !== null && leftMs(task, clock) > 0)
    return { reason: `It is claimed by "${claim.agent}" until ${claim.expiresAt}.`, forGood: false };
  for (const halting of readinessOf(tasks).halting) {
    const reason = `The plan is halted by the failed task "${halting}" until its status or its onFailure changes.`;
    return { reason, forGood: false };
  }
  const unmet = task.dependencies.filter((id) => !isMet(tasks.get(id)));
  const [first] = unmet;
  if (first === undefined) return null;
  const others = unmet.length > 1 ? ` and ${unmet.length - 1} more` : '';
  const reason = `It depends on "${first}", which is ${tasks.get(first)?.status}${others}.`;
  return { reason, forGood: false };
}

/** Milliseconds until the next lapse of a claim that alone keeps a task from this agent; null: none. */
export function nextLapse(state: State, clock: Clock, agent: string, taskId: string | null): number | null {
  const readiness = readinessOf(state.plan.tasks);
  if (readiness.halting.size > 0) return null;
  let next: number | null = null;
  for (const task of readiness.claims()) {
    if ((taskId !== null && task.id !== taskId) || !mayTake(task, agent)) continue;
    const left = leftMs(task, clock);
    if (left > 0 && (next === null || left < next)) next = left;
  }
  return next;
}

export const NOTHING_REASONS = ['empty', 'halted', 'done', 'held', 'reserved_for_others', 'blocked'] as const;
export type NothingReason = (typeof NOTHING_REASONS)[number];

/** Why there is nothing to claim, and the milliseconds until time alone may change that; null: not known. */
export interface Nothing {
  readonly reason: NothingReason;
  readonly againInMs: number | null;
}

/** For a plan in which this agent finds no task: the first reason that applies (API.md section 3). */
export function whyNothing(state: State, clock: Clock, agent: string): Nothing {
  return { reason: nothingReason(state, clock), againInMs: nextLapse(state, clock, agent, null) };
}

function nothingReason(state: State, clock: Clock): NothingReason {
  const { tasks } = state.plan;
  if (tasks.size === 0) return 'empty';
  if (readinessOf(tasks).halting.size > 0) return 'halted';
  let done = true;
  let held = false;
  for (const task of tasks.values()) {
    done &&= task.status !== 'pending' && task.status !== 'in_progress';
    held ||= leftMs(task, clock) > 0;
  }
  if (done) return 'done';
  if (held) return 'held';
  for (const _reserved of ready(state, clock, null)) return 'reserved_for_others';
  return 'blocked';
}

function* ready(state: State, clock: Clock, agent: string | null): Generator<Task> {
  const readiness = readinessOf(state.plan.tasks);
  if (readiness.halting.size > 0) return;
  for (const task of readiness.candidates()) {
    const free = leftMs(task, clock) <= 0;
    if (free && (agent === null || mayTake(task, agent))) yield task;
  }
}

/** Milliseconds until others may claim the task: 0 or less without a claim, or when it has lapsed. */
export function leftMs({ claim, token }: Pick<Task, 'claim' | 'token'>, clock: Clock): number {
  return claim === null ? 0 : clock.leftMs({ expiresAt: claim.expiresAt, token });
}

function mayTake(task: Task, agent: string): boolean {
  return task.agent === null || task.agent === agent;
}
