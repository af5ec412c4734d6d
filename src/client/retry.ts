/**
 * Which failures are temporary, and which calls may be sent again. A call is repeated when it certainly
 * has not happened, or when repeating it has no second effect; never otherwise, and never a body that can
 * be read only once.
 */
import { ApiError } from './api-error.js';
import { growingDelayMs } from './delay.js';
import type { Call } from './outgoing-call.js';
import { NotThere, Uncallable } from './problem.js';

export const FIRST_DELAY_MS = 100;
const DELAY_MS_MAX = 5_000;
const RETRY_AFTER_SECONDS_MAX = 10;

/** 503s that do not end without an operator. */
const LASTING: readonly string[] = ['read_only', 'catalog_unavailable'];

export interface RetryBudget {
  readonly attemptsMax: number;
  readonly firstDelayMs: number;
}

/** Milliseconds until the next attempt; null when there must be none. */
export function retryAfterMs(
  call: Call,
  error: ApiError,
  attempts: number,
  { attemptsMax, firstDelayMs }: RetryBudget,
): number | null {
  if (attempts >= attemptsMax || call.body instanceof ReadableStream) return null;
  if (LASTING.includes(error.code)) return null;
  if (!(hasNotHappened(error) || (isBroken(error) && isRetryable(call)))) return null;
  const seconds = error.retryAfterSeconds ?? 0;
  if (seconds > RETRY_AFTER_SECONDS_MAX) return null;
  // With the small delays of tests, the server's whole seconds do not bind.
  const atLeast = firstDelayMs < FIRST_DELAY_MS ? 0 : seconds * 1000;
  return atLeast + growingDelayMs(attempts, firstDelayMs, DELAY_MS_MAX);
}

/** A temporary failure: the server is away, starting, or overloaded. */
export function isPassing(error: unknown): error is ApiError {
  if (!(error instanceof ApiError) || LASTING.includes(error.code)) return false;
  return hasNotHappened(error) || isBroken(error);
}

export function isUnsure(call: Call, error: ApiError): boolean {
  return call.method !== 'GET' && isBroken(error) && !(error instanceof NotThere);
}

/**
 * Whether this answer also settles what the attempts before it did. Only a key is remembered by the server.
 */
export function settles(call: Call, error: ApiError): boolean {
  return (
    call.method === 'POST' && !isBroken(error) && !hasNotHappened(error) && !(error instanceof Uncallable)
  );
}

/**
 * The server says that the write did not happen, or none was reached: sending it again has no second effect.
 */
function hasNotHappened(error: ApiError): boolean {
  const { status, code } = error;
  if (error instanceof NotThere) return true;
  return status === 429 || (status === 503 && code !== 'outcome_unknown' && code !== 'unexpected_answer');
}

/** No answer, or none of this server. */
function isBroken(error: ApiError): boolean {
  const { status, code } = error;
  if (error instanceof Uncallable) return false;
  return (
    code === 'unreachable' || code === 'outcome_unknown' || (code === 'unexpected_answer' && status >= 502)
  );
}

/**
 * PUT and DELETE need a precondition as PATCH does: repeated, they undo what another client has
 * written in between.
 */
function isRetryable({ method, headers = {} }: Call): boolean {
  if (method === 'GET') return true;
  if (method === 'POST') return headers['Idempotency-Key'] !== undefined;
  return headers['If-Match'] !== undefined || headers['If-None-Match'] !== undefined;
}
