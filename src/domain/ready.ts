/**
 * Which tasks can be worked on at a moment, and why one cannot. Pure: what depends on the present time is computed when
 * asked and never stored, so a lapsed claim needs nobody to notice it.
 */
import { type Claim, dependenciesMet, isHalted, isMet, type Task } from './plan.js';
import type { State } from './state.js';

type Tasks = ReadonlyMap<string, Task>;

/** Tasks that can be worked on at `time`, in plan order; with `agent`, only those that it may take. */
export function readyTasks(state: State, time: string, agent: string | null): Task[] {
  const { tasks } = state.plan;
  if (isHalted(tasks)) return [];
  return [...tasks.values()].filter((task) => isReady(tasks, task, time, agent));
}

/** The first of them, without looking at those behind it. */
export function firstReady(state: State, time: string, agent: string): Task | null {
  const { tasks } = state.plan;
  if (isHalted(tasks)) return null;
  for (const task of tasks.values()) if (isReady(tasks, task, time, agent)) return task;
  return null;
}

/**
 * Why this task cannot be claimed at `time` by `agent`, in a sentence; null when it can. `forGood`: no lapse and no other
 * task's end will change it.
 */
export function whyNotReady(
  state: State,
  task: Task,
  time: string,
  agent: string,
): { reason: string; forGood: boolean } | null {
  const { tasks } = state.plan;
  const { status, claim } = task;
  if (status !== 'pending' && status !== 'in_progress') {
    return { reason: `It is ${status}. PATCH its status to pending to have it done again.`, forGood: true };
  }
  if (task.agent !== null && task.agent !== agent)
    return { reason: `It is for the agent "${task.agent}" alone.`, forGood: true };
  if (status === 'in_progress' && claim === null) {
    const reason = 'It is in_progress without a claim. PATCH its status to pending to let agents claim it.';
    return { reason, forGood: true };
  }
  if (claim !== null && !hasLapsed(claim, time))
    return { reason: `It is claimed by "${claim.agent}" until ${claim.expiresAt}.`, forGood: false };
  const halting = [...tasks.values()].find(
    (other) => other.status === 'failed' && other.onFailure === 'halt',
  );
  if (halting !== undefined) {
    const reason = `The plan is halted by the failed task "${halting.id}" until its status changes.`;
    return { reason, forGood: false };
  }
  const unmet = task.dependencies.filter((id) => !isMet(tasks.get(id)));
  const [first] = unmet;
  if (first === undefined) return null;
  const others = unmet.length > 1 ? ` and ${unmet.length - 1} more` : '';
  const reason = `It depends on "${first}", which is ${tasks.get(first)?.status}${others}.`;
  return { reason, forGood: false };
}

/** When the next claim lapses that keeps a task from this agent and is all that keeps it; null: none will by itself. */
export function nextLapse(state: State, time: string, agent: string, taskId: string | null): string | null {
  const { tasks } = state.plan;
  if (isHalted(tasks)) return null;
  let next: string | null = null;
  for (const task of tasks.values()) {
    const { claim } = task;
    if (claim === null || hasLapsed(claim, time) || (next !== null && claim.expiresAt >= next)) continue;
    if ((taskId === null || task.id === taskId) && isReady(tasks, task, claim.expiresAt, agent))
      next = claim.expiresAt;
  }
  return next;
}

/** A claim ends with its `expiresAt`: at that very time the task may be taken by others. */
function hasLapsed(claim: Claim, time: string): boolean {
  return claim.expiresAt <= time;
}

/** In a plan that is not halted. `agent` null: for anybody. */
function isReady(tasks: Tasks, task: Task, time: string, agent: string | null): boolean {
  const { status, claim } = task;
  if (status !== 'pending' && !(status === 'in_progress' && claim !== null && hasLapsed(claim, time)))
    return false;
  if (agent !== null && task.agent !== null && task.agent !== agent) return false;
  return dependenciesMet(tasks, task);
}
