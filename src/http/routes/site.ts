/** What is not about a taskspace: health, readiness, the contract itself, its problems, and HTML pages. */
import { z } from 'zod';
import { ERRORS, isCode } from '../../contract/errors.js';
import { type Code, TaskspaceError } from '../../domain/errors.js';
import type { Readiness } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import type { HttpDeps } from '../http-deps.js';
import type { OpenApiDocument } from '../openapi.js';
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

const status = z.object({ status: z.string() });
/** Lists, search and dashboards need the catalog; single taskspaces are served whatever its state. */
const readiness = z.object({
  status: z.enum(['ready', 'degraded']).meta({
    description: 'degraded: work is taken, and something is wrong; `reasons` says what.',
  }),
  reasons: z.array(z.string()).meta({
    description:
      'What is wrong, a sentence each: disk full, damaged or read-only taskspaces (the first 20 by name), no catalog.',
  }),
  catalog: z
    .object({
      state: z.enum(['starting', 'rows', 'texts', 'ready', 'unavailable']),
      detail: z.string().optional(),
      progress: z.number().min(0).max(1).optional(),
    })
    .optional(),
});

/** @param document called late, since the document describes these rows too. */
export function siteEndpoints(deps: HttpDeps, document: () => Promise<OpenApiDocument>): Endpoint[] {
  const { service, config } = deps;
  return [
    endpoint({
      method: 'get',
      path: '/health',
      operation: 'health',
      tag: 'server',
      summary: 'Whether the process lives',
      answers: { 200: { description: 'It does', schema: status } },
      handle: async () => jsonReply({ status: 'ok' }, NOT_STORED),
    }),
    endpoint({
      method: 'get',
      path: '/ready',
      operation: 'ready',
      tag: 'server',
      summary: 'Whether the server takes work',
      answers: { 200: { description: 'It does', schema: readiness } },
      problems: ['not_ready'],
      async handle({ exchange }) {
        const { ready, reason, catalog, reasons }: Readiness = exchange.state.draining
          ? { ready: false, reason: 'This worker is shutting down.', reasons: [] }
          : await service.readiness();
        if (!ready) throw new TaskspaceError('not_ready', reason ?? 'The server is starting.');
        return jsonReply({ status: reasons.length > 0 ? 'degraded' : 'ready', reasons, catalog }, NOT_STORED);
      },
    }),
    endpoint({
      method: 'get',
      path: '/openapi.json',
      operation: 'openapi',
      tag: 'server',
      summary: 'This contract as OpenAPI 3.1',
      answers: { 200: { description: 'The document', media: 'application/json' } },
      handle: async () => jsonReply(await document(), ['Cache-Control', 'no-cache']),
    }),
    endpoint({
      method: 'get',
      path: '/docs',
      operation: 'docs',
      tag: 'server',
      summary: 'This contract as a page',
      answers: { 200: { description: 'The page', media: 'text/html' } },
      handle: async () => textReply(HTML, docsPage(await document(), config), PAGE),
    }),
    endpoint({
      method: 'get',
      path: '/problems/:code',
      operation: 'problem',
      tag: 'server',
      summary: 'What a problem code means and what to do',
      answers: { 200: { description: 'The explanation, as HTML, text or JSON by Accept', media: '*/*' } },
      problems: ['not_found'],
      async handle({ exchange, parts }) {
        if (!isCode(parts.code))
          throw new TaskspaceError(
            'not_found',
            `There is no such problem code. All of them are at ${config.basePath}/docs.`,
          );
        return explain(parts.code, exchange.req.headers.accept ?? '', config.basePath);
      },
    }),
    endpoint({
      method: 'get',
      path: '/',
      operation: 'home',
      tag: 'server',
      summary: "A page with the server's state and the first calls",
      answers: { 200: { description: 'The page', media: 'text/html' } },
      async handle({ exchange }) {
        const [count, readiness] = await Promise.all([service.count(), service.readiness()]);
        const host = exchange.req.headers.host ?? `${config.host}:${config.port}`;
        return textReply(HTML, homePage({ ...deps, count, readiness, host, now: new Date() }), PAGE);
      },
    }),
  ];
}

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
