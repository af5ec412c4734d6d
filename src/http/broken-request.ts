/**
 * Requests that Node's parser refuses: there is no request object, so the problem is written to the
 * socket directly, with the headers that every answer has. The connection ends, after a moment in which
 * the client can read.
 */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERRORS } from '../contract/errors.js';
import { type Code, TaskspaceError } from '../domain/errors.js';
import { jsonDocument } from '../domain/json.js';
import { endUnfinished } from './body.js';
import type { ServerState } from './exchange.js';
import { PROBLEM_GUARDS, PROBLEM_TYPE, problemBody } from './problems.js';
import { requestIdOf } from './request-id.js';
import { unknownCoding } from './single-headers.js';

const LINGER_MS = 1_000;
const answered = new WeakSet<Duplex>();

export function answerBrokenRequest(state: ServerState, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (answered.has(socket)) return;
  answered.add(socket);
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  state.order.last(socket, () => {
    // When the input ends in the middle of a body, the reader of that body answers.
    if (error.code === 'HPE_INVALID_EOF_STATE' && endUnfinished(socket)) return;
    if (hasBegunAnswer(socket)) socket.destroy();
    else endWith(socket, state, problemOf(error));
  });
}

/** Whether the data on this connection is no request, or only a part of one. */
export function isBroken(socket: Duplex): boolean {
  return answered.has(socket);
}

/** CONNECT: Node provides the socket alone. */
export function refuseTunnel(state: ServerState, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  const refusal = problem('invalid_header', 'This server is no proxy: there is no CONNECT.');
  state.order.last(socket, () => endWith(socket, state, refusal));
}

function endWith(socket: Duplex, state: ServerState, error: TaskspaceError): void {
  // The previous answer has closed the connection, and may not be sent yet.
  if (!socket.writable) return;
  socket.end(rawProblem(state, error));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function problemOf(error: NodeJS.ErrnoException): TaskspaceError {
  if (error.code === 'HPE_HEADER_OVERFLOW')
    return problem(
      'headers_too_large',
      'The headers are larger than 16384 bytes. Send fewer or shorter ones.',
    );
  if (error.code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return problem('too_large', 'The chunk extensions are too large. Send none.');
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return problem('invalid_header', 'The headers did not arrive in time. Send the request again.');
  if (error.code === 'HPE_INVALID_EOF_STATE')
    return problem('incomplete_body', 'The connection ended in the middle of a request. Send it again.');
  if (isUnknownCoding(error)) return unknownCoding();
  if (error.code === 'HPE_INVALID_URL')
    return problem(
      'invalid_header',
      'The path has bytes that no URL has. Percent-encode it as UTF-8 (encodeURIComponent).',
    );
  return problem(
    'invalid_header',
    `This is not an HTTP/1.1 request (${error.code ?? 'unknown error'}). Check its first line and headers.`,
  );
}

/**
 * Under the same code, the parser refuses a Transfer-Encoding beside a Content-Length, which
 * is a smuggled body.
 */
function isUnknownCoding(error: NodeJS.ErrnoException): boolean {
  return (
    error.code === 'HPE_INVALID_TRANSFER_ENCODING' &&
    !String(Reflect.get(error, 'reason')).includes('Content-Length')
  );
}

function problem(code: Code, detail: string): TaskspaceError {
  return new TaskspaceError(code, detail);
}

function rawProblem(state: ServerState, error: TaskspaceError): string {
  const id = requestIdOf(undefined);
  const { status } = ERRORS[error.code];
  const body = jsonDocument(problemBody(error, id, state.base));
  state.requests?.broken(id, status, error.code);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    `${PROBLEM_GUARDS[0]}: ${PROBLEM_GUARDS[1]}`,
    `${PROBLEM_GUARDS[2]}: ${PROBLEM_GUARDS[3]}`,
    `X-Request-Id: ${id}`,
    `X-Worker: ${state.worker}`,
    `Date: ${new Date().toUTCString()}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Whether the socket is in the middle of another answer, which a second head would corrupt. */
function hasBegunAnswer(socket: Duplex): boolean {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  return typeof message === 'object' && message !== null && Reflect.get(message, 'headersSent') === true;
}
