/**
 * API.md sections 2 and 6: lists over all taskspaces, search, dashboards, stats. All but one
 * rest on the catalog.
 */
import { z } from 'zod';
import * as is from '../examples.js';
import type { Operations } from '../operation.js';
import { dashboard, deletedTaskspace, HIT_TYPES, hit, placedArtifact, stats } from '../overview.js';
import { commaList, flag, integer, listOf, page } from '../parameters.js';
import { chars, person, taskspaceId } from '../text.js';

const QUERY_MAX = 500;
const TYPE_MAX = 256;
const PREFIX_BYTES_MAX = 1024;
const DAYS_MAX = 366;
const PROBLEMS = ['catalog_unavailable', 'catalog_behind', 'overloaded'] as const;

const artifactsQuery = z.strictObject({
  ...page,
  owner: person.optional().describe('Of this owner alone.'),
  taskspace: taskspaceId.optional().describe('In this taskspace alone.'),
  type: commaList(z.string().max(TYPE_MAX), 50)
    .default([])
    .describe('Of any of these types, commas between them.'),
  outdated: flag.default(false).describe('true: those whose deployed version is not the upstream one.'),
  modified: flag
    .default(false)
    .describe('true: those that were modified locally (`metadata.localModified`).'),
  prefix: z.string().max(PREFIX_BYTES_MAX).default('').describe('Paths that begin so.'),
});

const searchQuery = z.strictObject({
  ...page,
  q: chars(1, QUERY_MAX).describe(
    'Words that must all occur, "phrases", and beginnings*; any case, with or without accents.',
  ),
  type: commaList(z.enum(HIT_TYPES), HIT_TYPES.length)
    .default([])
    .describe('Of any of these types, commas between them.'),
  owner: person.optional().describe('Of this owner alone.'),
  taskspace: taskspaceId.optional().describe('In this taskspace alone.'),
});

const dashboardQuery = z.strictObject({ owner: person.optional().describe('Of this owner alone.') });

const statsQuery = z.strictObject({
  owner: person.optional().describe('Of this owner alone.'),
  days: integer(1, DAYS_MAX).default(30).describe('So many days, today included.'),
});

export const overviewOperations = {
  listAllArtifacts: {
    method: 'get',
    path: '/api/artifacts',
    tag: 'overview',
    scope: 'read',
    summary: 'The newest artifacts of all taskspaces, by taskspace and path',
    description: 'The newest revision of each artifact of all taskspaces.',
    query: artifactsQuery,
    answers: { 200: { description: 'A page of artifacts', schema: listOf(placedArtifact) } },
    problems: ['invalid_cursor', ...PROBLEMS],
    example: {
      query: '?owner=ann&prefix=notes/',
      answer: is.page({ ...is.artifact, taskspace: 'fix-dates' }),
    },
  },
  listTrash: {
    method: 'get',
    path: '/api/trash',
    tag: 'overview',
    scope: 'read',
    summary: 'Deleted taskspaces that are kept for a while, newest first',
    description: 'Deleted taskspaces, the last one first.',
    query: z.strictObject(page),
    answers: { 200: { description: 'A page of deleted taskspaces', schema: listOf(deletedTaskspace) } },
    problems: ['invalid_cursor', ...PROBLEMS],
    example: { answer: is.page(is.deletedTaskspace) },
  },
  search: {
    method: 'get',
    path: '/api/search',
    tag: 'overview',
    scope: 'read',
    summary: 'Words, "phrases" and prefix* in taskspaces, messages, tasks and artifacts, best first',
    description:
      'Names that are the text first, then names that begin with it, then texts; the newest first in each.',
    query: searchQuery,
    answers: { 200: { description: 'A page of hits', schema: listOf(hit) } },
    problems: ['invalid_cursor', ...PROBLEMS],
    example: { query: '?q=see&type=message', answer: is.page(is.hit) },
  },
  getDashboard: {
    method: 'get',
    path: '/api/dashboard',
    tag: 'overview',
    scope: 'read',
    summary: 'All taskspaces, or those of an owner, at a glance',
    description:
      'Sums, the newest taskspaces, what has happened last, who works on what, and what waits for a person.',
    query: dashboardQuery,
    answers: { 200: { description: 'The dashboard', schema: dashboard } },
    problems: PROBLEMS,
    example: { query: '?owner=ann', answer: is.dashboard },
  },
  getStats: {
    method: 'get',
    path: '/api/stats',
    tag: 'overview',
    scope: 'read',
    summary: 'Sums, and what each of the last days brought',
    description: 'Sums, and what each of the last days brought, UTC.',
    query: statsQuery,
    answers: { 200: { description: 'The stats', schema: stats } },
    problems: PROBLEMS,
    example: { query: '?days=1', answer: is.stats },
  },
} satisfies Operations;
