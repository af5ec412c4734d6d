/** API.md section 3: the plan, its tasks, and what is ready. */
import { z } from 'zod';
import { flag } from '../../contract/parameters.js';
import { plan, planInput, readyTasks, task, taskInput, taskPatch } from '../../contract/plan.js';
import { person } from '../../contract/text.js';
import type { Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';
import { checkSameId } from '../same-id.js';

const PLAN = '/api/taskspaces/:id/plan';
const TASKS = `${PLAN}/tasks`;
const TASK = `${TASKS}/:taskId`;
const edit = z.strictObject({
  force: flag
    .default(false)
    .meta({ description: 'Take claims and completions away, and overwrite tasks that have changed.' }),
});

export function planEndpoints(service: Service): Endpoint[] {
  const plans = service.plan;
  return [
    endpoint({
      method: 'get',
      path: PLAN,
      operation: 'getPlan',
      tag: 'plan',
      summary: 'The plan; revision 0 before the first write',
      answers: { 200: { description: 'The plan', schema: plan } },
      handle: async (call) => readReply(call, await plans.get(call.caller, call.parts.id)),
    }),
    endpoint({
      method: 'put',
      path: PLAN,
      operation: 'putPlan',
      tag: 'plan',
      summary: 'Replace the list of tasks; what is absent of a task whose id stays keeps its value',
      query: edit,
      body: { schema: planInput, form: 'json', limit: 'batch' },
      preconditions: true,
      answers: { 200: { description: 'The plan', schema: plan } },
      problems: ['invalid_plan', 'task_held'],
      handle: async ({ caller, parts, query, body, pre }) =>
        writeReply(await plans.put(caller, parts.id, body, pre, query.force)),
    }),
    endpoint({
      method: 'get',
      path: `${PLAN}/ready`,
      operation: 'listReadyTasks',
      tag: 'plan',
      summary: 'Tasks that can be begun now, in plan order',
      query: z.strictObject({ agent: person.optional() }),
      untagged: true,
      answers: { 200: { description: 'Ready tasks', schema: readyTasks } },
      handle: async (call) =>
        readReply(call, await plans.ready(call.caller, call.parts.id, call.query.agent ?? null)),
    }),
    endpoint({
      method: 'post',
      path: TASKS,
      operation: 'addTask',
      tag: 'plan',
      summary: 'Append a task; without an id the server makes one',
      body: { schema: taskInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: { 201: { description: 'Created', schema: task } },
      problems: ['invalid_plan', 'already_exists'],
      handle: async ({ caller, parts, body, key }) =>
        writeReply(await plans.addTask(caller, parts.id, body, key)),
    }),
    endpoint({
      method: 'get',
      path: TASK,
      operation: 'getTask',
      tag: 'plan',
      summary: 'One task',
      answers: { 200: { description: 'The task', schema: task } },
      handle: async (call) =>
        readReply(call, await plans.getTask(call.caller, call.parts.id, call.parts.taskId)),
    }),
    endpoint({
      method: 'patch',
      path: TASK,
      operation: 'patchTask',
      tag: 'plan',
      summary: 'Change a task by a merge patch',
      query: edit,
      body: { schema: taskPatch, form: 'patch', limit: 'json' },
      preconditions: true,
      answers: { 200: { description: 'Changed, or unchanged', schema: task } },
      problems: ['invalid_plan', 'task_held'],
      async handle({ caller, parts, query, body, pre }) {
        const { id, ...patch } = body;
        checkSameId(id, parts.taskId);
        return writeReply(await plans.patchTask(caller, parts.id, parts.taskId, patch, pre, query.force));
      },
    }),
    endpoint({
      method: 'delete',
      path: TASK,
      operation: 'deleteTask',
      tag: 'plan',
      summary: 'Remove a task that no other depends on',
      query: edit,
      preconditions: true,
      answers: { 204: { description: 'Removed' } },
      problems: ['has_dependents', 'task_held'],
      handle: async ({ caller, parts, query, pre }) =>
        writeReply(await plans.removeTask(caller, parts.id, parts.taskId, pre, query.force)),
    }),
  ];
}
