/** API.md section 2: create, replace, read, patch, delete, and the list. */
import { z } from 'zod';
import { STATUSES } from '../../domain/taskspace.js';
import * as is from '../examples.js';
import type { Operations } from '../operation.js';
import { listedTaskspace, taskspaceDashboard } from '../overview.js';
import { commaList, listOf, order, page } from '../parameters.js';
import { exported, summary } from '../summary.js';
import { taskspace, taskspaceInput, taskspacePatch } from '../taskspaces.js';
import { chars, person, tag } from '../text.js';

const ROOT = '/api/taskspaces';
const ONE = '/api/taskspaces/:id';
const TAGS_MAX = 50;
const WORDS_MAX = 500;

const listQuery = z.strictObject({
  ...page,
  owner: person.optional().describe('Of this owner alone.'),
  status: commaList(z.enum(STATUSES), STATUSES.length)
    .default([])
    .describe('In any of these statuses, commas between them.'),
  tag: commaList(tag, TAGS_MAX).default([]).describe('With all of these tags, commas between them.'),
  q: chars(1, WORDS_MAX).optional().describe('Words: each begins a word of the name or the id.'),
  sort: z
    .enum(['updatedAt', 'createdAt', 'name', 'id'])
    .default('updatedAt')
    .describe('What the list is ordered by.'),
  order: order.optional().describe('asc or desc.'),
  include: z.enum(['summary']).optional().describe('`summary`: each with its summary.'),
});

const exportQuery = z.strictObject({
  format: z.enum(['tar', 'ndjson', 'json']).default('tar').describe('The form of the answer.'),
});

export const taskspaceOperations = {
  getTaskspace: {
    method: 'get',
    path: ONE,
    tag: 'taskspaces',
    scope: 'read',
    summary: 'One taskspace',
    description: 'The metadata. Plan, messages and artifacts have calls of their own.',
    answers: { 200: { description: 'The taskspace', schema: taskspace } },
    example: { answer: is.taskspace },
  },
  createTaskspace: {
    method: 'post',
    path: ROOT,
    tag: 'taskspaces',
    scope: 'write',
    summary: 'Create a taskspace; without an id the server makes one',
    description:
      'Creates a taskspace under the id that is sent, or one that is made. With an Idempotency-Key the id follows from the key.',
    body: { schema: taskspaceInput },
    keyed: true,
    answers: { 201: { description: 'Created', schema: taskspace } },
    problems: ['already_exists'],
    example: {
      body: { id: 'fix-dates', name: 'Fix the dates', owner: 'ann', tags: ['bug'] },
      answer: is.taskspace,
    },
  },
  listTaskspaces: {
    method: 'get',
    path: ROOT,
    tag: 'taskspaces',
    scope: 'read',
    summary: 'Taskspaces in any order, by any filters',
    description:
      'All taskspaces that pass the filters, in any of four orders. A cursor is good for ever with the same filters and order.',
    query: listQuery,
    answers: { 200: { description: 'A page of taskspaces', schema: listOf(listedTaskspace) } },
    problems: ['invalid_cursor', 'catalog_unavailable', 'catalog_behind', 'overloaded'],
    example: { query: '?owner=ann&status=active&limit=1', answer: is.page(is.taskspace) },
  },
  putTaskspace: {
    method: 'put',
    path: ONE,
    tag: 'taskspaces',
    scope: 'write',
    summary: 'Create a taskspace, or replace its metadata',
    description:
      'Creates the taskspace, or replaces its metadata; what is absent gets its default. Nothing changes: 200 and the same revision.',
    body: { schema: taskspaceInput },
    preconditions: true,
    answers: {
      200: { description: 'Replaced, or unchanged', schema: taskspace },
      201: { description: 'Created', schema: taskspace },
    },
    example: {
      body: { name: 'Fix the dates', owner: 'ann', tags: ['bug'], data: { ticket: 'T-12' } },
      answer: is.taskspace,
    },
  },
  patchTaskspace: {
    method: 'patch',
    path: ONE,
    tag: 'taskspaces',
    scope: 'write',
    summary: 'Change the metadata by a merge patch',
    description: 'Changes what the patch names: null resets a member, or removes a key within `data`.',
    body: { schema: taskspacePatch, form: 'patch' },
    preconditions: true,
    answers: { 200: { description: 'Changed, or unchanged', schema: taskspace } },
    example: { body: { status: 'active', data: { ticket: 'T-12' } }, answer: is.taskspace },
  },
  deleteTaskspace: {
    method: 'delete',
    path: ONE,
    tag: 'taskspaces',
    scope: 'write',
    summary: 'Delete a taskspace',
    description:
      'Moves it to the trash. Waiting reads end with 404, event streams with `taskspace.deleted`; its id is free at once.',
    preconditions: true,
    answers: { 204: { description: 'Deleted' } },
  },
  getSummary: {
    method: 'get',
    path: `${ONE}/summary`,
    tag: 'taskspaces',
    scope: 'read',
    summary: 'A taskspace in numbers',
    description: 'How many messages, artifacts and tasks there are, and what was refused.',
    answers: { 200: { description: 'The summary', schema: summary } },
    example: { answer: is.summary },
  },
  exportTaskspace: {
    method: 'get',
    path: `${ONE}/export`,
    tag: 'taskspaces',
    scope: 'read',
    summary: 'Everything in a taskspace, as of one commit; this version needs format=json',
    description: 'Everything but the bytes of artifacts, as of one commit.',
    query: exportQuery,
    answers: {
      200: { description: 'The document; a large one is streamed and has no ETag', schema: exported },
    },
    problems: ['not_supported'],
    example: {
      query: '?format=json',
      answer: {
        ...{ format: 1, commit: 4, taskspace: is.taskspace, plan: is.plan },
        ...{ messages: [is.message], artifacts: [is.artifact] },
      },
    },
  },
  getTaskspaceDashboard: {
    method: 'get',
    path: '/api/taskspaces/:id/dashboard',
    tag: 'taskspaces',
    scope: 'read',
    summary: 'One taskspace at a glance',
    description: 'The same for one taskspace.',
    answers: { 200: { description: 'Its dashboard', schema: taskspaceDashboard } },
    example: { answer: is.taskspaceDashboard },
  },
} satisfies Operations;
