/** What is not about a taskspace: health, readiness, the contract itself, its problems, and HTML pages. */
import { z } from 'zod';
import type { Operations } from '../operation.js';

const status = z.object({ status: z.string().describe('Its status.') });

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
      state: z.enum(['starting', 'rows', 'texts', 'ready', 'unavailable']).describe('How it is.'),
      detail: z.string().optional().describe('What is so, in a sentence.'),
      progress: z.number().min(0).max(1).optional().describe('How far it is.'),
    })
    .optional()
    .describe('How far the catalog behind lists and search is.'),
});

export const siteOperations = {
  health: {
    method: 'get',
    path: '/health',
    tag: 'server',
    scope: null,
    cost: 0,
    summary: 'Whether the process lives',
    description: 'Answers while the process lives, and looks at nothing.',
    answers: { 200: { description: 'It does', schema: status } },
    example: { answer: { status: 'ok' } },
  },
  ready: {
    method: 'get',
    path: '/ready',
    tag: 'server',
    scope: null,
    cost: 0,
    summary: 'Whether the server takes work',
    description: 'Whether single taskspaces can be read and written, and how far the catalog is.',
    answers: { 200: { description: 'It does', schema: readiness } },
    problems: ['not_ready'],
    example: { answer: { status: 'ready' } },
  },
  openapi: {
    method: 'get',
    path: '/openapi.json',
    tag: 'server',
    scope: null,
    summary: 'This contract as OpenAPI 3.1',
    description: 'Made from the schemas that requests are checked by.',
    answers: { 200: { description: 'The document', media: 'application/json' } },
    example: { answer: { openapi: '3.1.0' } },
  },
  docs: {
    method: 'get',
    path: '/docs',
    tag: 'server',
    scope: null,
    summary: 'This contract as a page',
    description: 'This page.',
    answers: { 200: { description: 'The page', media: 'text/html' } },
    example: { answer: '<!doctype html>' },
  },
  problem: {
    method: 'get',
    path: '/problems/:code',
    tag: 'server',
    scope: null,
    summary: 'What a problem code means and what to do',
    description: 'What problems link to as their `type`.',
    answers: { 200: { description: 'The explanation, as HTML, text or JSON by Accept', media: '*/*' } },
    problems: ['not_found'],
    example: { answer: 'not_found (404): There is nothing here' },
  },
  home: {
    method: 'get',
    path: '/',
    tag: 'server',
    scope: null,
    summary: "A page with the server's state and the first calls",
    description: 'For people who have just started it.',
    answers: { 200: { description: 'The page', media: 'text/html' } },
    example: { answer: '<!doctype html>' },
  },
} satisfies Operations;
