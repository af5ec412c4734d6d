/**
 * Claims and steps of agents as a test writes them: the domain knows tokens by their hashes alone, so names
 * will do.
 */
import { expect } from 'vitest';
import {
  claimTask,
  completeTask,
  failTask,
  releaseTask,
  renewClaim,
} from '../../src/domain/claim-command.js';
import type { Decide } from '../../src/domain/command.js';
import type { TaskspaceError } from '../../src/domain/errors.js';
import type { Json } from '../../src/domain/json.js';
import type { Task, TaskInput } from '../../src/domain/plan.js';
import { putPlan } from '../../src/domain/plan-command.js';
import { readyTasks } from '../../src/domain/ready.js';
import { World } from './world.js';

export function planned(...tasks: TaskInput[]): World {
  const world = World.live();
  world.run(putPlan({ tasks }, {}));
  return world;
}

export const named = (id: string, rest: Omit<TaskInput, 'id' | 'name'> = {}): TaskInput => ({
  id,
  name: id,
  ...rest,
});

/** A claim under a token of that name. */
export const claim = (
  token: string,
  { agent = 'ann', taskId = null as string | null, leaseSeconds = 60 } = {},
): Decide => claimTask({ agent, taskId, token: { nonce: 'n', hash: token, leaseSeconds }, keyed: false });
export const renew = (id: string, token: string, leaseSeconds?: number): Decide =>
  renewClaim(id, { hash: token, keyed: false, leaseSeconds });
export const release = (id: string, token: string): Decide => releaseTask(id, { hash: token, keyed: false });
export const complete = (id: string, token: string, result?: Json): Decide =>
  completeTask(id, { hash: token, keyed: false, result });
export const fail = (id: string, token: string, error?: string | null, result?: Json): Decide =>
  failTask(id, { hash: token, keyed: false, error, result });

export function task(world: World, id: string): Task {
  const found = world.state.plan.tasks.get(id);
  if (!found) throw new Error(`no task ${id}`);
  return found;
}

/** The id of the task that the claim takes; null when there is none. */
export function claimed(world: World, decide: Decide): string | null {
  const [event] = world.run(decide);
  return event?.type === 'task.claimed' ? event.id : null;
}

export const readyIds = (world: World, agent: string | null = null): string[] =>
  readyTasks(world.state, world.clock, agent).map(({ id }) => id);
export const iso = (ms: number): string => new Date(ms).toISOString();

export function expectLost(world: World, decide: Decide): TaskspaceError {
  const error = world.refusal(decide);
  expect(error.code).toBe('lease_lost');
  return error;
}
