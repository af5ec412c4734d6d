/**
 * The short path in front of Express: `GET /api/taskspaces/:id` and `…/plan` straight from L1, answered at
 * the end of the turn in which they came. It makes no promise, no pattern match and no needless lookup.
 * Every unusual request (another method, a query, a body, an Origin, tokens, an invalid id, nothing in L1) is
 * left to Express, which has the right answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { openCaller } from '../app/caller.js';
import type { UseCases } from '../app/use-cases.js';
import { type Access, ANONYMOUS, decodeActor } from './access.js';
import { matchesWeakly, parseTags } from './entity-tags.js';
import type { ServerState } from './exchange.js';
import { requestIdOf } from './request-id.js';
import { sendRead } from './send.js';
import { isRepeated } from './single-headers.js';

const PREFIX = '/api/taskspaces/';
const ID_START = PREFIX.length;
const ID_MAX = 64;
const PLAN = '/plan';
const SLASH = 0x2f;

/** Takes the request and returns true, or does nothing and returns false. */
export type HotPath = (req: IncomingMessage, res: ServerResponse) => boolean;

/** Answers what the hot path has taken and cannot answer. */
export type FallBack = (req: IncomingMessage, res: ServerResponse) => void;

export function createHotPath(
  service: Pick<UseCases, 'peek'>,
  access: Access,
  state: ServerState,
  fallBack: FallBack,
): HotPath {
  // When every read is logged, reads take the path that logs.
  if (access.auth || state.requests?.polled) return () => false;

  return function hotPath(req, res) {
    if (req.method !== 'GET') return false;
    const url = req.url;
    if (url === undefined || !url.startsWith(PREFIX)) return false;
    const end = endOfId(url);
    if (end < 0) return false;
    const whole = end === url.length;
    if (!whole && (url.length !== end + PLAN.length || !url.endsWith(PLAN))) return false;

    const headers = req.headers;
    const host = headers.host;
    if (host === undefined || headers.origin !== undefined || !access.hostAllowed(host)) return false;
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return false;
    let caller = ANONYMOUS;
    const sentActor = headers['x-actor'];
    if (sentActor !== undefined) {
      if (isRepeated(req, 'x-actor')) return false;
      const actor = typeof sentActor === 'string' ? decodeActor(sentActor) : undefined;
      if (actor === undefined) return false;
      caller = openCaller(actor);
    }
    const condition = headers['if-none-match'];
    const tags = condition === undefined ? undefined : parseTags(condition);
    if (condition !== undefined && (tags === undefined || isRepeated(req, 'if-none-match'))) return false;

    const id = whole ? url.slice(ID_START) : url.slice(ID_START, end);
    state.running++;
    service.peek(caller, id, whole ? 'detail' : 'plan', (answer) => {
      state.running--;
      if (answer === undefined) return fallBack(req, res);
      const notModified = tags !== undefined && answer.etag !== null && matchesWeakly(tags, answer.etag);
      sendRead(state, req, res, requestIdOf(headers['x-request-id']), undefined, answer, notModified);
    });
    return true;
  };
}

/** Where the id in the URL ends: at the URL's end or at a slash; -1 when it is not an id. */
function endOfId(url: string): number {
  const length = url.length;
  let i = ID_START;
  for (; i < length; i++) {
    const c = url.charCodeAt(i);
    const plain = (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39);
    if (plain) continue;
    if (c === SLASH) break;
    if ((c !== 0x5f && c !== 0x2d) || i === ID_START) return -1;
  }
  return i > ID_START && i - ID_START <= ID_MAX ? i : -1;
}
