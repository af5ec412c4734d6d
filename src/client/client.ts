/**
 * A small typed client of the HTTP contract, for programs and for agents. Needs only `fetch`, so it runs on
 * Node from 20 on and in browsers. It keeps no state but its settings: every call goes to the server.
 */
import { type ArtifactCalls, artifactCalls } from './artifacts.js';
import { type ChangeCalls, changeCalls, type EventCalls, eventCalls } from './changes.js';
import { type LeaseCalls, leaseCalls } from './leases.js';
import { type MessageCalls, messageCalls } from './messages.js';
import { type OverviewCalls, overviewCalls } from './overview.js';
import { type PlanCalls, planCalls, taskCalls } from './plans.js';
import type { TaskCalls } from './task-calls.js';
import { type TaskspaceCalls, taskspaceCalls } from './taskspaces.js';
import { type ClientOptions, createTransport } from './transport.js';

export interface Client extends OverviewCalls {
  readonly taskspaces: TaskspaceCalls;
  readonly plan: PlanCalls;
  readonly tasks: TaskCalls;
  readonly messages: MessageCalls;
  readonly leases: LeaseCalls;
  readonly artifacts: ArtifactCalls;
  readonly changes: ChangeCalls;
  readonly events: EventCalls;
}

/**
 * Every call resolves to an Answer (the value with ETag, commit, worker, request id) or
 * rejects with an ApiError.
 *
 * Calls are repeated, at most `attempts` times, while that cannot have a second effect. After a broken
 * connection or 503 `outcome_unknown`: only reads, POST (under one idempotency key that the client makes),
 * and PUT, PATCH and DELETE with `ifMatch` or `ifNoneMatch`; without these they could undo what others wrote
 * in between. After 429 and any other 503 that is not permanent: all calls. The error at the end says how
 * often the call was tried, and `mayHaveHappened`.
 */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options);
  const { send } = transport;
  return {
    taskspaces: taskspaceCalls(send),
    plan: planCalls(send),
    tasks: taskCalls(send),
    messages: messageCalls(send),
    leases: leaseCalls(send),
    artifacts: artifactCalls(send),
    changes: changeCalls(transport),
    events: eventCalls(transport),
    ...overviewCalls(send),
  };
}
