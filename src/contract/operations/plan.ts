/** API.md section 3: the plan, its tasks, and what is ready. */
import { z } from 'zod';
import { TASKS_MAX } from '../../domain/plan.js';
import * as is from '../examples.js';
import type { Operations } from '../operation.js';
import { flag } from '../parameters.js';
import { plan, planInput, readyTasks, task, taskInput, taskPatch } from '../plan.js';
import { person } from '../text.js';

const PLAN = '/api/taskspaces/:id/plan';
const TASKS = `${PLAN}/tasks`;
const TASK = `${TASKS}/:taskId`;

const edit = z.strictObject({
  force: flag
    .default(false)
    .meta({ description: 'Take claims and completions away, and overwrite tasks that have changed.' }),
});

export const planOperations = {
  getPlan: {
    method: 'get',
    path: PLAN,
    tag: 'plan',
    scope: 'read',
    summary: 'The plan; revision 0 before the first write',
    description: 'The plan. One that was never written is empty, with revision 0.',
    answers: { 200: { description: 'The plan', schema: plan } },
    example: { answer: is.plan },
  },
  putPlan: {
    method: 'put',
    path: PLAN,
    tag: 'plan',
    scope: 'write',
    summary: 'Replace the list of tasks; what is absent of a task whose id stays keeps its value',
    description: 'The list of tasks as it shall be, in this order: those that it does not name are removed.',
    query: edit,
    body: { schema: planInput, list: { name: 'tasks', itemsMax: TASKS_MAX } },
    preconditions: true,
    answers: { 200: { description: 'The plan', schema: plan } },
    problems: ['invalid_plan', 'task_held'],
    example: {
      body: {
        goal: 'Week numbers as ISO 8601 has them.',
        tasks: [{ id: 't1', name: 'Reproduce it', goal: 'A test that fails.' }],
      },
      answer: is.plan,
    },
  },
  listReadyTasks: {
    method: 'get',
    path: `${PLAN}/ready`,
    tag: 'plan',
    scope: 'read',
    summary: 'Tasks that can be begun now, in plan order',
    description:
      'What could be claimed now, in the order of the plan: pending or lapsed, with all that it depends on finished.',
    query: z.strictObject({ agent: person.optional().describe('What this agent may claim.') }),
    untagged: true,
    answers: { 200: { description: 'Ready tasks', schema: readyTasks } },
    example: { query: '?agent=coder', answer: { items: [is.task] } },
  },
  addTask: {
    method: 'post',
    path: TASKS,
    tag: 'plan',
    scope: 'write',
    summary: 'Append a task; without an id the server makes one',
    description: 'Appends a task to the plan, under the id that is sent or the next `t<n>`.',
    body: { schema: taskInput },
    keyed: true,
    answers: { 201: { description: 'Created', schema: task } },
    problems: ['invalid_plan', 'already_exists'],
    example: { body: { name: 'Reproduce it', goal: 'A test that fails.' }, answer: is.task },
  },
  getTask: {
    method: 'get',
    path: TASK,
    tag: 'plan',
    scope: 'read',
    summary: 'One task',
    description: 'A task of the plan.',
    answers: { 200: { description: 'The task', schema: task } },
    example: { answer: is.task },
  },
  patchTask: {
    method: 'patch',
    path: TASK,
    tag: 'plan',
    scope: 'write',
    summary: 'Change a task by a merge patch',
    description: 'Changes what the patch names, also the status, for which no token is needed.',
    query: edit,
    body: { schema: taskPatch, form: 'patch' },
    preconditions: true,
    answers: { 200: { description: 'Changed, or unchanged', schema: task } },
    problems: ['invalid_plan', 'task_held'],
    example: { body: { goal: 'A test that fails.' }, answer: is.task },
  },
  deleteTask: {
    method: 'delete',
    path: TASK,
    tag: 'plan',
    scope: 'write',
    summary: 'Remove a task that no other depends on',
    description: 'Takes the task out of the plan. One that others depend on stays: 409.',
    query: edit,
    preconditions: true,
    answers: { 204: { description: 'Removed' } },
    problems: ['has_dependents', 'task_held'],
  },
} satisfies Operations;
