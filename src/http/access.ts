/**
 * Access to this server, before any route is chosen: the Host and Origin check of a server that runs
 * open, wherever it is bound (a web page must neither read nor write it), CORS, and tokens. The hot path
 * uses the same objects.
 */

import { type Caller, openCaller } from '../app/caller.js';
import type { Config } from '../config/config.js';
import { TaskspaceError } from '../domain/errors.js';
import type { Exchange } from './exchange.js';
import { decodeOnce } from './target.js';

const ACTOR_MAX = 128;
const TOKEN_FREE = new Set(['/health', '/ready', '/', '/docs', '/openapi.json']);
const EXPOSED =
  'ETag, Location, X-Request-Id, X-Worker, X-Cache, X-Commit, X-Revision, Repr-Digest, Retry-After, Idempotency-Replayed';
/** The caller of every request without `X-Actor` while the server runs open. */
export const ANONYMOUS: Caller = Object.freeze(openCaller(null));

export interface Access {
  /** Whether tokens are needed; the hot path then leaves everything to Express. */
  readonly auth: boolean;
  hostAllowed(host: string): boolean;
  /**
   * Host, Origin and token, in this order. Fills the CORS headers of the exchange. Throws `forbidden_origin`,
   * `unauthorized`, `invalid_header`.
   */
  admit(exchange: Exchange): void;
  /** The caller of an admitted request. Throws `invalid_header` when `X-Actor` is malformed. */
  callerOf(exchange: Exchange): Caller;
}

export function createAccess(config: Config): Access {
  const { auth, corsOrigins } = config.access;
  const named = new Set(config.access.hosts.map(canonical));
  const origins = new Set(corsOrigins);
  let lastAllowed = '';

  function hostAllowed(host: string): boolean {
    if (host === lastAllowed) return true;
    const asked = canonical(host);
    if (!isLoopback(withoutPort(asked)) && !named.has(asked) && !named.has(withoutPort(asked))) return false;
    lastAllowed = host;
    return true;
  }

  function admit(exchange: Exchange): void {
    const { req } = exchange;
    const { origin } = req.headers;
    const host = exchange.target.authority ?? req.headers.host;
    if (host?.includes(',')) {
      throw new TaskspaceError('invalid_header', 'There are several Host headers. Send one.');
    }
    if (host === undefined && req.httpVersion !== '1.0') {
      throw new TaskspaceError(
        'invalid_header',
        'The Host header is missing. Send the host and port of the URL that you called.',
      );
    }
    if (host === undefined ? !isHealthCheck(exchange) : host === '' || !hostAllowed(host)) {
      throw new TaskspaceError(
        'forbidden_origin',
        'This server does not answer for this Host. Call it as 127.0.0.1 or localhost, or name the host in ALLOWED_HOSTS.',
      );
    }
    if (origin !== undefined) checkOrigin(exchange, origin, host ?? '');
    if (auth && !isTokenFree(exchange)) {
      throw new TaskspaceError(
        'unauthorized',
        'This server needs a token. Send `Authorization: Bearer <token>`.',
        {
          headers: { 'WWW-Authenticate': 'Bearer' },
        },
      );
    }
  }

  function checkOrigin(exchange: Exchange, origin: string, host: string): void {
    if (origins.has(origin) || origins.has('*')) {
      exchange.cors = ['Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', EXPOSED];
    } else if (origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
      throw new TaskspaceError(
        'forbidden_origin',
        'This server does not answer web pages of another origin. Name the origin in CORS_ORIGINS to allow it.',
      );
    }
  }

  return { auth, hostAllowed, admit, callerOf };
}

function callerOf(exchange: Exchange): Caller {
  const sent = exchange.req.headers['x-actor'];
  if (sent === undefined) return ANONYMOUS;
  const actor = typeof sent === 'string' ? decodeActor(sent) : undefined;
  if (actor !== undefined) return openCaller(actor);
  throw new TaskspaceError(
    'invalid_header',
    'X-Actor must be 1 to 128 characters without control characters, percent-encoded as UTF-8 (encodeURIComponent).',
  );
}

/** The name in an `X-Actor` header; undefined when it is malformed. */
export function decodeActor(sent: string): string | undefined {
  const actor = decodeOnce(sent);
  if (actor === undefined || actor.length === 0 || /[\p{Cc}\p{Cs}]/u.test(actor)) return undefined;
  return actor.length <= ACTOR_MAX || [...actor].length <= ACTOR_MAX ? actor : undefined;
}

/** By design of browsers a preflight carries no token; it reveals nothing but methods. */
function isTokenFree(exchange: Exchange): boolean {
  const { path } = exchange.target;
  return TOKEN_FREE.has(path) || path.startsWith('/problems/') || isPreflight(exchange);
}

export function isPreflight(exchange: Exchange): boolean {
  const { req, cors } = exchange;
  return (
    req.method === 'OPTIONS' && cors.length > 0 && req.headers['access-control-request-method'] !== undefined
  );
}

/**
 * Load balancers send these in HTTP/1.0, without a Host: no browser does, and they reveal and change nothing.
 */
function isHealthCheck({ req, target }: Exchange): boolean {
  if (req.method === 'OPTIONS') return target.path === '/' || target.path === '*';
  return (req.method === 'GET' || req.method === 'HEAD') && /^\/(health|ready)$/.test(target.path);
}

/** In lower case, without the final dot that ends a complete name (RFC 3986 section 3.2.2). */
function canonical(host: string): string {
  return host.toLowerCase().replace(/\.(?=$|:\d*$)/, '');
}

/** What is no host with at most a port behind it stays as it is, and so is the name of nobody. */
function withoutPort(host: string): string {
  return /^(\[[0-9a-f:.]*\]|[^[\]:@/]*)(?::\d{0,5})?$/.exec(host)?.[1] ?? host;
}

/** RFC 6761 section 6.3: `localhost` and every name below it. */
function isLoopback(name: string): boolean {
  if (/^([a-z0-9_-]{1,63}\.)*localhost$/.test(name) || name === '[::1]') return true;
  const parts = name.split('.');
  return (
    parts.length === 4 &&
    parts[0] === '127' &&
    parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
  );
}
