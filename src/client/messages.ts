/** API.md section 4: messages and conversations. */

import type { Conversation, Message, MessageInput, MessagePage } from '../contract/messages.js';
import type { Answer } from './answer.js';
import { type CallOptions, callJson, type PostOptions, post, type Read, readConditionally } from './call.js';
import type { MessageFilter } from './message-follower.js';
import { type FollowMessagesOptions, followMessages } from './message-follower.js';
import { listOf, type PagedList, type PageOptions } from './paged-list.js';
import { queryString, taskspacePath } from './target.js';
import type { Send } from './transport.js';

export interface MessageQuery extends MessageFilter, PageOptions {
  /** A seq, exclusive. */
  readonly after?: number | undefined;
  /** A seq, exclusive. */
  readonly before?: number | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

export interface MessageWait extends MessageFilter, CallOptions {
  /** A seq, exclusive. */
  readonly after?: number | undefined;
  /** Messages at most, 1–500. */
  readonly limit?: number | undefined;
  /** Seconds, 0–30: how long to wait for the first message when there is none. */
  readonly wait?: number | undefined;
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
  /** One page after `after`, oldest first; with `wait`, waits for it. */
  wait(id: string, query?: MessageWait): Promise<Answer<MessagePage>>;
  /** Every message from `after` on, once and in order, without end. */
  follow(id: string, options?: FollowMessagesOptions): AsyncGenerator<Message, void, undefined>;
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
    wait: async (id, { signal, wait, ...query } = {}) =>
      callJson<MessagePage>(send, {
        method: 'GET',
        path: path(id) + queryString({ ...query, wait }),
        signal,
        waitSeconds: wait,
      }),
    list: (id, query) => listOf<Message, MessagePage>(send, () => path(id), query),
    follow: (id, options) => followMessages(send, id, options),
    conversations: (id, query) => listOf(send, () => taskspacePath(id, 'conversations'), query),
  };
}
