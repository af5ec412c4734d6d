/**
 * The Express app: everything but the hot reads. Access is checked first, then the route, then the
 * method; the rest of a request is run by its row of the contract. Express itself neither decodes
 * nor answers anything.
 */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { TaskspaceError } from '../domain/errors.js';
import type { Log } from '../platform/log.js';
import { isPreflight } from './access.js';
import type { Endpoint } from './endpoint.js';
import { type Exchange, exchangeOf } from './exchange.js';
import { nearestRoute } from './known-routes.js';
import { sendProblem } from './problems.js';
import { type RunContext, runEndpoint } from './run-endpoint.js';
import { send } from './send.js';

/** In the order in which `Allow` names them. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const PREFLIGHT_SECONDS = '600';

export interface AppContext extends RunContext {
  readonly log: Log;
}

export function createApp(context: AppContext, endpoints: readonly Endpoint[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('strict routing');
  app.enable('case sensitive routing');

  app.use((req: Request, _res: Response, next: NextFunction) => {
    context.access.admit(exchangeOf(req));
    next();
  });
  for (const [path, rows] of byPath(endpoints)) addRoute(app, context, path, rows);
  const templates = [...new Set(endpoints.map(({ path }) => path))];
  app.use((req: Request) => {
    throw notFound(exchangeOf(req), templates);
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, req: Request, _res: Response, _next: NextFunction) => {
    sendProblem(exchangeOf(req), error, context.log);
  });
  return app;
}

function byPath(endpoints: readonly Endpoint[]): Map<string, Endpoint[]> {
  const paths = new Map<string, Endpoint[]>();
  for (const row of endpoints) {
    const rows = paths.get(row.path);
    if (rows === undefined) paths.set(row.path, [row]);
    else rows.push(row);
  }
  return paths;
}

function addRoute(app: Express, context: AppContext, path: string, rows: readonly Endpoint[]): void {
  const methods = rows.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
  const allow = METHODS.filter((method) => method === 'OPTIONS' || methods.includes(method)).join(', ');
  const route = app.route(path);
  for (const row of rows) {
    // HEAD comes here as well: Express sends it to the GET of a route without a HEAD.
    route[row.method]((req: Request) => runEndpoint(context, row, exchangeOf(req), req.params));
  }
  route.all((req: Request) => {
    const exchange = exchangeOf(req);
    if (req.method === 'OPTIONS') sendOptions(exchange, allow);
    else throw wrongMethod(exchange, allow);
  });
}

function sendOptions(exchange: Exchange, allow: string): void {
  const headers = ['Allow', allow];
  if (isPreflight(exchange)) {
    const asked = exchange.req.headers['access-control-request-headers'];
    headers.push('Access-Control-Allow-Methods', allow, 'Access-Control-Max-Age', PREFLIGHT_SECONDS);
    if (asked !== undefined) headers.push('Access-Control-Allow-Headers', asked);
  }
  send(exchange, 204, headers, undefined);
}

function wrongMethod(exchange: Exchange, allow: string): TaskspaceError {
  return new TaskspaceError(
    'method_not_allowed',
    `This path does not take ${exchange.req.method}. It takes ${allow}.`,
    {
      headers: { Allow: allow },
    },
  );
}

function notFound({ target, state: { base } }: Exchange, templates: readonly string[]): TaskspaceError {
  const slash = target.path.length > 1 && target.path.endsWith('/');
  const nearest = nearestRoute(target.path, templates);
  const hints = [
    ...(slash ? ['Leave out the slash at its end.'] : []),
    ...(nearest === undefined || nearest === target.path.replace(/\/+$/, '')
      ? []
      : [`Did you mean ${base}${nearest}?`]),
    `The calls of this server are listed at ${base}/docs and ${base}/openapi.json.`,
  ];
  return new TaskspaceError('not_found', `There is no such route. ${hints.join(' ')}`);
}
