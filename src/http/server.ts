/**
 * The HTTP server of one worker: the hot path in front, Express behind it, and an end that loses no request.
 * All limits and time-outs are set here, explicitly.
 */

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TaskspaceError } from '../domain/errors.js';
import { createAccess } from './access.js';
import { createApp } from './app.js';
import { withoutBase } from './base-path.js';
import { BodyThreads } from './body-threads.js';
import { answerBrokenRequest, refuseTunnel } from './broken-request.js';
import { endWithClients } from './client-end.js';
import { createDirectPath } from './direct-path.js';
import { createDrain, type Drain } from './drain.js';
import { bindExchange, openExchange, type ServerState } from './exchange.js';
import { createHotPath } from './hot-path.js';
import type { HttpDeps } from './http-deps.js';
import { sendProblem } from './problems.js';
import { createRequestLog } from './request-log.js';
import { RequestOrder } from './request-order.js';
import { apiEndpoints } from './routes/api.js';
import { siteEndpoints } from './routes/site.js';
import { routingUrl, splitTarget } from './target.js';

const HEADER_BYTES_MAX = 16 * 1024;
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS = 30_000;
/** Of a connection without traffic: a stalled upload, a client that does not read. */
const IDLE_MS = 120_000;

export interface HttpServer {
  /** Not yet listening. */
  readonly server: http.Server;
  /** Ends the server within `deadlineMs` milliseconds from now; see `createDrain`. */
  readonly drain: Drain;
}

export function createHttpServer(deps: HttpDeps): HttpServer {
  const { service, config, log } = deps;
  const state: ServerState = {
    worker: deps.worker,
    base: config.basePath,
    draining: false,
    running: 0,
    waits: new Set(),
    order: new RequestOrder(),
    varyOrigin: config.access.corsOrigins.length > 0,
    requests: createRequestLog(config.log, log),
  };
  const access = createAccess(config);
  const hotPath = createHotPath(service, access, state, (req, res) => slowPath(req, res, false));
  const rows = [...apiEndpoints(service, config.limits), ...siteEndpoints(deps)];
  const bodies = new BodyThreads();
  const context = { access, limits: config.limits, log, bodies };
  const directPath = createDirectPath(context, rows);
  const app = createApp(context, rows);

  const server = http.createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      // Large uploads over slow lines may take hours; IDLE_MS ends those that have stopped.
      requestTimeout: 0,
      noDelay: true,
      insecureHTTPParser: false,
      // Checked in access.ts, where it can be answered with a problem.
      requireHostHeader: false,
      // Else Node drops the second of two silently, and the intended Host is unknown.
      joinDuplicateHeaders: true,
    },
    (req, res) => {
      // No socket: an earlier request of this connection has it.
      if (res.socket === null || state.base !== '') inTurn(req, res, () => begin(req, res));
      else begin(req, res);
    },
  );
  endWithClients(state, server);
  // Node drops headers beyond a count silently; their bytes are bounded above, and that is enough.
  server.maxHeadersCount = 0;
  server.setTimeout(IDLE_MS);
  server.on('checkContinue', (req, res) => inTurn(req, res, () => slowPath(req, res, true)));
  server.on('checkExpectation', (req, res) => inTurn(req, res, () => refuseExpectation(req, res)));
  server.on('close', () => bodies.close());
  server.on('connect', (_req: IncomingMessage, socket: Duplex) => refuseTunnel(state, socket));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answerBrokenRequest(state, error, socket),
  );
  return { server, drain: createDrain(server, state) };

  function inTurn(req: IncomingMessage, res: ServerResponse, run: () => void): void {
    if (state.base !== '') withoutBase(req, state.base);
    if (res.socket === null) state.order.wait(req, res, state.draining, run);
    else run();
  }

  function begin(req: IncomingMessage, res: ServerResponse): void {
    if (!hotPath(req, res)) slowPath(req, res, false);
  }

  function refuseExpectation(req: IncomingMessage, res: ServerResponse): void {
    const exchange = openExchange(state, req, res, splitTarget(req.url ?? '/'), false);
    const detail = 'The only Expect that is known is 100-continue.';
    sendProblem(exchange, new TaskspaceError('invalid_header', detail), log);
  }

  function slowPath(req: IncomingMessage, res: ServerResponse, awaitsContinue: boolean): void {
    const target = splitTarget(req.url ?? '/');
    const exchange = openExchange(state, req, res, target, awaitsContinue);
    if (directPath(exchange)) return;
    bindExchange(exchange);
    req.url = routingUrl(target, req.method);
    app(req, res);
  }
}
