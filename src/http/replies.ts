/** The replies of the contract's rows: the answers of use cases, ready to be written. */

import type { ReadAnswer, StreamAnswer, WriteAnswer } from '../app/answer.js';
import { jsonDocument } from '../domain/json.js';
import { jsonInTurns, longListOf } from '../platform/json-pieces.js';
import { sendStream } from './body-stream.js';
import type { Call, Reply } from './endpoint.js';
import { matchesWeakly } from './entity-tags.js';
import type { RawHeaders } from './raw-headers.js';
import { JSON_TYPE, READ_CACHING, send, sendRead, sendWrite } from './send.js';

/** A read: 200, or 304 when `If-None-Match` names its state. */
export function readReply(call: Pick<Call<unknown, unknown>, 'known'>, answer: ReadAnswer): Reply {
  const notModified =
    call.known !== undefined && answer.etag !== null && matchesWeakly(call.known, answer.etag);
  return ({ state, req, res, id, cors }) => sendRead(state, req, res, id, cors, answer, notModified);
}

/** A read whose body is made while it is sent: no ETag, no length, and never a 304. */
export function streamReply({ stream, cache }: StreamAnswer): Reply {
  return async (exchange) => {
    const headers = ['Content-Type', JSON_TYPE, 'X-Cache', cache, 'Cache-Control', READ_CACHING];
    if (exchange.req.method !== 'HEAD') return sendStream(exchange, 200, headers, stream);
    stream.destroy();
    send(exchange, 200, headers, undefined);
  };
}

export function writeReply(answer: WriteAnswer): Reply {
  if (longListOf(answer.body) === undefined) return (exchange) => sendWrite(exchange, answer);
  return async (exchange) => sendWrite(exchange, answer, await jsonInTurns(answer.body as object));
}

/** Any answer that is not about a taskspace: state of the server, pages. */
export function textReply(type: string, text: string, extra: RawHeaders = [], status = 200): Reply {
  return (exchange) => {
    const body = Buffer.from(text);
    send(exchange, status, ['Content-Type', type, 'Content-Length', body.length, ...extra], body);
  };
}

export function jsonReply(value: unknown, extra: RawHeaders = [], status = 200): Reply {
  return textReply(JSON_TYPE, jsonDocument(value), extra, status);
}

/** Success without a body. */
export function emptyReply(extra: RawHeaders = []): Reply {
  return (exchange) => send(exchange, 204, [...extra], undefined);
}
