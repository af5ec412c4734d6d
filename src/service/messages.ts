/** Use cases on the message log. */

import { TaskspaceError } from '../domain/errors.js';
import type { Commit } from '../domain/event.js';
import { postMessages } from '../domain/message-command.js';
import { messagesOf } from '../store/messages.js';
import { requireAccess } from './access.js';
import { read, type Shown, type UseCaseContext, write } from './context.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { conversationsRequest, readDerived } from './derived-reads.js';
import type { MessageQuery, MessageUseCases } from './service.js';

const EVERYTHING = { conversation: null, from: null, to: null, role: null };

export function messageUseCases(context: UseCaseContext): MessageUseCases {
  return {
    async post(caller, id, messages, batch, key) {
      requireAccess(caller, 'write', id);
      const show = (commit: Commit): Shown => showPosted(id, commit, batch);
      return write(context, {
        caller,
        id,
        decide: postMessages(messages),
        show: (_state, commit) => show(commit as Commit),
        key: { request: key, show },
      });
    },

    async list(caller, id, query) {
      return read(context, caller, id, async ({ folder }) => {
        const list = listName(id, query);
        const place = decodeCursor<number>(list, query.cursor, 'number');
        const ascends = query.order === 'asc';
        const after = ascends && place !== null ? place : (query.after ?? 0);
        const before = !ascends && place !== null ? place : (query.before ?? Number.MAX_SAFE_INTEGER);
        const { lastSeq } = folder.state.messages;
        const found = await folder.messages(query, {
          after,
          before,
          order: query.order,
          limit: query.limit + 1,
        });
        const items = found.slice(0, query.limit);
        const last = items.at(-1);
        const nextCursor = found.length > items.length && last ? encodeCursor(list, last.seq) : null;
        // Read before the page: a message that came in between is found by whoever goes on after the last one seen.
        return { value: { items, nextCursor, lastSeq: Math.max(lastSeq, ...items.map(({ seq }) => seq)) } };
      });
    },

    async get(caller, id, seq) {
      return read(context, caller, id, async ({ folder }) => {
        const [message] = await folder.messages(EVERYTHING, {
          after: seq - 1,
          before: seq + 1,
          order: 'asc',
          limit: 1,
        });
        if (message) return { value: message };
        throw new TaskspaceError(
          'not_found',
          `"${id}" has no message ${seq}; the last one is ${folder.state.messages.lastSeq}.`,
        );
      });
    },

    async conversations(caller, id, page) {
      requireAccess(caller, 'read', id);
      return readDerived(context, conversationsRequest(context, id, page));
    },
  };
}

function listName(
  id: string,
  { conversation, from, to, role, after, before, order }: MessageQuery,
): unknown[] {
  return ['messages', id, conversation, from, to, role, after, before, order];
}

function showPosted(id: string, commit: Commit, batch: boolean): Shown {
  const items = [...messagesOf(commit)];
  const [first] = items;
  if (batch) return { status: 201, body: { items }, etag: null, location: null };
  return { status: 201, body: first, etag: null, location: `/api/taskspaces/${id}/messages/${first?.seq}` };
}
