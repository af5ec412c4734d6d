/**
 * API.md section 3: the plan, its tasks, what is ready, and claims, which give each task to one agent at a
 * time.
 */

import type { Claimed, ClaimInput } from '../contract/claims.js';
import type { Plan, PlanInput, Progress, Task } from '../contract/plan.js';
import type { Summary } from '../contract/summary.js';
import type { Answer } from './answer.js';
import {
  type CallOptions,
  callJson,
  type EditOptions,
  type PostOptions,
  post,
  preconditions,
  type Read,
  readConditionally,
} from './call.js';
import { type ClaimCount, type ClaimLoopOptions, claimLoop } from './claim-loop.js';
import type { TaskHandler } from './claimed-work.js';
import { queryString, taskspacePath } from './target.js';
import type { TaskCalls } from './task-calls.js';
import type { Send } from './transport.js';

export interface PlanCalls {
  get: Read<[id: string], Plan>;
  /**
   * Replaces the list of tasks. Of a task whose id stays, absent members keep their values. Throws
   * `task_held` rather than taking a claim or a completion away, and `precondition_failed` when a task that
   * is sent with its `revision` has changed. `ifMatch: '"e<edition>"'` holds until the plan is edited,
   * whatever steps agents take.
   */
  put(id: string, plan: PlanInput, options?: EditOptions): Promise<Answer<Plan>>;
  /** Tasks that can be started now, in plan order; with `agent` those that this agent may take. */
  ready(id: string, options?: CallOptions & { agent?: string }): Promise<Answer<{ items: readonly Task[] }>>;
  /**
   * The first ready task in plan order, for this agent alone until the lease ends; undefined when there was
   * none (204): then `reason` says why, and `retryAfterSeconds` when to try again, if that is known.
   */
  claim(id: string, input: ClaimInput, options?: PostOptions): Promise<Answer<Claimed | undefined>>;
  /** Claims, heartbeats and finishes one task after the other. */
  claimLoop(id: string, options: ClaimLoopOptions, handler: TaskHandler): Promise<ClaimCount>;
}

export function planCalls(send: Send): PlanCalls {
  const claim: PlanCalls['claim'] = async (id, input, options) =>
    post(send, taskspacePath(id, 'plan', 'claim'), input, options, input.wait);
  return {
    get: (async (id: string, options?: CallOptions) =>
      readConditionally<Plan>(send, taskspacePath(id, 'plan'), options)) as PlanCalls['get'],
    put: async (id, json, options = {}) =>
      callJson(send, {
        method: 'PUT',
        path: taskspacePath(id, 'plan') + forced(options),
        json,
        signal: options.signal,
        headers: preconditions(options),
      }),
    ready: async (id, { agent, signal } = {}) =>
      callJson(send, {
        method: 'GET',
        path: taskspacePath(id, 'plan', 'ready') + queryString({ agent }),
        signal,
      }),
    claim,
    claimLoop: async (id, options, handler) => {
      const summary = { method: 'GET', path: taskspacePath(id, 'summary') } as const;
      const progress = async (signal: AbortSignal): Promise<Progress> =>
        (await callJson<Summary>(send, { ...summary, signal })).value.tasks;
      return claimLoop({ claim, tasks: taskCalls(send), progress }, id, options, handler);
    },
  };
}

export function taskCalls(send: Send): TaskCalls {
  const path = (id: string, taskId: string, ...word: string[]): string =>
    taskspacePath(id, 'plan', 'tasks', taskId, ...word);
  return {
    add: async (id, task, options) => post(send, taskspacePath(id, 'plan', 'tasks'), task, options),
    get: (async (id: string, taskId: string, options?: CallOptions) =>
      readConditionally<Task>(send, path(id, taskId), options)) as TaskCalls['get'],
    patch: async (id, taskId, json, options = {}) =>
      callJson(send, {
        method: 'PATCH',
        path: path(id, taskId) + forced(options),
        json,
        signal: options.signal,
        headers: preconditions(options),
      }),
    delete: async (id, taskId, options = {}) =>
      callJson(send, {
        method: 'DELETE',
        path: path(id, taskId) + forced(options),
        signal: options.signal,
        headers: preconditions(options),
      }),
    heartbeat: async (id, taskId, input, options) =>
      post(send, path(id, taskId, 'heartbeat'), input, options),
    release: async (id, taskId, token, options) =>
      post(send, path(id, taskId, 'release'), { token }, options),
    complete: async (id, taskId, input, options) => post(send, path(id, taskId, 'complete'), input, options),
    fail: async (id, taskId, input, options) => post(send, path(id, taskId, 'fail'), input, options),
  };
}

function forced({ force }: EditOptions): string {
  return queryString({ force: force ? 'true' : undefined });
}
