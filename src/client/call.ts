/** The forms of calls: JSON in and out, preconditions, idempotency keys, conditional reads. */
import type { Answer, NotModified } from './answer.js';
import { ApiError } from './api-error.js';
import type { Call } from './outgoing-call.js';
import type { Send } from './transport.js';

export interface CallOptions {
  /** Ends the call and its retries, which then throw the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  /** An ETag, or `"<revision>"` with its quotes: else 412 `precondition_failed`. */
  readonly ifMatch?: string | undefined;
  /** `*` = create only. */
  readonly ifNoneMatch?: string | undefined;
}

/** Of the plan and its tasks. */
export interface EditOptions extends WriteOptions {
  /** Takes claims and completions away unseen, and overwrites tasks that have changed. */
  readonly force?: boolean | undefined;
}

export interface PostOptions extends CallOptions {
  /** 1–128 printable ASCII characters; generated for each call when absent. */
  readonly idempotencyKey?: string | undefined;
  /** For one attempt of this call, in ms; the client's setting when absent. */
  readonly timeoutMs?: number | undefined;
}

export interface ConditionalRead extends CallOptions {
  readonly ifNoneMatch: string;
}

/** A read that can be conditional: answered only if the value has changed. */
export interface Read<A extends unknown[], T> {
  (...args: A): Promise<Answer<T>>;
  (...args: [...A, CallOptions]): Promise<Answer<T>>;
  (...args: [...A, ConditionalRead]): Promise<Answer<T> | NotModified>;
}

const KEY_BYTES = 16;

export type JsonCall = Omit<Call, 'body'> & { readonly json?: unknown };

/** Sends and reads JSON. The value of a 204 is undefined. */
export async function callJson<T>(send: Send, { json, ...call }: JsonCall): Promise<Answer<T>> {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const { head, value } = await send({ ...call, headers: { ...type, ...call.headers }, body }, readJson);
  return { ...head, notModified: false, value: value as T };
}

export async function readConditionally<T>(
  send: Send,
  path: string,
  options: CallOptions & { readonly ifNoneMatch?: string | undefined } = {},
): Promise<Answer<T> | NotModified> {
  const { ifNoneMatch, signal } = options;
  const answer = await callJson<T>(send, {
    method: 'GET',
    path,
    signal,
    headers: { 'If-None-Match': ifNoneMatch },
  });
  if (answer.status !== 304) return answer;
  const { value: _none, ...head } = answer;
  return { ...head, notModified: true };
}

/** @param waitSeconds how long the server may delay the answer. */
export function post<T>(
  send: Send,
  path: string,
  json: unknown,
  { idempotencyKey = newKey(), signal, timeoutMs }: PostOptions = {},
  waitSeconds = 0,
): Promise<Answer<T>> {
  const headers = { 'Idempotency-Key': idempotencyKey };
  return callJson(send, { method: 'POST', path, json, signal, headers, timeoutMs, waitSeconds });
}

export function preconditions({ ifMatch, ifNoneMatch }: WriteOptions): Record<string, string | undefined> {
  return { 'If-Match': ifMatch, 'If-None-Match': ifNoneMatch };
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = `HTTP ${response.status} whose body is not JSON: something else than a taskspace server answers there.`;
    throw new ApiError({ status: response.status, code: 'unexpected_answer', detail }, undefined, {
      cause: error,
    });
  }
}

/** A new, unique idempotency key. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
