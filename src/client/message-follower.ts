/**
 * Follows the message log of a taskspace by long polls: every message that passes the filters, once, in
 * order, over broken connections and restarts of the server. It remembers one number, the last seq seen, so
 * any worker can continue. It requests the next page only when the last message was consumed, so a slow
 * consumer delays nothing else.
 */

import type { Message, MessagePage, Role } from '../contract/messages.js';
import { callJson } from './call.js';
import { isNotFound } from './is-not-found.js';
import { NeverThere } from './problem.js';
import { type PersistentOptions, RetryPolicy } from './retry-policy.js';
import { type Query, queryString, taskspacePath } from './target.js';
import type { Send } from './transport.js';
/** Filters of a followed log. */
export interface MessageFilter {
  readonly conversation?: string | undefined;
  readonly from?: string | undefined;
  /** Includes messages without a recipient. */
  readonly to?: string | undefined;
  readonly role?: Role | undefined;
}

/** Shorter than the silence that proxies allow a connection. */
const WAIT_SECONDS = 25;
const PAGE_MAX = 500;

export interface FollowMessagesOptions extends MessageFilter, PersistentOptions {
  /** A seq, exclusive: 0, the default, begins with the first message, `now` with the next one. */
  readonly after?: number | 'now' | undefined;
}

/**
 * Ends when the signal fires, and when a taskspace that existed is deleted. Throws ApiError,
 * `not_found` among them, also when no server was ever there.
 */
export async function* followMessages(
  send: Send,
  id: string,
  { after: start = 0, signal, onTrouble, ...filter }: FollowMessagesOptions = {},
): AsyncGenerator<Message, void, undefined> {
  const policy = new RetryPolicy({ signal, onTrouble });
  let after = start === 'now' ? null : start;
  let found = false;
  while (!signal?.aborted) {
    const sentAt = performance.now();
    let page: MessagePage;
    try {
      after ??= await lastSeq();
      page = await read({ ...filter, after, limit: PAGE_MAX, wait: WAIT_SECONDS });
      policy.succeeded();
      found = true;
    } catch (error) {
      if (signal?.aborted || (found && isNotFound(error))) return;
      // A server that was never there is not waited for: the address is more likely to be wrong.
      if (error instanceof NeverThere && !found) throw error;
      await policy.afterFailure(error);
      continue;
    }
    for (const message of page.items) {
      yield message;
      if (signal?.aborted) return;
    }
    after = placeAfter(page, after);
    if (page.items.length === 0) await policy.afterNothing(performance.now() - sentAt, WAIT_SECONDS);
  }

  async function lastSeq(): Promise<number> {
    return (await read({ order: 'desc', limit: 1 })).lastSeq;
  }

  async function read(query: Query & { readonly wait?: number }): Promise<MessagePage> {
    const path = taskspacePath(id, 'messages') + queryString(query);
    const { value } = await callJson<MessagePage>(send, {
      method: 'GET',
      path,
      waitSeconds: query.wait,
      signal,
    });
    return value;
  }
}

/** A page with nothing after it covers everything up to `lastSeq`: filtered messages are not read again. */
function placeAfter({ items, nextCursor, lastSeq }: MessagePage, before: number): number {
  const seen = items.at(-1)?.seq ?? before;
  return nextCursor === null ? Math.max(seen, lastSeq) : seen;
}
