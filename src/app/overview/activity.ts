/** The newest commits of some taskspaces, read from their journals: what a dashboard shows as activity. */

import { toChangeJson } from '../../contract/change-view.js';
import type { Change } from '../../contract/changes.js';
import { isLive } from '../../domain/state.js';
import type { Taskspace } from '../../store/ports.js';
import type { UseCaseContext } from '../context.js';
import { isUnreadable } from '../taskspaces/folder-list.js';

const CHANGES_MAX = 20;

/**
 * The newest first.
 * @param active the latest first, with the time of the last commit in ms as far as it is known. No more
 *   journals are opened than can hold the newest commits.
 */
export async function newestChanges(
  l1: UseCaseContext['l1'],
  active: readonly { readonly taskspace: string; readonly active_at: number }[],
): Promise<Change[]> {
  let newest: Change[] = [];
  for (const { taskspace, active_at } of active) {
    const oldest = newest[CHANGES_MAX - 1];
    if (oldest && Date.parse(oldest.at) > active_at) break;
    newest = [...newest, ...(await lastChanges(l1, taskspace))].sort(newestFirst).slice(0, CHANGES_MAX);
  }
  return newest;
}

/** Of one taskspace, the newest first; empty when it is deleted or cannot be read. */
async function lastChanges(l1: UseCaseContext['l1'], id: string): Promise<Change[]> {
  try {
    return await l1.use(id, ({ folder }) => (isLive(folder.state) ? changesOf(folder) : []));
  } catch (error) {
    // One broken taskspace must not hide the others; a read of it reports the error.
    if (isUnreadable(error)) return [];
    throw error;
  }
}

/** Of the present generation: commits before a delete are not shown. */
export async function changesOf(folder: Taskspace): Promise<Change[]> {
  const { id, commit } = folder.state;
  const first = Math.max(1, commit - CHANGES_MAX + 1);
  const changes = (await folder.commits(first, commit, (one) => toChangeJson(id, one))).reverse();
  const birth = changes.findIndex(({ types }) => types.includes('taskspace.created'));
  return birth < 0 ? changes : changes.slice(0, birth + 1);
}

function newestFirst(a: Change, b: Change): number {
  if (a.at !== b.at) return a.at < b.at ? 1 : -1;
  if (a.taskspace !== b.taskspace) return a.taskspace < b.taskspace ? -1 : 1;
  return b.commit - a.commit;
}
