/** Bodies and answers of plans and tasks. */

import { z } from 'zod';
import { isObject, type Json } from '../domain/json.js';
import { ON_FAILURE, TASK_STATUSES, TASKS_MAX } from '../domain/plan.js';
import { FREE_BYTES_MAX, jsonObject, jsonValue, omitting, serverSet } from './json.js';
import { name, person, text, time, title } from './text.js';
import type { Input, Output } from './types.js';

export type { LastClaim, OnFailure, TaskStatus } from '../domain/plan.js';

const GOAL_BYTES_MAX = 16 * 1024;
const TASK_SERVER_SET = ['claim', 'lastClaim', 'completedBy', 'attempts', 'finishedAt', 'revision'] as const;
const PLAN_SERVER_SET = ['revision', 'edition', 'updatedAt', 'progress'] as const;

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
const ignored = {
  claim: serverSet,
  lastClaim: serverSet,
  completedBy: serverSet,
  attempts: serverSet,
  finishedAt: serverSet,
  revision: serverSet,
};

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
export type TaskInput = Input<typeof taskInput>;

/** `name` has no default to be reset to, so it accepts no null. */
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
export type TaskPatch = Input<typeof taskPatch>;

const PUT_SERVER_SET = ['claim', 'lastClaim', 'completedBy', 'attempts', 'finishedAt'] as const;

/** A task of `PUT …/plan`: absent members stay unchanged. */
export const planTaskInput = z
  .strictObject({
    id: name.optional().meta({ description: 'Without it the task is new, under an id that never was.' }),
    name: fields.name.optional().meta({ description: 'Required for a new task.' }),
    goal: fields.goal.nullish(),
    agent: fields.agent.optional(),
    dependencies: fields.dependencies.nullish(),
    status: fields.status.nullish(),
    onFailure: fields.onFailure.nullish(),
    result: fields.result.nullish(),
    error: fields.error.optional(),
    metadata: fields.metadata.nullish(),
    ...ignored,
    revision: z
      .unknown()
      .transform((value) => (Number.isInteger(value) ? (value as number) : undefined))
      .optional()
      .meta({
        type: 'integer',
        description: 'As it was read: 412 when the task has changed since, unless `force`.',
      }),
  })
  .refine(({ id, name }) => id !== undefined || name !== undefined, {
    path: ['name'],
    message: 'This member is required for a new task.',
    // Checked beside other faults, so that all are reported at once.
    when: ({ value }) => isObject(value as Json),
  })
  .transform(omitting(PUT_SERVER_SET))
  .meta({
    id: 'PlanTaskInput',
    description: 'Absent members keep their values when the id is in the plan; null is the default.',
  });
export type PlanTaskInput = Input<typeof planTaskInput>;

export const planInput = z
  .strictObject({
    goal: fields.goal.nullish(),
    // Required: a body without it would remove every task.
    tasks: z.array(planTaskInput).max(TASKS_MAX, `At most ${TASKS_MAX} tasks.`),
    revision: serverSet,
    edition: serverSet,
    updatedAt: serverSet,
    progress: serverSet,
  })
  .transform(omitting(PLAN_SERVER_SET))
  .meta({ id: 'PlanInput' });
export type PlanInput = Input<typeof planInput>;

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
export type Progress = Output<typeof progress>;

export const task = z
  .object({
    id: name,
    ...fields,
    claim: z.object({ agent: z.string(), claimedAt: time, expiresAt: time }).nullable(),
    lastClaim: z.object({ agent: z.string(), claimedAt: time, endedAt: time }).nullable(),
    completedBy: z.string().nullable().meta({ description: 'Null unless it is completed.' }),
    attempts: z.int(),
    finishedAt: time.nullable(),
    revision: z.int(),
  })
  .meta({ id: 'Task' });
export type Task = Output<typeof task>;

export const plan = z
  .object({
    goal: fields.goal,
    tasks: z.array(task),
    revision: z.int(),
    edition: z.int().meta({
      description: 'Counts edits, not steps of agents: `If-Match: "e<edition>"` holds until somebody edits.',
    }),
    updatedAt: time.nullable(),
    progress,
  })
  .meta({ id: 'Plan' });
export type Plan = Output<typeof plan>;

export const readyTasks = z.object({ items: z.array(task) });
