/** API.md section 2: create, replace, read, patch, delete, and the list. */
import { z } from 'zod';
import { listedTaskspace } from '../../contract/overview.js';
import { commaList, listOf, order, page } from '../../contract/parameters.js';
import { taskspace, taskspaceInput, taskspacePatch } from '../../contract/taskspaces.js';
import { chars, person, tag } from '../../contract/text.js';
import { STATUSES } from '../../domain/taskspace.js';
import type { Service, TaskspacesQuery } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';
import { checkSameId } from '../same-id.js';

const ROOT = '/api/taskspaces';
const ONE = '/api/taskspaces/:id';

const TAGS_MAX = 50;
const WORDS_MAX = 500;

const listQuery = z.strictObject({
  ...page,
  owner: person.optional(),
  status: commaList(z.enum(STATUSES), STATUSES.length).default([]),
  tag: commaList(tag, TAGS_MAX).default([]),
  q: chars(1, WORDS_MAX).optional(),
  sort: z.enum(['updatedAt', 'createdAt', 'name', 'id']).default('updatedAt'),
  order: order.optional(),
  include: z.enum(['summary']).optional(),
});

export function taskspaceEndpoints(service: Service): Endpoint[] {
  const { taskspaces } = service;
  return [
    endpoint({
      method: 'get',
      path: ONE,
      operation: 'getTaskspace',
      tag: 'taskspaces',
      summary: 'One taskspace',
      answers: { 200: { description: 'The taskspace', schema: taskspace } },
      handle: async (call) => readReply(call, await taskspaces.get(call.caller, call.parts.id)),
    }),
    endpoint({
      method: 'post',
      path: ROOT,
      operation: 'createTaskspace',
      tag: 'taskspaces',
      summary: 'Create a taskspace; without an id the server makes one',
      body: { schema: taskspaceInput, form: 'json', limit: 'json' },
      keyed: true,
      answers: { 201: { description: 'Created', schema: taskspace } },
      problems: ['already_exists'],
      handle: async ({ caller, body, key }) => writeReply(await taskspaces.create(caller, body, key)),
    }),
    endpoint({
      method: 'get',
      path: ROOT,
      operation: 'listTaskspaces',
      tag: 'taskspaces',
      summary: 'Taskspaces in any order, by any filters',
      query: listQuery,
      answers: { 200: { description: 'A page of taskspaces', schema: listOf(listedTaskspace) } },
      problems: ['invalid_cursor', 'catalog_unavailable', 'catalog_behind', 'overloaded'],
      handle: async (call) => readReply(call, await taskspaces.list(call.caller, listOfQuery(call.query))),
    }),
    endpoint({
      method: 'put',
      path: ONE,
      operation: 'putTaskspace',
      tag: 'taskspaces',
      summary: 'Create a taskspace, or replace its metadata',
      body: { schema: taskspaceInput, form: 'json', limit: 'json' },
      preconditions: true,
      answers: {
        200: { description: 'Replaced, or unchanged', schema: taskspace },
        201: { description: 'Created', schema: taskspace },
      },
      async handle({ caller, parts, body, pre }) {
        const { id, ...input } = body;
        checkSameId(id, parts.id);
        return writeReply(await taskspaces.put(caller, parts.id, input, pre));
      },
    }),
    endpoint({
      method: 'patch',
      path: ONE,
      operation: 'patchTaskspace',
      tag: 'taskspaces',
      summary: 'Change the metadata by a merge patch',
      body: { schema: taskspacePatch, form: 'patch', limit: 'json' },
      preconditions: true,
      answers: { 200: { description: 'Changed, or unchanged', schema: taskspace } },
      async handle({ caller, parts, body, pre }) {
        const { id, ...patch } = body;
        checkSameId(id, parts.id);
        return writeReply(await taskspaces.patch(caller, parts.id, patch, pre));
      },
    }),
    endpoint({
      method: 'delete',
      path: ONE,
      operation: 'deleteTaskspace',
      tag: 'taskspaces',
      summary: 'Delete a taskspace',
      preconditions: true,
      answers: { 204: { description: 'Deleted' } },
      handle: async ({ caller, parts, pre }) => writeReply(await taskspaces.remove(caller, parts.id, pre)),
    }),
  ];
}

/** Times are listed newest first, names and ids in ascending order. */
function listOfQuery(query: z.output<typeof listQuery>): TaskspacesQuery {
  const { owner = null, status: statuses, tag: tags, q = null, sort, limit, cursor = null } = query;
  const order = query.order ?? (sort === 'name' || sort === 'id' ? 'asc' : 'desc');
  return { owner, statuses, tags, q, sort, order, limit, cursor, withSummary: query.include === 'summary' };
}
