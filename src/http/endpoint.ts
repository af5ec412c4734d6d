/**
 * One row of the contract: a method and a path, its inputs, its answers, and the use case behind it. The rows
 * are the one source for the routes of the Express app and for /openapi.json.
 */
import { z } from 'zod';
import type { Code } from '../domain/errors.js';
import type { Precondition } from '../domain/version.js';
import type { Caller } from '../service/caller.js';
import type { RequestKey } from '../service/service.js';
import type { TagList } from './entity-tags.js';
import type { Exchange } from './exchange.js';
import type { BodyForm } from './json-body.js';
import { singleHeadersOf } from './single-headers.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

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

export interface AnswerDoc {
  readonly description: string;
  /** Undefined: no body, or one that is not JSON (`media`). */
  readonly schema?: z.ZodType;
  readonly media?: string;
}

export interface BodySpec<B extends z.ZodType> {
  /** One of the schemas in body-checks.ts. */
  readonly schema: B;
  readonly form: BodyForm;
  readonly limit: 'json' | 'batch';
  /** Whether a body within the limit of batches is a batch; absent: it is. */
  isBatch?(body: z.output<B>): boolean;
}

export interface EndpointSpec<Q extends z.ZodObject, B extends z.ZodType> {
  readonly method: Method;
  /** In the form of Express and `PathParts`: `/api/taskspaces/:id/artifacts/*path`. */
  readonly path: string;
  readonly operation: string;
  readonly tag: string;
  readonly summary: string;
  readonly query?: Q;
  readonly body?: BodySpec<B>;
  /** The handler reads the body as bytes. */
  readonly upload?: boolean;
  readonly preconditions?: boolean;
  readonly keyed?: boolean;
  /** A 204 says why there is nothing (`X-Reason`). */
  readonly reasons?: boolean;
  /** A GET whose answer depends on more than the stored state, and so has no ETag. */
  readonly untagged?: boolean;
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Beyond those that follow from the other members. */
  readonly problems?: readonly Code[];
  handle(call: Call<z.output<Q>, z.output<B>>): Promise<Reply>;
}

/** A row whose types were checked inside and are not needed outside. */
export interface Endpoint extends Omit<EndpointSpec<z.ZodObject, z.ZodType>, 'handle' | 'query'> {
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

/** Binds the types of a row: the query and body that `handle` gets are the outputs of its schemas. */
export function endpoint<Q extends z.ZodObject = typeof NO_QUERY, B extends z.ZodType = z.ZodUndefined>(
  spec: EndpointSpec<Q, B>,
): Endpoint {
  const handle = (call: Call<unknown, unknown>) => spec.handle(call as Call<z.output<Q>, z.output<B>>);
  const query = spec.query ?? NO_QUERY;
  const defaults = Object.freeze(query.safeParse({}).data);
  return { ...spec, query, defaults, singleHeaders: singleHeadersOf(spec), handle };
}
