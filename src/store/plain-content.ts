/** The text of `plan.json` and `taskspace.json`: the bodies of their PUT, with the revision they show. */
import type { Task } from '../domain/plan.js';
import type { State } from '../domain/state.js';

export function planFile({ plan }: State): string {
  const body = {
    revision: plan.version?.revision ?? 0,
    goal: plan.goal,
    tasks: [...plan.tasks.values()].map(taskFile),
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}

export function metadataFile({ metadata }: State): string {
  if (!metadata) throw new Error('a taskspace that was never created has no file');
  const { revision, name, description, owner, status, tags, data, retention } = metadata;
  return `${JSON.stringify({ revision, name, description, owner, status, tags, data, retention }, null, 2)}\n`;
}

/** Claims, attempts and times are not in it: they change without anybody editing the plan. */
function taskFile({
  id,
  name,
  goal,
  agent,
  dependencies,
  status,
  onFailure,
  result,
  error,
  metadata,
}: Task): object {
  return { id, name, goal, agent, dependencies, status, onFailure, result, error, metadata };
}
