/** Use cases on the message log. */

import { TaskspaceError } from '../../domain/errors.js';
import type { Commit } from '../../domain/event.js';
import type { MessageInput } from '../../domain/message.js';
import { postMessages } from '../../domain/message-command.js';
import { EVERY_MESSAGE, messagesOf } from '../../domain/message-filter.js';
import { prepareMessage } from '../../domain/message-text.js';
import { oneLine } from '../../platform/one-line.js';
import { FairYield } from '../../platform/yield-fairly.js';
import { requireAccess } from '../access.js';
import type { ReadAnswer, WriteAnswer } from '../answer.js';
import type { Caller } from '../caller.js';
import { type Rendering, type RequestKey, read, type UseCaseContext, write } from '../context.js';
import type { Page } from '../cursor.js';
import { conversationsRequest, readDerived } from '../taskspaces/derived-reads.js';
import type { WaitOptions } from '../waiting/change-notifier.js';
import { MessageHubs } from './message-hub.js';
import { type MessageQuery, readPage } from './message-pages.js';

export type MessageUseCases = ReturnType<typeof messageUseCases>;

export function messageUseCases(context: UseCaseContext) {
  const hubs = new MessageHubs(context);
  return {
    async post(
      caller: Caller,
      id: string,
      messages: readonly MessageInput[],
      batch: boolean,
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      await prepare(messages);
      const show = (commit: Commit): Rendering => toPostedJson(id, commit, batch);
      return write(context, {
        caller,
        id,
        decide: postMessages(messages),
        show: (_state, commit) => show(commit as Commit),
        key: { request: key, show },
      });
    },

    /**
     * With `patience`, in ascending order and without `before` and `cursor`: waits until the page is not
     * empty.
     */
    async list(caller: Caller, id: string, query: MessageQuery, patience?: WaitOptions): Promise<ReadAnswer> {
      if (!patience)
        return read(context, caller, id, async ({ folder }) => ({
          value: await readPage(folder, id, query),
        }));
      requireAccess(caller, 'read', id);
      return hubs.wait(id, query, patience);
    },

    async get(caller: Caller, id: string, seq: number): Promise<ReadAnswer> {
      return read(context, caller, id, async ({ folder }) => {
        const [message] = await folder.messages(EVERY_MESSAGE, {
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

    async conversations(caller: Caller, id: string, page: Page): Promise<ReadAnswer> {
      requireAccess(caller, 'read', id);
      return readDerived(context, conversationsRequest(context, id, page));
    },
  };
}

/**
 * Long texts are serialized in turns, with other work in between; the usual short ones take less than a turn.
 */
async function prepare(messages: readonly MessageInput[]): Promise<void> {
  if (messages.length === 1 && !isLong(messages[0])) return;
  const turns = new FairYield();
  for (const message of messages) {
    if (!isLong(message)) continue;
    if (turns.isOver) await turns.next();
    prepareMessage(message, oneLine);
  }
}

function isLong({ content = '', parts, metadata }: MessageInput = {}): boolean {
  return content.length > LONG_CHARACTERS || (parts?.length ?? 0) > 0 || metadata !== undefined;
}

const LONG_CHARACTERS = 1024;

function toPostedJson(id: string, commit: Commit, batch: boolean): Rendering {
  const items = [...messagesOf(commit)];
  const [first] = items;
  if (batch) return { status: 201, body: { items }, etag: null, location: null };
  return { status: 201, body: first, etag: null, location: `/api/taskspaces/${id}/messages/${first?.seq}` };
}
