/**
 * One row of the contract: a call with its inputs, its answers and what it needs, without what carries it
 * out. The rows are the one source for the routes of HTTP, for /openapi.json and for /docs.
 */
import type { z } from 'zod';
import type { Code } from '../domain/errors.js';
import type { Json } from '../domain/json.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface AnswerDoc {
  readonly description: string;
  /** Absent: no body, or one that is not JSON (`media`). */
  readonly schema?: z.ZodType;
  readonly media?: string;
  /** Absent: the example of the row, where it has this shape. */
  readonly example?: Json;
}

export interface BodySpec {
  readonly schema: z.ZodType;
  /** A JSON Merge Patch; absent: any other object. */
  readonly form?: 'patch';
  /**
   * The member that makes the body a batch, and the bound of its items, which is checked before any of them.
   * Only a batch may exceed the limit of single bodies.
   */
  readonly list?: { readonly name: string; readonly itemsMax: number };
  /** Of a union: the shape that a body is checked by, so that faults point into the right one. */
  shapeOf?(body: object): z.ZodType;
}

export interface Example {
  /** With its `?`. */
  readonly query?: string;
  /** JSON, or the bytes of an upload as text. */
  readonly body?: object | string;
  /** JSON, or text in another media type; absent: no body. */
  readonly answer?: Json | object | string;
}

export interface Operation {
  readonly method: Method;
  /** As `/api/taskspaces/:id/artifacts/*path`, where `*path` is all that follows. */
  readonly path: string;
  readonly tag: string;
  /** What a token must allow (API.md section 7); null: none is needed. */
  readonly scope: 'read' | 'write' | 'admin' | null;
  /** What it takes from the rate limit; absent: 1. */
  readonly cost?: 0;
  readonly summary: string;
  readonly description: string;
  readonly query?: z.ZodObject;
  readonly body?: BodySpec;
  /** The body is bytes. */
  readonly upload?: boolean;
  readonly preconditions?: boolean;
  /** It takes an `Idempotency-Key`. */
  readonly keyed?: boolean;
  /** A 204 says why there is nothing (`X-Reason`). */
  readonly reasons?: boolean;
  /** A GET whose answer depends on more than the stored state, and so has no ETag. */
  readonly untagged?: boolean;
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Beyond those that follow from the other members. */
  readonly problems?: readonly Code[];
  readonly example?: Example;
}

/** By their names, which are stable. */
export type Operations = Readonly<Record<string, Operation>>;
