/** Bodies and answers of plans and tasks. */
import { z } from 'zod';
import { ON_FAILURE, TASK_STATUSES, TASKS_MAX } from '../../domain/plan.js';
import { FREE_BYTES_MAX, jsonObject, jsonValue, omitting, serverSet } from './json.js';
import { name, person, text, time, title } from './text.js';

const GOAL_BYTES_MAX = 16 * 1024;
const TASK_SERVER_SET = ['claim', 'attempts', 'finishedAt', 'revision'] as const;
const PLAN_SERVER_SET = ['revision', 'updatedAt', 'progress'] as const;

const fields = {
  name: title,
  goal: text(GOAL_BYTES_MAX),
  agent: person.nullable(),
  dependencies: z.array(name).max(TASKS_MAX),
  status: z.enum(TASK_STATUSES),
  onFailure: z.enum(ON_FAILURE),
  result: jsonValue,
  error: text(FREE_BYTES_MAX).nullable(),
  metadata: jsonObject,
};
const ignored = { claim: serverSet, attempts: serverSet, finishedAt: serverSet, revision: serverSet };

export const taskInput = z
  .strictObject({
    id: name.optional(),
    name: fields.name,
    goal: fields.goal.optional(),
    agent: fields.agent.optional(),
    dependencies: fields.dependencies.optional(),
    status: fields.status.optional(),
    onFailure: fields.onFailure.optional(),
    result: fields.result.optional(),
    error: fields.error.optional(),
    metadata: fields.metadata.optional(),
    ...ignored,
  })
  .transform(omitting(TASK_SERVER_SET))
  .meta({ id: 'TaskInput' });

/** `name` has no default to be reset to, so it takes no null. */
export const taskPatch = z
  .strictObject({
    id: name.optional(),
    name: fields.name.optional(),
    goal: fields.goal.nullish(),
    agent: fields.agent.optional(),
    dependencies: fields.dependencies.nullish(),
    status: fields.status.nullish(),
    onFailure: fields.onFailure.nullish(),
    result: fields.result.nullish(),
    error: fields.error.optional(),
    metadata: fields.metadata.nullish(),
    ...ignored,
  })
  .transform(omitting(TASK_SERVER_SET))
  .meta({ id: 'TaskPatch', description: 'A JSON Merge Patch; null resets a member to its default.' });

export const planInput = z
  .strictObject({
    goal: fields.goal.optional(),
    // Required: a body that forgets them would remove every task.
    tasks: z.array(taskInput).max(TASKS_MAX, `At most ${TASKS_MAX} tasks.`),
    revision: serverSet,
    updatedAt: serverSet,
    progress: serverSet,
  })
  .transform(omitting(PLAN_SERVER_SET))
  .meta({ id: 'PlanInput' });

export const progress = z
  .object({
    total: z.int(),
    pending: z.int(),
    inProgress: z.int(),
    completed: z.int(),
    failed: z.int(),
    cancelled: z.int(),
    ready: z.int(),
    percent: z.int(),
    halted: z.boolean(),
  })
  .meta({ id: 'Progress' });

export const task = z
  .object({
    id: name,
    ...fields,
    claim: z.object({ agent: z.string(), claimedAt: time, expiresAt: time }).nullable(),
    attempts: z.int(),
    finishedAt: time.nullable(),
    revision: z.int(),
  })
  .meta({ id: 'Task' });

export const plan = z
  .object({
    goal: fields.goal,
    tasks: z.array(task),
    revision: z.int(),
    updatedAt: time.nullable(),
    progress,
  })
  .meta({ id: 'Plan' });

export const readyTasks = z.object({ items: z.array(task) });
