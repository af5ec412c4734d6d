/**
 * One log line for each request, so that an answer's request id can be found: method, route, status,
 * milliseconds, request id and caller, at `info`.
 *
 * Requests that agents poll (a taskspace, its plan, its messages, probes) are logged at `debug` as long as
 * they succeed within a second: at tens of thousands a second those lines would cost more than the answers,
 * and hide the others.
 */
import type { Config } from '../config/config.js';
import type { Log } from '../platform/log.js';
import type { Exchange, RequestLog } from './exchange.js';

const POLLED: ReadonlySet<string> = new Set([
  ...['/api/taskspaces/:id', '/api/taskspaces/:id/plan', '/api/taskspaces/:id/messages'],
  ...['/health', '/ready', '/metrics'],
]);
const SLOW_MS = 1_000;
/** Of a path that is no route. */
const PATH_CHARS_MAX = 200;

/** Null: no line would be written. */
export function createRequestLog({ requests, level }: Config['log'], log: Log): RequestLog | null {
  if (!requests || !['trace', 'debug', 'info'].includes(level)) return null;
  return {
    polled: level !== 'info',
    follow(exchange) {
      const startedAt = performance.now();
      exchange.res.once('close', () => tell(log, exchange, performance.now() - startedAt));
    },
    broken: (requestId, status, code) => log.info({ status, code, requestId }, 'request'),
  };
}

function tell(log: Log, exchange: Exchange, tookMs: number): void {
  const { req, res, id, target, route, by, code } = exchange;
  const fields = {
    method: req.method,
    route: route ?? target.path.slice(0, PATH_CHARS_MAX),
    // Null: the client left before there was an answer.
    status: res.headersSent ? res.statusCode : null,
    ms: Math.round(tookMs * 100) / 100,
    requestId: id,
    ...(by === null ? {} : { by }),
    ...(code === null ? {} : { code }),
    ...(res.headersSent && !res.writableFinished ? { cut: true } : {}),
  };
  if (isPolled(exchange, tookMs)) log.debug(fields, 'request');
  else log.info(fields, 'request');
}

/** A wait takes long because that was requested. */
function isPolled({ req, res, target, route }: Exchange, tookMs: number): boolean {
  if (route === null || !POLLED.has(route) || (req.method !== 'GET' && req.method !== 'HEAD')) return false;
  return res.statusCode < 400 && (tookMs < SLOW_MS || target.query.includes('wait='));
}
