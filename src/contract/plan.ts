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
  name: title.describe('What it is called.'),
  goal: text(GOAL_BYTES_MAX, 'What is to be reached'),
  agent: person.nullable().describe('The only agent who may claim it; null: anybody.'),
  dependencies: z.array(name).max(TASKS_MAX).describe('Ids of the tasks that have to be finished before.'),
  status: z.enum(TASK_STATUSES).describe('pending, in_progress, completed, failed or cancelled.'),
  onFailure: z
    .enum(ON_FAILURE)
    .describe(
      'When it fails: halt stops the plan, escalate_to_user waits for a person, proceed lets its dependants go on.',
    ),
  result: jsonValue,
  error: text(FREE_BYTES_MAX, 'What went wrong, or null').nullable(),
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
    id: name.optional().describe('Its id in the plan; without it, the server gives one.'),
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
  .meta({ id: 'TaskInput', description: 'A task to add, or as it shall be.' });
export type TaskInput = Input<typeof taskInput>;

/** The members of a task that exists; null resets one to its default. */
const changes = {
  goal: fields.goal.nullish(),
  agent: fields.agent.optional(),
  dependencies: fields.dependencies.nullish(),
  status: fields.status.nullish(),
  onFailure: fields.onFailure.nullish(),
  result: fields.result.nullish(),
  error: fields.error.optional(),
  metadata: fields.metadata.nullish(),
  ...ignored,
};

/** `name` has no default to be reset to, so it accepts no null. */
export const taskPatch = z
  .strictObject({
    id: name.optional().describe('Its id.'),
    name: fields.name.optional(),
    ...changes,
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
    ...changes,
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
    tasks: z
      .array(planTaskInput)
      .max(TASKS_MAX, `At most ${TASKS_MAX} tasks.`)
      .describe('The tasks in their order, which is the order of claims.'),
    revision: serverSet,
    edition: serverSet,
    updatedAt: serverSet,
    progress: serverSet,
  })
  .transform(omitting(PLAN_SERVER_SET))
  .meta({
    id: 'PlanInput',
    description: 'The plan as it shall be. Tasks that it does not list are removed.',
  });
export type PlanInput = Input<typeof planInput>;

export const progress = z
  .object({
    total: z.int().describe('How many there are.'),
    pending: z.int().describe('How many are pending.'),
    inProgress: z.int().describe('How many are in progress.'),
    completed: z.int().describe('How many are completed.'),
    failed: z.int().describe('How many have failed.'),
    cancelled: z.int().describe('How many are cancelled.'),
    ready: z.int().describe('How many could be claimed now.'),
    percent: z.int().describe('Completed tasks by those that are not cancelled, rounded down.'),
    halted: z.boolean().describe('Whether a failed task keeps all others from being ready.'),
  })
  .meta({ id: 'Progress', description: 'How many tasks are in which status.' });
export type Progress = Output<typeof progress>;

export const task = z
  .object({
    id: name.describe('Its id.'),
    ...fields,
    claim: z
      .object({
        agent: z.string().describe('An agent, by the name that it goes by.'),
        claimedAt: time.describe('When it was claimed.'),
        expiresAt: time.describe('When the lease lapses, unless it is renewed.'),
      })
      .nullable()
      .describe(
        'Who holds the task, and until when; null: nobody. Shown when lapsed, too, until somebody takes it.',
      ),
    lastClaim: z
      .object({
        agent: z.string().describe('An agent, by the name that it goes by.'),
        claimedAt: time.describe('When it was claimed.'),
        endedAt: time.describe('When it ended.'),
      })
      .nullable()
      .describe('Who held the task last, and when that ended; null: nobody has.'),
    completedBy: z.string().nullable().meta({ description: 'Null unless it is completed.' }),
    attempts: z.int().describe('How often the task was claimed.'),
    finishedAt: time.nullable().describe('When it was completed or failed; null: it is not.'),
    revision: z.int().describe('Counts its changes, from 1; 0: there is none yet.'),
  })
  .meta({ id: 'Task', description: 'One task of a plan.' });
export type Task = Output<typeof task>;

export const plan = z
  .object({
    goal: fields.goal,
    tasks: z.array(task).describe('The tasks in their order, which is the order of claims.'),
    revision: z.int().describe('Counts its changes, from 1; 0: there is none yet.'),
    edition: z.int().meta({
      description: 'Counts edits, not steps of agents: `If-Match: "e<edition>"` holds until somebody edits.',
    }),
    updatedAt: time.nullable().describe('When it last changed.'),
    progress: progress.describe('How far it is.'),
  })
  .meta({ id: 'Plan', description: 'What is to be done: a goal, and tasks in their order.' });
export type Plan = Output<typeof plan>;

export const readyTasks = z.object({
  items: z.array(task).describe('The items of this page, in the order of the list.'),
});
