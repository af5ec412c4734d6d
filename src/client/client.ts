/**
 * A small typed client of the HTTP contract, for programs and for agents. Needs nothing but `fetch`, so it runs on Node
 * from 20 on and in browsers. It keeps no state but its settings: every call goes to the server.
 */
import { type ArtifactCalls, artifactCalls } from './artifacts.js';
import { type MessageCalls, messageCalls } from './messages.js';
import { type PlanCalls, planCalls, type TaskCalls, taskCalls } from './plans.js';
import { type TaskspaceCalls, taskspaceCalls } from './taskspaces.js';
import { type ClientOptions, createSend } from './transport.js';

export interface Client {
  readonly taskspaces: TaskspaceCalls;
  readonly plan: PlanCalls;
  readonly tasks: TaskCalls;
  readonly messages: MessageCalls;
  readonly artifacts: ArtifactCalls;
}

/**
 * Every call resolves to an Answer (the value with ETag, commit, worker, request id) or rejects with an ApiError.
 *
 * Calls are repeated, at most `attempts` times, while that cannot do anything twice: after a broken connection or 503
 * `outcome_unknown` only reads, PUT, DELETE, POST (under one idempotency key that the client makes) and PATCH with
 * `ifMatch`; after 429 and any other 503 (but those that last) all of them. The error at the end says how often, and `mayHaveHappened`.
 */
export function createClient(options: ClientOptions): Client {
  const send = createSend(options);
  return {
    taskspaces: taskspaceCalls(send),
    plan: planCalls(send),
    tasks: taskCalls(send),
    messages: messageCalls(send),
    artifacts: artifactCalls(send),
  };
}
