/**
 * Errors as RFC 9457 problems. Any error but a TaskspaceError is a defect: it is logged with its stack, and
 * the client gets nothing of it but the request id to ask about.
 */
import { ERRORS } from '../contract/errors.js';
import { TaskspaceError } from '../domain/errors.js';
import { jsonDocument } from '../domain/json.js';
import type { Log } from '../platform/log.js';
import type { Exchange } from './exchange.js';
import type { RawHeaders } from './raw-headers.js';
import { send } from './send.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** A problem repeats parts of the request: whatever they are, no browser runs them. */
export const PROBLEM_GUARDS = [
  'X-Content-Type-Options',
  'nosniff',
  'Content-Security-Policy',
  "default-src 'none'; sandbox",
] as const;

/** Seconds: short, because these states end without help; a sync-failed journal needs an operator. */
const RETRY_SECONDS = 1;
const RETRY_READ_ONLY_SECONDS = 60;

export function sendProblem(exchange: Exchange, thrown: unknown, log: Log): void {
  const error = asTaskspaceError(thrown);
  const { status } = ERRORS[error.code];
  exchange.code = error.code;
  if (status >= 500) logFailure(exchange, error, thrown, log);
  const { res } = exchange;
  if (res.headersSent) {
    // A part of the answer is sent: only a broken connection can show that it is incomplete.
    res.destroy();
    return;
  }
  const body = Buffer.from(jsonDocument(problemBody(error, exchange.id, exchange.state.base)));
  const headers: RawHeaders = [
    ...['Content-Type', PROBLEM_TYPE, 'Content-Length', body.length],
    ...['Cache-Control', 'no-store', ...PROBLEM_GUARDS, ...problemHeaders(error, status)],
  ];
  // The connection's input has ended, or the start of the next request is unknown.
  if (error.code === 'incomplete_body' && !exchange.state.draining) headers.push('Connection', 'close');
  send(exchange, status, headers, body);
}

/** A defect or damage is logged with its stack; a lack of resources in one line. */
function logFailure({ id, target, req }: Exchange, error: TaskspaceError, thrown: unknown, log: Log): void {
  const { code, message } = error;
  const fields = { requestId: id, method: req.method, path: target.path, code };
  if (code === 'internal' || code === 'damaged') log.error({ ...fields, err: thrown }, 'request failed');
  else log.warn({ ...fields, detail: message, cause: causeOf(error) }, 'request refused');
}

function causeOf({ cause }: TaskspaceError): string | undefined {
  return cause === undefined ? undefined : String(cause);
}

/** A call as texts name it that know nothing of the prefix: `PUT /api/taskspaces/a`, `GET /ready`. */
const CALL = /\b(GET|PUT|POST|PATCH|DELETE) (\/(?:api\/|ready\b))/g;

/** The members of a problem (API.md section 1). @param base the prefix of every path. */
export function problemBody(error: TaskspaceError, requestId: string, base: string): Record<string, unknown> {
  const { code, extras } = error;
  const { title, status } = ERRORS[code];
  return {
    ...extras.members,
    type: `${base}/problems/${code}`,
    title,
    status,
    code,
    detail: base === '' ? error.message : error.message.replace(CALL, `$1 ${base}$2`),
    instance: `${base}/requests/${requestId}`,
    ...(extras.errors === undefined ? {} : { errors: extras.errors }),
  };
}

function problemHeaders({ code, extras }: TaskspaceError, status: number): string[] {
  const headers: string[] = [];
  if (extras.etag !== undefined) headers.push('ETag', extras.etag);
  if ((status === 503 || status === 429) && extras.headers?.['Retry-After'] === undefined) {
    headers.push('Retry-After', String(code === 'read_only' ? RETRY_READ_ONLY_SECONDS : RETRY_SECONDS));
  }
  for (const [name, value] of Object.entries(extras.headers ?? {})) headers.push(name, value);
  return headers;
}

function asTaskspaceError(thrown: unknown): TaskspaceError {
  if (thrown instanceof TaskspaceError) return thrown;
  return new TaskspaceError(
    'internal',
    'The server made a mistake and has logged it under this request id. Repeat the request; if it fails again, report the id.',
  );
}
