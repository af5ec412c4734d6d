/**
 * A shortcut past Express for the most frequent calls of agents: posting and reading messages. Express
 * takes 50 µs to find a route, which is more than these calls take themselves. The row that runs is the
 * one that Express would run, so only finding it is different; a path with anything but a plain id in it
 * is left to Express.
 */
import type { AppContext } from './app.js';
import type { Endpoint } from './endpoint.js';
import type { Exchange } from './exchange.js';
import { sendProblem } from './problems.js';
import { runEndpoint } from './run-endpoint.js';

const PATH = /^\/api\/taskspaces\/([a-z0-9][a-z0-9_-]{0,63})\/messages$/;
const ROUTE = '/api/taskspaces/:id/messages';

/** Answers the request and returns true, or does nothing and returns false. */
export type DirectPath = (exchange: Exchange) => boolean;

export function createDirectPath(context: AppContext, endpoints: readonly Endpoint[]): DirectPath {
  const rows = new Map(
    endpoints.filter(({ path }) => path === ROUTE).map((row) => [row.method.toUpperCase(), row]),
  );

  return function directPath(exchange) {
    const row = rows.get(exchange.req.method ?? '');
    const id = row && PATH.exec(exchange.target.path)?.[1];
    if (id === undefined || row === undefined) return false;
    run(row, exchange, id).catch((error: unknown) => sendProblem(exchange, error, context.log));
    return true;
  };

  async function run(row: Endpoint, exchange: Exchange, id: string): Promise<void> {
    context.access.admit(exchange);
    await runEndpoint(context, row, exchange, { id });
  }
}
