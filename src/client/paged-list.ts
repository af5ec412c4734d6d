/**
 * A list that is read page by page while it is iterated: `for await` over its items, over its pages, or
 * one page at a time by cursor. Holds one page in memory. Every item whose sort key does not change
 * comes exactly once.
 */
import type { Page } from '../contract/parameters.js';
import type { Answer } from './answer.js';
import { type CallOptions, callJson } from './call.js';
import { type Query, queryString } from './target.js';
import type { Send } from './transport.js';

export interface PagedList<T, P extends Page<T> = Page<T>> extends AsyncIterable<T> {
  /** One page: the first, or the one that a `nextCursor` names. */
  page(cursor?: string): Promise<Answer<P>>;
  pages(): AsyncIterable<Answer<P>>;
  /** All items at once: for lists that are known to be short. */
  toArray(): Promise<T[]>;
}

export interface PageOptions extends CallOptions {
  /** Items a page, 1–500. */
  readonly limit?: number | undefined;
}

/**
 * A list of the contract.
 * @param path is called when the first page is requested: what it throws rejects that call.
 * @param options everything but the signal goes into the query.
 */
export function listOf<T, P extends Page<T> = Page<T>>(
  send: Send,
  path: () => string,
  { signal, ...query }: PageOptions = {},
): PagedList<T, P> {
  return pagedList(async (cursor) => {
    const parameters: Query = { ...query, cursor };
    return callJson<P>(send, { method: 'GET', path: path() + queryString(parameters), signal });
  });
}

function pagedList<T, P extends Page<T>>(
  load: (cursor: string | undefined) => Promise<Answer<P>>,
): PagedList<T, P> {
  async function* pages(): AsyncGenerator<Answer<P>> {
    let cursor: string | undefined;
    do {
      const answer = await load(cursor);
      yield answer;
      cursor = answer.value.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  async function* items(): AsyncGenerator<T> {
    for await (const { value } of pages()) yield* value.items;
  }

  return {
    page: load,
    pages,
    [Symbol.asyncIterator]: items,
    async toArray() {
      const all: T[] = [];
      for await (const item of items()) all.push(item);
      return all;
    },
  };
}
