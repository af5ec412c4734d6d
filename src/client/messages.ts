/** API.md section 4: messages and conversations. */
import type { Answer } from './answer.js';
import { type CallOptions, callJson, type PostOptions, post, type Read, readConditionally } from './call.js';
import { type PagedList, type PageOptions, pagedList } from './paged-list.js';
import type { Conversation, Message, MessageInput, MessagePage, Page, Role } from './shapes.js';
import { queryString, taskspacePath } from './target.js';
import type { Send } from './transport.js';

export interface MessageQuery extends PageOptions {
  readonly conversation?: string | undefined;
  readonly from?: string | undefined;
  /** Also gives messages to everybody. */
  readonly to?: string | undefined;
  readonly role?: Role | undefined;
  /** A seq, exclusive. */
  readonly after?: number | undefined;
  /** A seq, exclusive. */
  readonly before?: number | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

export interface MessageCalls {
  post(id: string, message: MessageInput, options?: PostOptions): Promise<Answer<Message>>;
  /** 1–500 messages of together at most 16 MiB, all or none. */
  postBatch(
    id: string,
    messages: readonly MessageInput[],
    options?: PostOptions,
  ): Promise<Answer<{ items: readonly Message[] }>>;
  get: Read<[id: string, seq: number], Message>;
  list(id: string, query?: MessageQuery): PagedList<Message, MessagePage>;
  /** By name. */
  conversations(id: string, query?: PageOptions): PagedList<Conversation>;
}

export function messageCalls(send: Send): MessageCalls {
  const path = (id: string): string => taskspacePath(id, 'messages');
  return {
    post: async (id, message, options) => post(send, path(id), message, options),
    postBatch: async (id, messages, options) => post(send, path(id), { messages }, options),
    get: (async (id: string, seq: number, options?: CallOptions) =>
      readConditionally<Message>(send, taskspacePath(id, 'messages', seq), options)) as MessageCalls['get'],
    list: (id, { signal, ...query } = {}) =>
      pagedList(async (cursor) =>
        callJson<MessagePage>(send, {
          method: 'GET',
          path: path(id) + queryString({ ...query, cursor }),
          signal,
        }),
      ),
    conversations: (id, { signal, limit } = {}) =>
      pagedList(async (cursor) =>
        callJson<Page<Conversation>>(send, {
          method: 'GET',
          path: taskspacePath(id, 'conversations') + queryString({ limit, cursor }),
          signal,
        }),
      ),
  };
}
