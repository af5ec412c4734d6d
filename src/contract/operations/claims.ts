/** API.md section 3: the calls of agents that work on a plan. */
import { claimed, claimInput, completeInput, failInput, releaseInput, renewInput } from '../claims.js';
import * as is from '../examples.js';
import type { Operations } from '../operation.js';
import { task } from '../plan.js';

const PLAN = '/api/taskspaces/:id/plan';
const TASK = `${PLAN}/tasks/:taskId`;

export const claimOperations = {
  claimTask: {
    method: 'post',
    path: `${PLAN}/claim`,
    tag: 'plan',
    scope: 'write',
    summary: 'Take the first ready task, or a certain one, for some time',
    description:
      'Gives the first ready task, or the one that is named, to this agent for as long as the lease lasts. Of many who ask at once each gets another one.',
    body: { schema: claimInput },
    keyed: true,
    reasons: true,
    answers: {
      200: { description: 'The task, and the token that holds it, shown once', schema: claimed },
      204: { description: 'No task became ready within `wait` seconds: `X-Reason` says why' },
    },
    problems: ['task_not_ready'],
    example: { body: { agent: 'coder', leaseSeconds: 60, wait: 10 }, answer: is.claimed },
  },
  renewClaim: {
    method: 'post',
    path: `${TASK}/heartbeat`,
    tag: 'plan',
    scope: 'write',
    summary: 'Hold a claimed task for longer',
    description:
      'Holds on to the task from now on. A lapsed claim that nobody has taken can be renewed, too.',
    body: { schema: renewInput },
    keyed: true,
    answers: { 200: { description: 'The task and the same token', schema: claimed } },
    problems: ['lease_lost'],
    example: { body: is.token, answer: is.claimed },
  },
  releaseTask: {
    method: 'post',
    path: `${TASK}/release`,
    tag: 'plan',
    scope: 'write',
    summary: 'Give a claimed task back: it is pending again',
    description: 'Gives the task back: it is pending again.',
    body: { schema: releaseInput },
    keyed: true,
    answers: { 200: { description: 'The task', schema: task } },
    problems: ['lease_lost'],
    example: { body: is.token, answer: is.releasedTask },
  },
  completeTask: {
    method: 'post',
    path: `${TASK}/complete`,
    tag: 'plan',
    scope: 'write',
    summary: 'Finish a claimed task with its result; repeated with the same token it answers 200 again',
    description: 'Ends the task well. Repeated with the same token it answers the same.',
    body: { schema: completeInput },
    keyed: true,
    answers: { 200: { description: 'The task', schema: task } },
    problems: ['lease_lost'],
    example: { body: { ...is.token, result: { commit: '4f1c2d' } }, answer: is.completedTask },
  },
  failTask: {
    method: 'post',
    path: `${TASK}/fail`,
    tag: 'plan',
    scope: 'write',
    summary: 'Finish a claimed task as failed; onFailure says what becomes of the plan',
    description: 'Ends the task badly. What that means for the others, its `onFailure` says.',
    body: { schema: failInput },
    keyed: true,
    answers: { 200: { description: 'The task', schema: task } },
    problems: ['lease_lost'],
    example: { body: { ...is.token, error: 'It does not happen here.' }, answer: is.failedTask },
  },
} satisfies Operations;
