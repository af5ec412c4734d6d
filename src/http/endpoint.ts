/**
 * The rows of the contract with what carries them out. A row without a handler, or the reverse, does not
 * compile.
 */
import { z } from 'zod';
import type { Caller } from '../app/caller.js';
import type { RequestKey } from '../app/context.js';
import type { Operation, Operations } from '../contract/operation.js';
import type { Precondition } from '../domain/version.js';
import type { TagList } from './entity-tags.js';
import type { Exchange } from './exchange.js';
import { singleHeadersOf } from './single-headers.js';

/** The parts of the path, checked; those that the path does not have are '' or 0. */
export interface PathParts {
  readonly id: string;
  readonly taskId: string;
  /** Of a lease. */
  readonly name: string;
  readonly seq: number;
  readonly path: string;
  readonly code: string;
}

export interface Call<Q, B> {
  readonly exchange: Exchange;
  readonly caller: Caller;
  readonly parts: PathParts;
  readonly query: Q;
  readonly body: B;
  /** Empty unless the row says `preconditions`. */
  readonly pre: Precondition;
  /** Null unless the row says `keyed` and the client sent one. */
  readonly key: RequestKey | null;
  /** `If-None-Match` of a GET. */
  readonly known: TagList | undefined;
}

/** Writes the answer. What it throws becomes a problem, as long as nothing was written. */
export type Reply = (exchange: Exchange) => void | Promise<void>;

export type QueryOf<O> = O extends { readonly query: infer Q extends z.ZodType } ? z.output<Q> : object;
type BodyOf<O> = O extends { readonly body: { readonly schema: infer B extends z.ZodType } }
  ? z.output<B>
  : undefined;

/** One for each row. Query and body are the outputs of its schemas. */
export type Handlers<R> = {
  readonly [K in keyof R]: (call: Call<QueryOf<R[K]>, BodyOf<R[K]>>) => Promise<Reply>;
};

/** A row whose types were checked when it was bound and are not needed outside. */
export interface Endpoint extends Omit<Operation, 'query'> {
  /** Its name. */
  readonly operation: string;
  readonly query: z.ZodObject;
  /**
   * The output for an absent query, checked once; undefined when the query is required.
   * Shared: never changed.
   */
  readonly defaults: object | undefined;
  /** Names of the headers that it reads and that must come once, in lower case. */
  readonly singleHeaders: readonly string[];
  handle(call: Call<unknown, unknown>): Promise<Reply>;
}

const NO_QUERY = z.strictObject({});

/** In the order of the rows. */
export function bind<R extends Operations>(rows: R, handlers: Handlers<R>): Endpoint[] {
  return Object.entries<Operation>(rows).map(([operation, row]) => {
    const query = row.query ?? NO_QUERY;
    const defaults = Object.freeze(query.safeParse({}).data);
    const handle = handlers[operation] as Endpoint['handle'];
    return { ...row, operation, query, defaults, singleHeaders: singleHeadersOf(row), handle };
  });
}
