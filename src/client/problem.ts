/** Answers that are none: the server's problem (RFC 9457), something else than this server, or nothing at all. */
import { numberIn } from './answer.js';
import { ApiError } from './api-error.js';
import type { Fault } from './shapes.js';

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
    errors: Array.isArray(errors) ? (errors as Fault[]) : [],
    problem,
    etag: response.headers.get('etag'),
    requestId: response.headers.get('x-request-id'),
    worker: numberIn(response.headers, 'x-worker'),
    retryAfterSeconds: numberIn(response.headers, 'retry-after'),
  });
}

/** No answer came, or it broke off. @param what is so, in words: the reason is added. */
export function unreachable(what: string, error: unknown): ApiError {
  const cause = error instanceof Error ? ((error.cause as Error | undefined) ?? error) : undefined;
  const reason = (cause as { code?: string } | undefined)?.code ?? cause?.message ?? String(error);
  const detail = `${what}: ${typeof reason === 'string' ? reason : cause?.message}.`;
  return new ApiError({ status: 0, code: 'unreachable', detail }, undefined, { cause: error });
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
