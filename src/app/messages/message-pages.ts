/** Pages of messages in the form of the API. */
import type { Message, MessagePage } from '../../contract/messages.js';
import type { Role } from '../../domain/message.js';
import type { Taskspace } from '../../store/ports.js';
import { decodeCursor, encodeCursor, type Page } from '../cursor.js';

export interface MessageQuery extends Page {
  readonly conversation: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly role: Role | null;
  readonly after: number | null;
  readonly before: number | null;
  readonly order: 'asc' | 'desc';
}

/**
 * The present state must be live. Messages up to the seq `passed` are not read. Errors: 400 `invalid_cursor`.
 */
export async function readPage(
  folder: Taskspace,
  id: string,
  query: MessageQuery,
  passed = 0,
): Promise<MessagePage> {
  const list = listName(id, query);
  const place = decodeCursor<number>(list, query.cursor, 'number');
  const ascends = query.order === 'asc';
  const after = Math.max(passed, ascends && place !== null ? place : (query.after ?? 0));
  const before = !ascends && place !== null ? place : (query.before ?? Number.MAX_SAFE_INTEGER);
  const { lastSeq } = folder.state.messages;
  const found = await folder.messages(query, { after, before, order: query.order, limit: query.limit + 1 });
  return pageJson(list, query.limit, found, lastSeq);
}

export function pageJson(
  list: unknown[],
  limit: number,
  found: readonly Message[],
  lastSeq: number,
): MessagePage {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = found.length > items.length && last ? encodeCursor(list, last.seq) : null;
  // Taken before the page is read: a message added in between is found by a reader that
  // continues after `lastSeq`.
  return { items, nextCursor, lastSeq: Math.max(lastSeq, ...items.map(({ seq }) => seq)) };
}

/** The list that a cursor belongs to. */
export function listName(
  id: string,
  { conversation, from, to, role, after, before, order }: MessageQuery,
): unknown[] {
  return ['messages', id, conversation, from, to, role, after, before, order];
}
