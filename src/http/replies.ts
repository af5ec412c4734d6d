/** The replies that rows of the contract give: what the use cases answered, ready to be written. */
import type { ReadAnswer, WriteAnswer } from '../service/answer.js';
import type { Call, Reply } from './endpoint.js';
import { matchesWeakly } from './entity-tags.js';
import type { RawHeaders } from './raw-headers.js';
import { JSON_TYPE, send, sendRead, sendWrite } from './send.js';

/** A read: 200, or 304 when `If-None-Match` names its state. */
export function readReply(call: Pick<Call<unknown, unknown>, 'known'>, answer: ReadAnswer): Reply {
  const notModified =
    call.known !== undefined && answer.etag !== null && matchesWeakly(call.known, answer.etag);
  return ({ state, req, res, id, cors }) => sendRead(state, req, res, id, cors, answer, notModified);
}

export function writeReply(answer: WriteAnswer): Reply {
  return (exchange) => sendWrite(exchange, answer);
}

/** Anything else that is not a taskspace's: state of the server, pages. */
export function textReply(type: string, text: string, extra: RawHeaders = []): Reply {
  return (exchange) => {
    const body = Buffer.from(text);
    send(exchange, 200, ['Content-Type', type, 'Content-Length', body.length, ...extra], body);
  };
}

export function jsonReply(value: unknown, extra: RawHeaders = []): Reply {
  return textReply(JSON_TYPE, JSON.stringify(value), extra);
}
