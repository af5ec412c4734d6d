/**
 * Sends one call, and repeats it while that is safe: when it certainly has not happened (429 and 503 but
 * `outcome_unknown`), or when repeating it has no second effect (reads, PUT, DELETE, POST with its idempotency key, PATCH
 * with If-Match). Bounded in number and delay, with jitter. Never repeats a body that can be read only once.
 */
import { type AnswerHead, headOf, numberIn } from './answer.js';
import { ApiError } from './api-error.js';
import type { Fault } from './shapes.js';
import { headerText } from './target.js';

const ATTEMPTS = 5;
const FIRST_DELAY_MS = 100;
const DELAY_MS_MAX = 5_000;
const RETRY_AFTER_SECONDS_MAX = 10;
const TIMEOUT_MS = 60_000;
const DETAIL_LENGTH_MAX = 200;

export interface ClientOptions {
  /** Of the server, as `http://127.0.0.1:7770`. A path in it is kept (a server behind a proxy). */
  readonly url: string;
  /** Who acts, when the server runs open; beside the token's subject otherwise. 1–128 characters. */
  readonly actor?: string | undefined;
  readonly token?: string | undefined;
  /** In place of the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How often a call is sent at most (5), and the first delay in ms (100), which doubles up to 5 s. */
  readonly attempts?: number | undefined;
  readonly firstDelayMs?: number | undefined;
  /** For the whole answer of one attempt, in ms (60 000). Bytes of artifacts have none. */
  readonly timeoutMs?: number | undefined;
}

/** 503s that do not end by themselves: a person has to act. */
const LASTING: readonly string[] = ['read_only', 'catalog_unavailable'];

/** A function is called for every attempt; a stream can be sent once only. (Browsers send streams over HTTP/2 alone: give them a Blob.) */
export type Body =
  | string
  | Uint8Array<ArrayBuffer>
  | Blob
  | ReadableStream<Uint8Array>
  | (() => ReadableStream<Uint8Array>);

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query, from `/api` on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: Body | undefined;
  /** No time limit: bytes of any length go one way or the other. */
  readonly bulk?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Received<T> {
  readonly head: AnswerHead;
  readonly response: Response;
  readonly value: T;
}

/** @param take reads the body of a 2xx or 304; what it throws counts as a broken connection. */
export type Send = <T>(call: Call, take: (response: Response) => Promise<T>) => Promise<Received<T>>;

export function createSend(options: ClientOptions): Send {
  const base = options.url.replace(/\/+$/, '');
  const attemptsMax = Math.max(1, options.attempts ?? ATTEMPTS);
  const firstDelayMs = options.firstDelayMs ?? FIRST_DELAY_MS;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const send = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const common: Record<string, string> = {
    ...(options.actor === undefined ? {} : { 'X-Actor': headerText(options.actor) }),
    ...(options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` }),
  };

  return async (call, take) => {
    let unsure = false;
    for (let attempts = 1; ; attempts++) {
      try {
        const response = await attempt(call);
        return { head: headOf(response, attempts), response, value: await received(response, take) };
      } catch (error) {
        call.signal?.throwIfAborted();
        if (!(error instanceof ApiError)) throw error;
        unsure = isUnsure(call, error) || (unsure && !settles(call, error));
        const delayMs = pauseMs(call, error, attempts);
        if (delayMs === null) throw error.after({ attempts, mayHaveHappened: unsure });
        await pause(delayMs, call.signal);
      }
    }
  };

  /** The response, with its body unread; throws ApiError for anything but 2xx and 304. */
  async function attempt(call: Call): Promise<Response> {
    const headers = headersOf({ ...common, ...call.headers });
    const body = typeof call.body === 'function' ? call.body() : call.body;
    const limit = call.bulk ? [] : [AbortSignal.timeout(timeoutMs)];
    const signals = [...limit, ...(call.signal ? [call.signal] : [])];
    const init: RequestInit & { duplex?: 'half' } = {
      method: call.method,
      headers,
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
    };
    const response = await send(`${base}${call.path}`, init).catch((error: unknown) => {
      throw unreachable(base, error);
    });
    if (response.ok || response.status === 304) return response;
    throw await problemOf(response);
  }

  async function received<T>(response: Response, take: (response: Response) => Promise<T>): Promise<T> {
    try {
      return await take(response);
    } catch (error) {
      throw error instanceof ApiError ? error : unreachable(base, error);
    }
  }

  /** Milliseconds until the next attempt; null when there must be none. */
  function pauseMs(call: Call, error: ApiError, attempts: number): number | null {
    if (attempts >= attemptsMax || call.body instanceof ReadableStream) return null;
    if (LASTING.includes(error.code)) return null;
    if (!(hasNotHappened(error) || (isBroken(error) && isRepeatable(call)))) return null;
    const seconds = error.retryAfterSeconds ?? 0;
    if (seconds > RETRY_AFTER_SECONDS_MAX) return null;
    const growing = Math.min(firstDelayMs * 2 ** (attempts - 1), DELAY_MS_MAX);
    // With the small delays of tests, the server's whole seconds do not bind.
    const atLeast = firstDelayMs < FIRST_DELAY_MS ? 0 : seconds * 1000;
    return atLeast + growing * (0.5 + Math.random() / 2);
  }
}

/** The server's word that the write is not there: it makes no difference how often it is sent. */
function hasNotHappened({ status, code }: ApiError): boolean {
  return status === 429 || (status === 503 && code !== 'outcome_unknown' && code !== 'unexpected_answer');
}

/** No word at all, or none of this server. */
function isBroken({ status, code }: ApiError): boolean {
  return (
    code === 'unreachable' || code === 'outcome_unknown' || (code === 'unexpected_answer' && status >= 502)
  );
}

function isRepeatable({ method, headers }: Call): boolean {
  if (method === 'POST') return headers?.['Idempotency-Key'] !== undefined;
  return method !== 'PATCH' || headers?.['If-Match'] !== undefined;
}

function isUnsure(call: Call, error: ApiError): boolean {
  return call.method !== 'GET' && isBroken(error);
}

/** Whether this answer also tells what became of the attempts before it. Only a key is remembered by the server. */
function settles(call: Call, error: ApiError): boolean {
  return call.method === 'POST' && !isBroken(error) && !hasNotHappened(error);
}

async function problemOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  const problem = parseProblem(response, text);
  const { code, detail, errors } = problem;
  const known = typeof code === 'string';
  return new ApiError({
    status: response.status,
    code: known ? code : 'unexpected_answer',
    detail: known
      ? String(detail ?? '')
      : `HTTP ${response.status} that is not a problem of this contract: ${text.slice(0, DETAIL_LENGTH_MAX)}`,
    errors: Array.isArray(errors) ? (errors as Fault[]) : [],
    problem,
    etag: response.headers.get('etag'),
    requestId: response.headers.get('x-request-id'),
    worker: numberIn(response.headers, 'x-worker'),
    retryAfterSeconds: numberIn(response.headers, 'retry-after'),
  });
}

function parseProblem(response: Response, text: string): Record<string, unknown> {
  if (!(response.headers.get('content-type') ?? '').includes('json')) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function unreachable(base: string, error: unknown): ApiError {
  const cause = error instanceof Error ? ((error.cause as Error | undefined) ?? error) : undefined;
  const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? cause?.message ?? String(error);
  return new ApiError(
    { status: 0, code: 'unreachable', detail: `No answer from ${base}: ${reason}.` },
    undefined,
    {
      cause: error,
    },
  );
}

function headersOf(entries: Record<string, string | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(entries)) if (value !== undefined) headers.set(name, value);
  return headers;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
