/** API.md section 3: the plan, its tasks, and what is ready. */
import type { Answer } from './answer.js';
import {
  type CallOptions,
  callJson,
  type PostOptions,
  post,
  preconditions,
  type Read,
  readConditionally,
  type WriteOptions,
} from './call.js';
import type { Plan, PlanInput, Task, TaskInput, TaskPatch } from './shapes.js';
import { queryString, taskspacePath } from './target.js';
import type { Send } from './transport.js';

export interface PlanCalls {
  get: Read<[id: string], Plan>;
  /** Replaces goal and tasks. Tasks that keep their id keep claim, attempts and times. */
  put(id: string, plan: PlanInput, options?: WriteOptions): Promise<Answer<Plan>>;
  /** Tasks that can be begun now, in plan order; with `agent` those that this agent may take. */
  ready(id: string, options?: CallOptions & { agent?: string }): Promise<Answer<{ items: readonly Task[] }>>;
}

export interface TaskCalls {
  /** Appends a task; its `id` is made by the server when absent. */
  add(id: string, task: TaskInput, options?: PostOptions): Promise<Answer<Task>>;
  get: Read<[id: string, taskId: string], Task>;
  /** Is repeated after a broken connection only with `ifMatch`. */
  patch(id: string, taskId: string, patch: TaskPatch, options?: WriteOptions): Promise<Answer<Task>>;
  delete(id: string, taskId: string, options?: WriteOptions): Promise<Answer<undefined>>;
}

export function planCalls(send: Send): PlanCalls {
  return {
    get: (async (id: string, options?: CallOptions) =>
      readConditionally<Plan>(send, taskspacePath(id, 'plan'), options)) as PlanCalls['get'],
    put: async (id, json, options = {}) =>
      callJson(send, {
        method: 'PUT',
        path: taskspacePath(id, 'plan'),
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
  };
}

export function taskCalls(send: Send): TaskCalls {
  const path = (id: string, taskId: string): string => taskspacePath(id, 'plan', 'tasks', taskId);
  return {
    add: async (id, task, options) => post(send, taskspacePath(id, 'plan', 'tasks'), task, options),
    get: (async (id: string, taskId: string, options?: CallOptions) =>
      readConditionally<Task>(send, path(id, taskId), options)) as TaskCalls['get'],
    patch: async (id, taskId, json, options = {}) =>
      callJson(send, {
        method: 'PATCH',
        path: path(id, taskId),
        json,
        signal: options.signal,
        headers: preconditions(options),
      }),
    delete: async (id, taskId, options = {}) =>
      callJson(send, {
        method: 'DELETE',
        path: path(id, taskId),
        signal: options.signal,
        headers: preconditions(options),
      }),
  };
}
