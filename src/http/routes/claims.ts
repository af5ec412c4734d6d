/** API.md section 3: the calls of agents that work on a plan. */

import {
  claimed,
  claimInput,
  completeInput,
  failInput,
  releaseInput,
  renewInput,
} from '../../contract/claims.js';
import { task } from '../../contract/plan.js';
import type { Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { writeReply } from '../replies.js';
import { withWait } from '../wait.js';

const PLAN = '/api/taskspaces/:id/plan';
const TASK = `${PLAN}/tasks/:taskId`;

export function claimEndpoints({ claims }: Service): Endpoint[] {
  return [
    endpoint({
      method: 'post',
      path: `${PLAN}/claim`,
      operation: 'claimTask',
      tag: 'plan',
      summary: 'Take the first ready task, or a certain one, for some time',
      body: { schema: claimInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: {
        200: { description: 'The task, and the token that holds it, shown once', schema: claimed },
        204: { description: 'No task became ready within `wait` seconds: `X-Reason` says why' },
      },
      reasons: true,
      problems: ['task_not_ready'],
      async handle({ exchange, caller, parts, body, key }) {
        const { agent, leaseSeconds, taskId = null, wait } = body;
        const isGone = () => exchange.res.destroyed;
        const answer = await withWait(exchange, wait, (until) =>
          claims.claim(caller, parts.id, { agent, leaseSeconds, taskId, isGone, ...until }, key),
        );
        return writeReply(answer);
      },
    }),
    endpoint({
      method: 'post',
      path: `${TASK}/heartbeat`,
      operation: 'renewClaim',
      tag: 'plan',
      summary: 'Hold a claimed task for longer',
      body: { schema: renewInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: { 200: { description: 'The task and the same token', schema: claimed } },
      problems: ['lease_lost'],
      handle: async ({ caller, parts, body, key }) =>
        writeReply(await claims.heartbeat(caller, parts.id, parts.taskId, body, key)),
    }),
    endpoint({
      method: 'post',
      path: `${TASK}/release`,
      operation: 'releaseTask',
      tag: 'plan',
      summary: 'Give a claimed task back: it is pending again',
      body: { schema: releaseInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: { 200: { description: 'The task', schema: task } },
      problems: ['lease_lost'],
      handle: async ({ caller, parts, body, key }) =>
        writeReply(await claims.release(caller, parts.id, parts.taskId, body, key)),
    }),
    endpoint({
      method: 'post',
      path: `${TASK}/complete`,
      operation: 'completeTask',
      tag: 'plan',
      summary: 'Finish a claimed task with its result; repeated with the same token it answers 200 again',
      body: { schema: completeInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: { 200: { description: 'The task', schema: task } },
      problems: ['lease_lost'],
      handle: async ({ caller, parts, body, key }) =>
        writeReply(await claims.complete(caller, parts.id, parts.taskId, body, key)),
    }),
    endpoint({
      method: 'post',
      path: `${TASK}/fail`,
      operation: 'failTask',
      tag: 'plan',
      summary: 'Finish a claimed task as failed; onFailure says what becomes of the plan',
      body: { schema: failInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: { 200: { description: 'The task', schema: task } },
      problems: ['lease_lost'],
      handle: async ({ caller, parts, body, key }) =>
        writeReply(await claims.fail(caller, parts.id, parts.taskId, body, key)),
    }),
  ];
}
