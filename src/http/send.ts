/**
 * The only place that writes answers. The hot path and Express both end in `sendRead`, so their headers
 * and bytes cannot differ. Headers are written as one flat array in a fixed order; Node adds Date,
 * Connection and Keep-Alive.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReadAnswer, WriteAnswer } from '../app/answer.js';
import { jsonDocument } from '../domain/json.js';
import type { Exchange, ServerState } from './exchange.js';
import { asNodeHeaders, type RawHeaders } from './raw-headers.js';

export const JSON_TYPE = 'application/json';
export const READ_CACHING = 'private, no-cache';
/** How much of an unread body Node may discard to keep the connection; above it the connection is closed. */
const DISCARD_BYTES_MAX = 65_536;
const LINGER_MS = 1_000;
const TOO_LARGE = 413;

/** Answers a read from its ready body: 200, or 304 when the client has this state. */
export function sendRead(
  state: ServerState,
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string,
  cors: RawHeaders | undefined,
  answer: ReadAnswer,
  notModified: boolean,
): void {
  const { body, etag } = answer;
  const headers: RawHeaders = [
    'Content-Type',
    JSON_TYPE,
    'X-Cache',
    answer.cache,
    'Cache-Control',
    READ_CACHING,
  ];
  if (etag !== null) headers.push('ETag', etag);
  if (!notModified) headers.push('Content-Length', body.length);
  finish(state, req, res, requestId, cors, notModified ? 304 : 200, headers, notModified ? undefined : body);
}

/** @param ready the body's JSON, if already made. */
export function sendWrite(exchange: Exchange, answer: WriteAnswer, ready?: Buffer): void {
  const headers: RawHeaders = [];
  let body: Buffer | string | undefined;
  if (answer.status !== 204) {
    // A string: Node then puts head and body into one write.
    body = ready ?? jsonDocument(answer.body);
    headers.push('Content-Type', JSON_TYPE, 'Content-Length', Buffer.byteLength(body));
  }
  if (answer.etag !== null) headers.push('ETag', answer.etag);
  if (answer.location !== null) headers.push('Location', exchange.state.base + answer.location);
  headers.push('X-Commit', answer.commit);
  if (answer.replayed) headers.push('Idempotency-Replayed', 'true');
  if (answer.nothing) {
    const { reason, againInMs } = answer.nothing;
    headers.push('X-Reason', reason);
    if (againInMs !== null) headers.push('Retry-After', Math.max(1, Math.ceil(againInMs / 1000)));
  }
  send(exchange, answer.status, headers, body);
}

/** Any other whole answer. `body` undefined: none, and no length is announced. */
export function send(
  exchange: Exchange,
  status: number,
  headers: RawHeaders,
  body: Buffer | string | undefined,
): void {
  finish(exchange.state, exchange.req, exchange.res, exchange.id, exchange.cors, status, headers, body);
}

/** Writes the head of an answer whose body is streamed afterwards. */
export function sendHead(exchange: Exchange, status: number, headers: RawHeaders): void {
  addCommon(exchange.state, exchange.req, exchange.id, exchange.cors, headers);
  exchange.res.writeHead(status, asNodeHeaders(headers));
}

function finish(
  state: ServerState,
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string,
  cors: RawHeaders | undefined,
  status: number,
  headers: RawHeaders,
  body: Buffer | string | undefined,
): void {
  if (res.headersSent || res.destroyed) return;
  addCommon(state, req, requestId, cors, headers);
  if (!req.complete && (status === TOO_LARGE || mustLinger(req))) {
    endAfterBody(req, res, status, headers, body);
    return;
  }
  res.writeHead(status, asNodeHeaders(headers));
  res.end(body);
}

function addCommon(
  state: ServerState,
  req: IncomingMessage,
  requestId: string,
  cors: RawHeaders | undefined,
  headers: RawHeaders,
): void {
  headers.push('X-Request-Id', requestId, 'X-Worker', state.worker);
  if (state.varyOrigin) headers.push('Vary', 'Origin');
  if (cors !== undefined && cors.length > 0) headers.push(...cors);
  if (state.draining && !state.order.isFollowed(req.socket)) headers.push('Connection', 'close');
}

/**
 * Whether more of the body may arrive than is worth reading to keep the connection, or (a client that waits
 * for `100 Continue`) perhaps none of it, so that the next request could be taken for a body.
 */
function mustLinger({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined || headers.expect !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > DISCARD_BYTES_MAX;
}

/**
 * Answers while the body still arrives, then closes. Closing at once would make the kernel reset the
 * connection, and the client might never see the answer; so input is discarded for a moment first.
 */
function endAfterBody(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  headers: RawHeaders,
  body: Buffer | string | undefined,
): void {
  if (!headers.includes('Connection')) headers.push('Connection', 'close');
  res.writeHead(status, asNodeHeaders(headers));
  if (body === undefined) res.flushHeaders();
  else res.write(body);
  const timer = setTimeout(done, LINGER_MS);
  req.once('end', done);
  req.once('close', done);
  req.unpipe();
  req.resume();

  function done(): void {
    clearTimeout(timer);
    req.off('end', done);
    req.off('close', done);
    res.end();
  }
}
