/**
 * Failed answers: the server's problem (RFC 9457), an answer of something other than this
 * server, or none at all.
 */
import type { Fault } from '../contract/errors.js';
import { numberIn } from './answer.js';
import { ApiError } from './api-error.js';

const DETAIL_LENGTH_MAX = 200;

/** Reads the body of an answer that is neither 2xx nor 304. */
export async function problemOf(response: Response): Promise<ApiError> {
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
    errors: Array.isArray(errors) ? errors.filter(isFault) : [],
    problem,
    etag: response.headers.get('etag'),
    requestId: response.headers.get('x-request-id'),
    worker: numberIn(response.headers, 'x-worker'),
    retryAfterSeconds: numberIn(response.headers, 'retry-after'),
  });
}

/** Something else than this server may have written the problem. */
function isFault(value: unknown): value is Fault {
  const { pointer, detail } = Object(value) as Record<string, unknown>;
  return typeof pointer === 'string' && typeof detail === 'string';
}

/**
 * Codes that mean that there was no connection, so nothing was sent: the system's, and those of Node's fetch.
 */
const NEVER_CONNECTED = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'],
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * What no repeat changes, before anything of a call is sent: the other side speaks no TLS or has no
 * certificate that is believed (Node's codes), or `fetch` refuses the address (undici's words).
 */
const LASTING = [
  /^(CERT_|ERR_TLS_CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_)/,
  /^ERR_SSL_(WRONG_VERSION|PACKET_LENGTH|HTTP_REQUEST|UNKNOWN_PROTOCOL|UNSUPPORTED_PROTOCOL|TLSV1_ALERT)/,
  /^(bad port|unknown scheme)$/,
];
/** Of undici: answered before anything was done, by something else than this server. */
const REDIRECTED = 'unexpected redirect';

/** No answer came, or it was cut off. @param what the failure, in words: the reason is added. */
export function unreachable(what: string, error: unknown): ApiError {
  const reason = reasonOf(error);
  return new ApiError({ status: 0, code: 'unreachable', detail: `${what}: ${reason}.` }, undefined, {
    cause: error,
  });
}

/**
 * Nothing was sent to `base`, which is so for now (NotThere) or lasts (Uncallable); null when this error does
 * not say so.
 * @param hasAnswered whether there has been a server.
 */
export function notSent(base: string, error: unknown, hasAnswered: boolean): ApiError | null {
  const reason = reasonOf(error);
  const fields = (detail: string) => ({ status: 0, code: 'unreachable', detail }) as const;
  const nothing = 'Nothing was sent, so nothing has happened.';
  if (NEVER_CONNECTED.has(reason)) {
    const Kind = hasAnswered ? NotThere : NeverThere;
    return new Kind(fields(`There is no server at ${base} (${reason}). ${nothing}`), undefined, {
      cause: error,
    });
  }
  const detail =
    reason === REDIRECTED
      ? `${base} answers with a redirect, which is not followed. Name the address that it leads to.`
      : `${base} cannot be called (${reason}): another scheme, host or port is meant. ${nothing}`;
  const isLasting = reason === REDIRECTED || LASTING.some((form) => form.test(reason));
  return isLasting ? new Uncallable(fields(detail), undefined, { cause: error }) : null;
}

/** The connection was never made. */
export class NotThere extends ApiError {}

/** Nor was there ever one to this server. */
export class NeverThere extends NotThere {}

/** The address is at fault: calling it again is of no use. */
export class Uncallable extends ApiError {}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? ((error.cause as Error | undefined) ?? error) : undefined;
  const reason = (cause as { code?: unknown } | undefined)?.code ?? cause?.message ?? String(error);
  return typeof reason === 'string' ? reason : String(cause?.message);
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
