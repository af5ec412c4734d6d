/**
 * One request, and what is known about it before a route is chosen. For Express it is kept beside the
 * request, not on it, so that no middleware can change it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Code } from '../domain/errors.js';
import type { RawHeaders } from './raw-headers.js';
import { requestIdOf } from './request-id.js';
import type { RequestOrder } from './request-order.js';
import type { Target } from './target.js';
export interface RequestLog {
  /** Whether polled reads are logged as well, so that none may bypass `follow`. */
  readonly polled: boolean;
  /** Writes the line when the answer is sent or the client has left. */
  follow(exchange: Exchange): void;
  /** A request that could not be parsed, and so has no exchange. */
  broken(requestId: string, status: number, code: string): void;
}

/** What all requests of this server share. */
export interface ServerState {
  readonly worker: number;
  /** Set once by a drain: from then on, answers close their connections. */
  draining: boolean;
  /** Calls that have not ended, those of clients that have left included. */
  running: number;
  /** One function for each waiting call, which ends its wait. */
  readonly waits: Set<() => void>;
  /** Of the requests on each connection. */
  readonly order: RequestOrder;
  /** The prefix that a proxy puts before every path; '' for none. */
  readonly base: string;
  /** Answers differ by `Origin` when CORS is on, and must say so to caches. */
  readonly varyOrigin: boolean;
  /** Null: requests are not logged. */
  readonly requests: RequestLog | null;
}

export interface Exchange {
  readonly state: ServerState;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly id: string;
  readonly target: Target;
  /** The client waits for `100 Continue` before it sends its body. */
  awaitsContinue: boolean;
  /** CORS headers of every answer to this request; empty without CORS. */
  cors: RawHeaders;
  /** The path of its row of the contract, once found. */
  route: string | null;
  /** The caller, once known. */
  by: string | null;
  /** Of the problem that answered it. */
  code: Code | null;
}

const exchanges = new WeakMap<IncomingMessage, Exchange>();

export function openExchange(
  state: ServerState,
  req: IncomingMessage,
  res: ServerResponse,
  target: Target,
  awaitsContinue: boolean,
): Exchange {
  const id = requestIdOf(req.headers['x-request-id']);
  const exchange: Exchange = {
    ...{ state, req, res, id, target, awaitsContinue, cors: [], route: null, by: null, code: null },
  };
  state.requests?.follow(exchange);
  return exchange;
}

/** Makes the exchange known to code that only gets the request. */
export function bindExchange(exchange: Exchange): void {
  exchanges.set(exchange.req, exchange);
}

export function exchangeOf(req: IncomingMessage): Exchange {
  const exchange = exchanges.get(req);
  if (exchange === undefined) throw new Error('this request did not come through the listener');
  return exchange;
}
