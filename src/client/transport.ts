/**
 * Sends one call, and repeats it while that is safe: when it certainly has not happened (429 and 503 but
 * `outcome_unknown`), or when repeating it has no second effect (reads, POST with its idempotency key, PUT,
 * PATCH and DELETE with If-Match or If-None-Match). Bounded in number and delay, with jitter. Never repeats a
 * body that can be read only once.
 */

import { abortable, unlessAborted } from './abortable.js';
import { type AnswerHead, headOf } from './answer.js';
import { ApiError } from './api-error.js';
import { pause } from './delay.js';
import { linkedSignal } from './linked-signal.js';
import type { Call } from './outgoing-call.js';
import { NeverThere, notSent, problemOf, unreachable } from './problem.js';
import { FIRST_DELAY_MS, isUnsure, retryAfterMs, settles } from './retry.js';
import { headerText } from './target.js';

/** With the delays in between some ten seconds: a server that is killed and started again is back by then. */
const ATTEMPTS = 8;
const TIMEOUT_MS = 60_000;

export interface ClientOptions {
  /** Of the server, as `http://127.0.0.1:7770`. A path in it is kept (a server behind a proxy). */
  readonly url: string;
  /** The actor, when the server runs open; added to the token's subject otherwise. 1–128 characters. */
  readonly actor?: string | undefined;
  readonly token?: string | undefined;
  /** Replaces the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The most attempts of a call (8), and the first delay in ms (100), which doubles up to 5 s. */
  readonly attempts?: number | undefined;
  readonly firstDelayMs?: number | undefined;
  /**
   * For the whole answer of one attempt, in ms (60 000), beside the seconds that a call waits. Downloads and
   * uploads have none.
   */
  readonly timeoutMs?: number | undefined;
}

export interface Received<T> {
  readonly head: AnswerHead;
  readonly response: Response;
  readonly value: T;
}

/** @param take reads the body of a 2xx or 304; what it throws counts as a broken connection. */
export type Send = <T>(call: Call, take: (response: Response) => Promise<T>) => Promise<Received<T>>;

/**
 * One attempt whose body is read while it arrives, without a time limit. Throws ApiError, or
 * the signal's reason.
 */
export type Open = (call: Call) => Promise<Response>;

export interface Transport {
  readonly send: Send;
  readonly open: Open;
}

export function createTransport(options: ClientOptions): Transport {
  const base = checked(options.url).replace(/\/+$/, '');
  const patience = {
    attemptsMax: Math.max(1, options.attempts ?? ATTEMPTS),
    firstDelayMs: options.firstDelayMs ?? FIRST_DELAY_MS,
  };
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const common: Record<string, string> = {
    ...(options.actor === undefined ? {} : { 'X-Actor': headerText(options.actor) }),
    ...(options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` }),
  };
  /**
   * A server that has answered and is gone is waited for: it starts again. One that never answered is not.
   */
  let hasAnswered = false;
  return { send, open };

  async function send<T>(call: Call, take: (response: Response) => Promise<T>): Promise<Received<T>> {
    let unsure = false;
    for (let attempts = 1; ; attempts++) {
      try {
        const { response, value } = await attempt(call, take);
        return { head: headOf(response, attempts), response, value };
      } catch (error) {
        call.signal?.throwIfAborted();
        if (!(error instanceof ApiError)) throw error;
        if (error instanceof NeverThere && attempts === 1) throw error;
        unsure = isUnsure(call, error) || (unsure && !settles(call, error));
        const delayMs = retryAfterMs(call, error, attempts, patience);
        if (delayMs === null) throw error.after({ attempts, mayHaveHappened: unsure });
        await pause(delayMs, call.signal);
      }
    }
  }

  async function attempt<T>(call: Call, take: (response: Response) => Promise<T>) {
    if (call.bulk) {
      const response = await open(call);
      return { response, value: await broken(take(response)) };
    }
    const link = linkedSignal(call.signal, (call.timeoutMs ?? timeoutMs) + (call.waitSeconds ?? 0) * 1000);
    try {
      const response = await open({ ...call, signal: link.signal });
      return { response, value: await broken(take(response)) };
    } finally {
      link.end();
    }
  }

  async function open(call: Call): Promise<Response> {
    const body = typeof call.body === 'function' ? call.body() : call.body;
    const init: RequestInit & { duplex?: 'half' } = {
      method: call.method,
      headers: headersOf({ ...common, ...call.headers }),
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      ...(call.signal ? { signal: call.signal } : {}),
    };
    const answer = fetch(`${base}${call.path}`, init);
    const response = abortable(await broken(unlessAborted(answer, call.signal)), call.signal);
    hasAnswered = true;
    if (response.ok || response.status === 304) return response;
    throw await problemOf(response);
  }

  async function broken<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw notSent(base, error, hasAnswered) ?? unreachable(`No answer from ${base}`, error);
    }
  }
}

/** Throws a TypeError for what is no address of a server. In a page it may begin with `/`. */
function checked(url: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  if (!URL.canParse(url, page))
    throw new TypeError(`The url of a server is like http://127.0.0.1:7770, not ${JSON.stringify(url)}.`);
  const { protocol, username, password } = new URL(url, page);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`The url of a server begins with http:// or https://, not ${protocol}`);
  if (username !== '' || password !== '')
    throw new TypeError('The url of a server has no name and no password in it: send a token.');
  return url;
}

function headersOf(entries: Record<string, string | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(entries)) if (value !== undefined) headers.set(name, value);
  return headers;
}
