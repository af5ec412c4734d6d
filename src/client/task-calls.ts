/**
 * Calls about one task (API.md section 3), apart from their implementation: the claim loop makes them too.
 */
import type { Claimed, ClaimInput, RenewInput } from '../contract/claims.js';
import type { Task, TaskInput, TaskPatch } from '../contract/plan.js';
import type { Answer } from './answer.js';
import type { EditOptions, PostOptions, Read } from './call.js';

export interface CompleteInput {
  readonly token: string;
  /** Any JSON value of at most 256 KiB. */
  readonly result?: unknown;
}

export interface FailInput extends CompleteInput {
  readonly error?: string | undefined;
}

/** See PlanCalls.claim. */
export type ClaimCall = (
  id: string,
  input: ClaimInput,
  options?: PostOptions,
) => Promise<Answer<Claimed | undefined>>;

export interface TaskCalls {
  /** Appends a task; its `id` is made by the server when absent. */
  add(id: string, task: TaskInput, options?: PostOptions): Promise<Answer<Task>>;
  get: Read<[id: string, taskId: string], Task>;
  /** Is repeated after a broken connection only with `ifMatch`. */
  patch(id: string, taskId: string, patch: TaskPatch, options?: EditOptions): Promise<Answer<Task>>;
  delete(id: string, taskId: string, options?: EditOptions): Promise<Answer<undefined>>;
  /** Prolongs the claim. This call and those below throw `lease_lost` when the token is no longer valid. */
  heartbeat(id: string, taskId: string, input: RenewInput, options?: PostOptions): Promise<Answer<Claimed>>;
  /** Returns the task: it is pending again. */
  release(id: string, taskId: string, token: string, options?: PostOptions): Promise<Answer<Task>>;
  complete(id: string, taskId: string, input: CompleteInput, options?: PostOptions): Promise<Answer<Task>>;
  fail(id: string, taskId: string, input: FailInput, options?: PostOptions): Promise<Answer<Task>>;
}
