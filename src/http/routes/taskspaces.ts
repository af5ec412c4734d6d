/** API.md section 2: create, replace, read, patch, delete, and the plain list by id. */
import { z } from 'zod';
import { TaskspaceError } from '../../domain/errors.js';
import type { Service } from '../../service/service.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';
import { checkSameId } from '../same-id.js';
import { listOf, order, page } from '../schemas/parameters.js';
import { taskspace, taskspaceInput, taskspacePatch } from '../schemas/taskspace.js';

const ROOT = '/api/taskspaces';
const ONE = '/api/taskspaces/:id';

const listQuery = z.strictObject({
  ...page,
  order: order.default('asc'),
  sort: z.enum(['updatedAt', 'createdAt', 'name', 'id']).optional(),
  owner: z.string().optional(),
  status: z.string().optional(),
  tag: z.string().optional(),
  q: z.string().optional(),
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
      summary: 'Taskspaces by id; other orders and filters need the catalog',
      query: listQuery,
      answers: { 200: { description: 'A page of taskspaces', schema: listOf(taskspace) } },
      problems: ['invalid_cursor', 'catalog_unavailable'],
      async handle(call) {
        const { limit, cursor = null, order, ...others } = call.query;
        refuseCatalog(others);
        return readReply(call, await taskspaces.list(call.caller, { limit, cursor, order }));
      },
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

function refuseCatalog({
  sort,
  ...filters
}: Omit<z.output<typeof listQuery>, 'limit' | 'cursor' | 'order'>): void {
  const names = Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (sort !== undefined && sort !== 'id') names.unshift(`sort=${sort}`);
  if (names.length === 0) return;
  throw new TaskspaceError(
    'catalog_unavailable',
    `This version lists taskspaces by id only: leave out ${names.join(', ')} (sort=id, order, limit and cursor work).`,
  );
}
