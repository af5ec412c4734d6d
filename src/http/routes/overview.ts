/**
 * API.md sections 2 and 6: lists over all taskspaces, search, dashboards, stats. All but one
 * rest on the catalog.
 */
import { z } from 'zod';
import {
  dashboard,
  deletedTaskspace,
  HIT_TYPES,
  hit,
  placedArtifact,
  stats,
  taskspaceDashboard,
} from '../../contract/overview.js';
import { commaList, flag, integer, listOf, page } from '../../contract/parameters.js';
import { chars, person, taskspaceId } from '../../contract/text.js';
import type { Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { readReply } from '../replies.js';

const QUERY_MAX = 500;
const TYPE_MAX = 256;
const PREFIX_BYTES_MAX = 1024;
const DAYS_MAX = 366;
const PROBLEMS = ['catalog_unavailable', 'catalog_behind', 'overloaded'] as const;

const artifactsQuery = z.strictObject({
  ...page,
  owner: person.optional(),
  taskspace: taskspaceId.optional(),
  type: commaList(z.string().max(TYPE_MAX), 50).default([]),
  outdated: flag.default(false),
  modified: flag.default(false),
  prefix: z.string().max(PREFIX_BYTES_MAX).default(''),
});

const searchQuery = z.strictObject({
  ...page,
  q: chars(1, QUERY_MAX),
  type: commaList(z.enum(HIT_TYPES), HIT_TYPES.length).default([]),
  owner: person.optional(),
  taskspace: taskspaceId.optional(),
});

const dashboardQuery = z.strictObject({ owner: person.optional() });
const statsQuery = z.strictObject({ owner: person.optional(), days: integer(1, DAYS_MAX).default(30) });

export function overviewEndpoints({ overview, taskspaces }: Service): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/api/artifacts',
      operation: 'listAllArtifacts',
      tag: 'overview',
      summary: 'The newest artifacts of all taskspaces, by taskspace and path',
      query: artifactsQuery,
      answers: { 200: { description: 'A page of artifacts', schema: listOf(placedArtifact) } },
      problems: ['invalid_cursor', ...PROBLEMS],
      async handle(call) {
        const { owner = null, taskspace = null, type: types, cursor = null, ...others } = call.query;
        const query = { owner, taskspace, types, cursor, ...others };
        return readReply(call, await overview.artifacts(call.caller, query));
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/trash',
      operation: 'listTrash',
      tag: 'overview',
      summary: 'Deleted taskspaces that are kept for a while, newest first',
      query: z.strictObject(page),
      answers: { 200: { description: 'A page of deleted taskspaces', schema: listOf(deletedTaskspace) } },
      problems: ['invalid_cursor', ...PROBLEMS],
      async handle(call) {
        const { limit, cursor = null } = call.query;
        return readReply(call, await overview.trash(call.caller, { limit, cursor }));
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/search',
      operation: 'search',
      tag: 'overview',
      summary: 'Words, "phrases" and prefix* in taskspaces, messages, tasks and artifacts, best first',
      query: searchQuery,
      answers: { 200: { description: 'A page of hits', schema: listOf(hit) } },
      problems: ['invalid_cursor', ...PROBLEMS],
      async handle(call) {
        const { q, type: types, owner = null, taskspace = null, limit, cursor = null } = call.query;
        const query = { q, types, owner, taskspace, limit, cursor };
        return readReply(call, await overview.search(call.caller, query));
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/dashboard',
      operation: 'getDashboard',
      tag: 'overview',
      summary: 'All taskspaces, or those of an owner, at a glance',
      query: dashboardQuery,
      answers: { 200: { description: 'The dashboard', schema: dashboard } },
      problems: PROBLEMS,
      handle: async (call) =>
        readReply(call, await overview.dashboard(call.caller, call.query.owner ?? null)),
    }),
    endpoint({
      method: 'get',
      path: '/api/taskspaces/:id/dashboard',
      operation: 'getTaskspaceDashboard',
      tag: 'taskspaces',
      summary: 'One taskspace at a glance',
      answers: { 200: { description: 'Its dashboard', schema: taskspaceDashboard } },
      handle: async (call) => readReply(call, await taskspaces.dashboard(call.caller, call.parts.id)),
    }),
    endpoint({
      method: 'get',
      path: '/api/stats',
      operation: 'getStats',
      tag: 'overview',
      summary: 'Sums, and what each of the last days brought',
      query: statsQuery,
      answers: { 200: { description: 'The stats', schema: stats } },
      problems: PROBLEMS,
      async handle(call) {
        const { owner = null, days } = call.query;
        return readReply(call, await overview.stats(call.caller, { owner, days }));
      },
    }),
  ];
}
