/** What is not about a taskspace: health, readiness, the contract itself, its problems, and HTML pages. */

import type { Readiness } from '../../app/admin/readiness.js';
import { ERRORS, isCode } from '../../contract/errors.js';
import { type OpenApiDocument, openApiDocument } from '../../contract/openapi.js';
import { siteOperations } from '../../contract/operations/site.js';
import { OPERATIONS } from '../../contract/operations.js';
import { type Code, TaskspaceError } from '../../domain/errors.js';
import { bind, type Endpoint } from '../endpoint.js';
import type { HttpDeps } from '../http-deps.js';
import { docsPage } from '../pages/docs.js';
import { homePage } from '../pages/home.js';
import { problemPage } from '../pages/problem.js';
import type { RawHeaders } from '../raw-headers.js';
import { jsonReply, textReply } from '../replies.js';

const NOT_STORED: RawHeaders = ['Cache-Control', 'no-store'];

const HTML = 'text/html; charset=utf-8';

/** Pages contain their style and load nothing: no script, no external request. */
const PAGE: RawHeaders = [
  ...['Cache-Control', 'no-cache', 'X-Content-Type-Options', 'nosniff'],
  ...[
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
];

function explain(code: Code, accept: string, base: string) {
  const { status, title, meaning, next } = ERRORS[code];
  const extra: RawHeaders = ['Vary', 'Accept', ...PAGE];
  if (accept.includes('text/html')) return textReply(HTML, problemPage(code, base), extra);
  if (accept.includes('text/plain')) {
    return textReply(
      'text/plain; charset=utf-8',
      `${code} (${status}): ${title}\n\n${meaning}\n${next}\n`,
      extra,
    );
  }
  const type = `${base}/problems/${code}`;
  return jsonReply({ type, title, status, code, meaning, next }, extra);
}

export function siteEndpoints(deps: HttpDeps): Endpoint[] {
  const { service, config } = deps;
  // Made on the first request for it: it takes longer than the rest of a worker's start.
  let made: Promise<OpenApiDocument> | undefined;
  const document = (): Promise<OpenApiDocument> => {
    made ??= openApiDocument(OPERATIONS, config);
    return made;
  };
  return bind(siteOperations, {
    health: async () => jsonReply({ status: 'ok' }, NOT_STORED),

    async ready({ exchange }) {
      const { ready, reason, catalog, reasons }: Readiness = exchange.state.draining
        ? { ready: false, reason: 'This worker is shutting down.', reasons: [] }
        : await service.readiness();
      if (!ready) throw new TaskspaceError('not_ready', reason ?? 'The server is starting.');
      return jsonReply({ status: reasons.length > 0 ? 'degraded' : 'ready', reasons, catalog }, NOT_STORED);
    },

    openapi: async () => jsonReply(await document(), ['Cache-Control', 'no-cache']),

    docs: async () => textReply(HTML, docsPage(await document(), config), PAGE),

    async problem({ exchange, parts }) {
      if (!isCode(parts.code))
        throw new TaskspaceError(
          'not_found',
          `There is no such problem code. All of them are at ${config.basePath}/docs.`,
        );
      return explain(parts.code, exchange.req.headers.accept ?? '', config.basePath);
    },

    async home({ exchange }) {
      const [count, readiness] = await Promise.all([service.count(), service.readiness()]);
      const host = exchange.req.headers.host ?? `${config.host}:${config.port}`;
      return textReply(HTML, homePage({ ...deps, count, readiness, host, now: new Date() }), PAGE);
    },
  });
}
