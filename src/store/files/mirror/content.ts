/**
 * The text of `plan.json` and `taskspace.json`: the bodies of their PUT, with the revision that they show.
 */
import type { Task } from '../../../domain/plan.js';
import type { State } from '../../../domain/state.js';
import { writtenFields } from '../../../domain/task-value.js';
import { isLong, piecesInTurns } from '../../../platform/json-pieces.js';

export function planFile({ plan }: State): string {
  const body = {
    revision: plan.version?.revision ?? 0,
    goal: plan.goal,
    tasks: [...plan.tasks.values()].map(taskFile),
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}

/** The same text, as of this call; a long plan is encoded with other work in between. */
export async function planBytes(state: State): Promise<Buffer> {
  if (!isLong(state.plan.tasks.values())) return Buffer.from(planFile(state));
  const tasks = [...state.plan.tasks.values()];
  const around = planFile({ ...state, plan: { ...state.plan, tasks: new Map() } });
  const begin = around.slice(0, -EMPTY_END.length);
  const pieces = await piecesInTurns(tasks, (task) => textInList(taskFile(task)), ',\n');
  return Buffer.concat([Buffer.from(`${begin}[\n`), ...pieces, Buffer.from(LIST_END)]);
}

const EMPTY_END = '[]\n}\n';
const LIST_END = '\n  ]\n}\n';
/** The text around an item of a list in a list, which is as deep as the tasks of a plan are. */
const [OPENED, CLOSED] = ['[\n  [\n', '\n  ]\n]'];

function textInList(item: object): string {
  return JSON.stringify([[item]], null, 2).slice(OPENED.length, -CLOSED.length);
}

export function metadataFile({ metadata }: State): string {
  if (!metadata) throw new Error('a taskspace that was never created has no file');
  const { revision, name, description, owner, status, tags, data, retention } = metadata;
  return `${JSON.stringify({ revision, name, description, owner, status, tags, data, retention }, null, 2)}\n`;
}

/** Without claims, attempts and times, which change without an edit of the plan. */
function taskFile(task: Task): object {
  return writtenFields(task.id, task);
}
