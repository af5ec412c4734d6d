/** Use cases on the plan and its tasks. */

import { toPlanJson, toTaskJson } from '../../contract/views.js';
import { requireLive } from '../../domain/command.js';
import type { Commit } from '../../domain/event.js';
import type { PlanInput, TaskInput, TaskPatch, TaskValue } from '../../domain/plan.js';
import { addTask, patchTask, putPlan, removeTask, requireTask } from '../../domain/plan-command.js';
import { PlanDraft } from '../../domain/plan-draft.js';
import { readyTasks } from '../../domain/ready.js';
import { isLive, planVersion, type State } from '../../domain/state.js';
import { etagOf, type Precondition } from '../../domain/version.js';
import { isLong } from '../../platform/json-pieces.js';
import { oneLine } from '../../platform/one-line.js';
import { FairYield } from '../../platform/yield-fairly.js';
import type { Taskspace } from '../../store/ports.js';
import { requireAccess } from '../access.js';
import type { ReadAnswer, WriteAnswer } from '../answer.js';
import type { Caller } from '../caller.js';
import {
  type Rendering,
  type RequestKey,
  read,
  tierOf,
  type UseCaseContext,
  write,
  writeOn,
} from '../context.js';
import { readyBody } from '../taskspaces/ready-bodies.js';

export type PlanUseCases = ReturnType<typeof planUseCases>;

/**
 * Errors of edits: 412 `precondition_failed`, 409 `task_held`, 422 `invalid_plan`. `force` overrides claims
 * and completions and ignores the revisions that tasks were sent with.
 */
export function planUseCases(context: UseCaseContext) {
  const { l1, clock } = context;
  return {
    async get(caller: Caller, id: string): Promise<ReadAnswer> {
      requireAccess(caller, 'read', id);
      return l1.use(id, async (cached, hit) => {
        const { state } = cached.folder;
        requireLive(state);
        const { body, etag } = await readyBody(cached, state, 'plan');
        return { body, etag, cache: tierOf(hit) };
      });
    },

    async put(
      caller: Caller,
      id: string,
      input: PlanInput,
      pre: Precondition,
      force?: boolean,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const draft = new PlanDraft(input);
      return l1.useToWrite(id, async (cached) => {
        await prepare(draft, input, cached.folder);
        const decide = putPlan(input, pre, force, draft);
        return writeOn(cached, { caller, id, decide, show: planWrittenJson });
      });
    },

    async addTask(
      caller: Caller,
      id: string,
      input: TaskInput,
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const show = (commit: Commit): Rendering => taskAddedJson(id, commit);
      return write(context, {
        caller,
        id,
        decide: addTask(input),
        show: (_state, commit) => show(commit as Commit),
        key: { request: key, show },
      });
    },

    async getTask(caller: Caller, id: string, taskId: string): Promise<ReadAnswer> {
      return read(context, caller, id, ({ folder: { state } }) => {
        const task = requireTask(state, taskId);
        return { value: toTaskJson(task), etag: etagOf(task) };
      });
    },

    async patchTask(
      caller: Caller,
      id: string,
      taskId: string,
      patch: TaskPatch,
      pre: Precondition,
      force?: boolean,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const show = (state: State): Rendering => {
        const task = requireTask(state, taskId);
        return { status: 200, body: toTaskJson(task), etag: etagOf(task), location: null };
      };
      return write(context, { caller, id, decide: patchTask(taskId, patch, pre, force), show });
    },

    async removeTask(
      caller: Caller,
      id: string,
      taskId: string,
      pre: Precondition,
      force?: boolean,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const show = (): Rendering => ({ status: 204, body: undefined, etag: null, location: null });
      return write(context, { caller, id, decide: removeTask(taskId, pre, force), show });
    },

    /**
     * Ready tasks in plan order; with `agent`, those that this agent may take. Has no ETag: it
     * depends on the clock.
     */
    async ready(caller: Caller, id: string, agent: string | null): Promise<ReadAnswer> {
      return read(context, caller, id, ({ folder: { state } }) => {
        const items = readyTasks(state, clock.moment(), agent).map(toTaskJson);
        return { value: { items }, etag: null };
      });
    },
  };
}

/**
 * A long plan is computed and serialized in turns, with other work in between, before its commit is decided.
 */
async function prepare(draft: PlanDraft, input: PlanInput, folder: Taskspace): Promise<void> {
  if (!isLong(input.tasks ?? [])) return;
  await folder.catchUp();
  const { state } = folder;
  if (!isLive(state)) return;
  const turns = new FairYield();
  for (const _ of draft.prepare(state, oneLine)) if (turns.isOver) await turns.next();
}

function planWrittenJson(state: State): Rendering {
  return { status: 200, body: toPlanJson(state), etag: etagOf(planVersion(state)), location: null };
}

function taskAddedJson(id: string, commit: Commit): Rendering {
  const event = commit.events[0];
  if (event?.type !== 'task.added') throw new Error('adding a task makes a task.added');
  const task: TaskValue = event.task;
  const etag = etagOf({ revision: task.revision, tag: commit.id.slice(0, 8) });
  return {
    status: 201,
    body: toTaskJson(task),
    etag,
    location: `/api/taskspaces/${id}/plan/tasks/${encodeURIComponent(task.id)}`,
  };
}
