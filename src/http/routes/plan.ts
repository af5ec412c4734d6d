/** API.md section 3: the plan, its tasks, and what is ready. */

import type { PlanUseCases } from '../../app/plan/plan.js';
import type { planOperations } from '../../contract/operations/plan.js';
import type { Handlers } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';
import { checkSameId } from '../same-id.js';

export function planHandlers(plans: PlanUseCases): Handlers<typeof planOperations> {
  return {
    getPlan: async (call) => readReply(call, await plans.get(call.caller, call.parts.id)),

    putPlan: async ({ caller, parts, query, body, pre }) =>
      writeReply(await plans.put(caller, parts.id, body, pre, query.force)),

    listReadyTasks: async (call) =>
      readReply(call, await plans.ready(call.caller, call.parts.id, call.query.agent ?? null)),

    addTask: async ({ caller, parts, body, key }) =>
      writeReply(await plans.addTask(caller, parts.id, body, key)),

    getTask: async (call) =>
      readReply(call, await plans.getTask(call.caller, call.parts.id, call.parts.taskId)),

    async patchTask({ caller, parts, query, body, pre }) {
      const { id, ...patch } = body;
      checkSameId(id, parts.taskId);
      return writeReply(await plans.patchTask(caller, parts.id, parts.taskId, patch, pre, query.force));
    },

    deleteTask: async ({ caller, parts, query, pre }) =>
      writeReply(await plans.removeTask(caller, parts.id, parts.taskId, pre, query.force)),
  };
}
