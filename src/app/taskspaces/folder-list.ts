/**
 * The list by id without the catalog: read from the folders when there is no catalog. Never stale, but slow.
 */

import { toTaskspaceJson } from '../../contract/views.js';
import { type Code, TaskspaceError } from '../../domain/errors.js';
import { jsonDocument } from '../../domain/json.js';
import { isLive } from '../../domain/state.js';
import type { Store } from '../../store/ports.js';
import { maySee } from '../access.js';
import type { ReadAnswer } from '../answer.js';
import type { Caller } from '../caller.js';
import { bodyTag, type UseCaseContext } from '../context.js';
import { decodePlace, encodeCursor } from '../cursor.js';
import type { TaskspacesQuery } from '../overview/lists.js';
import { taskspaceListOf } from '../overview/lists.js';
import { idsIn } from './ids-in.js';

/** Errors that concern one taskspace alone. */
const UNREADABLE: ReadonlySet<Code> = new Set<Code>(['damaged', 'store_unavailable']);

/** Whether this list can be made from folders: by id, and without filters. */
export function isPlain({ sort, owner, statuses, tags, q, withSummary }: TaskspacesQuery): boolean {
  return sort === 'id' && owner === null && statuses.length + tags.length === 0 && q === null && !withSummary;
}

/** Cursors are those of the catalog's list. */
export async function listFromFolders(
  context: Pick<UseCaseContext, 'l1'>,
  store: Store,
  caller: Caller,
  query: TaskspacesQuery,
): Promise<ReadAnswer> {
  const { order, limit, cursor } = query;
  const list = taskspaceListOf(query);
  const after = decodePlace<readonly [string, string]>(list, cursor, ['string', 'string'])?.[1] ?? null;
  const ids = (await idsIn(store)).filter((id) => maySee(caller, id));
  if (order === 'desc') ids.reverse();
  const items: object[] = [];
  const unreadable: string[] = [];
  let last: string | null = null;
  let more = false;
  for (const id of ids) {
    if (after !== null && (order === 'asc' ? id <= after : id >= after)) continue;
    const shown = await toListedJson(context, id);
    if (shown === null) continue;
    if (items.length + unreadable.length === limit) {
      more = true;
      break;
    }
    if (shown === 'unreadable') unreadable.push(id);
    else items.push(shown);
    last = id;
  }
  const nextCursor = more && last !== null ? encodeCursor(list, [last, last]) : null;
  // One damaged taskspace must not hide the others; its existence is shown.
  const page = { items, nextCursor, ...(unreadable.length > 0 ? { unreadable } : {}) };
  const body = Buffer.from(jsonDocument(page));
  return { body, etag: bodyTag(body), cache: 'store' };
}

/** Null: deleted, or never created. */
async function toListedJson(
  { l1 }: Pick<UseCaseContext, 'l1'>,
  id: string,
): Promise<object | 'unreadable' | null> {
  try {
    return await l1.use(id, ({ folder: { state } }) =>
      isLive(state) ? toTaskspaceJson(id, state.metadata) : null,
    );
  } catch (error) {
    if (isUnreadable(error)) return 'unreadable';
    throw error;
  }
}

export function isUnreadable(error: unknown): boolean {
  return error instanceof TaskspaceError && UNREADABLE.has(error.code);
}
