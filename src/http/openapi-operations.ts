/**
 * The full description of each operation, and an example call with its answer, for /openapi.json and /docs.
 */
import type { Json } from '../domain/json.js';
import * as is from './openapi-examples.js';

export interface OperationText {
  readonly description: string;
  /** Of the example call, with its `?`. */
  readonly query?: string;
  /** JSON, or the bytes of an upload as text. */
  readonly body?: object | string;
  /** JSON, or text in another media type; absent: no body. */
  readonly answer?: Json | object | string;
}

export const OPERATIONS: Readonly<Record<string, OperationText>> = {
  postMessages: {
    description:
      'Appends to the log of the taskspace. Messages are never changed or removed; their `seq` counts without a gap.',
    body: { content: 'I can see it.', role: 'assistant', from: 'coder' },
    answer: is.message,
  },
  listMessages: {
    description:
      'A page of the log by `seq`. With `after` and `wait` it answers as soon as something new is there, or with an empty page.',
    query: '?after=0&limit=1',
    answer: { ...is.page(is.message), lastSeq: 1 },
  },
  getMessage: { description: 'A message by its `seq`.', answer: is.message },
  listConversations: {
    description: 'The conversations of the taskspace by name, each with how many messages it has.',
    answer: is.page(is.conversation),
  },
  getTaskspace: {
    description: 'The metadata. Plan, messages and artifacts have calls of their own.',
    answer: is.taskspace,
  },
  putTaskspace: {
    description:
      'Creates the taskspace, or replaces its metadata; what is absent gets its default. Nothing changes: 200 and the same revision.',
    body: { name: 'Fix the dates', owner: 'ann', tags: ['bug'], data: { ticket: 'T-12' } },
    answer: is.taskspace,
  },
  patchTaskspace: {
    description: 'Changes what the patch names: null resets a member, or removes a key within `data`.',
    body: { status: 'active', data: { ticket: 'T-12' } },
    answer: is.taskspace,
  },
  deleteTaskspace: {
    description:
      'Moves it to the trash. Waiting reads end with 404, event streams with `taskspace.deleted`; its id is free at once.',
  },
  createTaskspace: {
    description:
      'Creates a taskspace under the id that is sent, or one that is made. With an Idempotency-Key the id follows from the key.',
    body: { id: 'fix-dates', name: 'Fix the dates', owner: 'ann', tags: ['bug'] },
    answer: is.taskspace,
  },
  listTaskspaces: {
    description:
      'All taskspaces that pass the filters, in any of four orders. A cursor is good for ever with the same filters and order.',
    query: '?owner=ann&status=active&limit=1',
    answer: is.page(is.taskspace),
  },
  getSummary: {
    description: 'How many messages, artifacts and tasks there are, and what was refused.',
    answer: is.summary,
  },
  exportTaskspace: {
    description: 'Everything but the bytes of artifacts, as of one commit.',
    query: '?format=json',
    answer: {
      ...{ format: 1, commit: 4, taskspace: is.taskspace, plan: is.plan },
      ...{ messages: [is.message], artifacts: [is.artifact] },
    },
  },
  getPlan: {
    description: 'The plan. One that was never written is empty, with revision 0.',
    answer: is.plan,
  },
  putPlan: {
    description: 'The list of tasks as it shall be, in this order: those that it does not name are removed.',
    body: {
      goal: 'Week numbers as ISO 8601 has them.',
      tasks: [{ id: 't1', name: 'Reproduce it', goal: 'A test that fails.' }],
    },
    answer: is.plan,
  },
  listReadyTasks: {
    description:
      'What could be claimed now, in the order of the plan: pending or lapsed, with all that it depends on finished.',
    query: '?agent=coder',
    answer: { items: [is.task] },
  },
  addTask: {
    description: 'Appends a task to the plan, under the id that is sent or the next `t<n>`.',
    body: { name: 'Reproduce it', goal: 'A test that fails.' },
    answer: is.task,
  },
  getTask: { description: 'A task of the plan.', answer: is.task },
  patchTask: {
    description: 'Changes what the patch names, also the status, for which no token is needed.',
    body: { goal: 'A test that fails.' },
    answer: is.task,
  },
  deleteTask: { description: 'Takes the task out of the plan. One that others depend on stays: 409.' },
  claimTask: {
    description:
      'Gives the first ready task, or the one that is named, to this agent for as long as the lease lasts. Of many who ask at once each gets another one.',
    body: { agent: 'coder', leaseSeconds: 60, wait: 10 },
    answer: is.claimed,
  },
  renewClaim: {
    description:
      'Holds on to the task from now on. A lapsed claim that nobody has taken can be renewed, too.',
    body: is.token,
    answer: is.claimed,
  },
  releaseTask: {
    description: 'Gives the task back: it is pending again.',
    body: is.token,
    answer: is.releasedTask,
  },
  completeTask: {
    description: 'Ends the task well. Repeated with the same token it answers the same.',
    body: { ...is.token, result: { commit: '4f1c2d' } },
    answer: is.completedTask,
  },
  failTask: {
    description: 'Ends the task badly. What that means for the others, its `onFailure` says.',
    body: { ...is.token, error: 'It does not happen here.' },
    answer: is.failedTask,
  },
  listLeases: {
    description: 'Leases that were granted and not released, lapsed ones too.',
    answer: { items: [is.lease] },
  },
  grantLease: {
    description:
      'Grants the lease if nobody holds it. Its fence is larger than every one before: whoever guards a thing refuses smaller ones.',
    body: { holder: 'coder', leaseSeconds: 60 },
    answer: is.grantedLease,
  },
  renewLease: {
    description: 'Holds on to the lease from now on, with the same fence.',
    body: is.token,
    answer: is.grantedLease,
  },
  releaseLease: { description: 'Gives the lease back.', body: is.token },
  putArtifact: {
    description:
      'The body is the bytes. Every revision is kept; the same bytes, type and metadata again make none.',
    body: '# ISO weeks\n',
    answer: is.artifact,
  },
  patchArtifact: {
    description: 'A new revision over the same bytes.',
    body: { contentType: 'text/markdown', metadata: {} },
    answer: is.artifact,
  },
  getArtifact: {
    description:
      'The bytes. In a browser, text/plain, images but SVG, PDF, JSON, audio and video are shown; everything else is a download in a sandbox.',
    answer: '# ISO weeks\n',
  },
  deleteArtifact: {
    description: 'A new revision that says so; the ones before can still be read by number.',
  },
  listArtifacts: {
    description: 'The newest revision of each path, by path in the order of its bytes.',
    query: '?prefix=notes/',
    answer: is.page(is.artifact),
  },
  listRevisions: {
    description: 'Every revision of one path, the newest first, deletions included.',
    answer: is.page(is.artifact),
  },
  listChanges: {
    description:
      'Every commit of the server in one order that all readers share. `position` is the `since` of the next call.',
    query: '?since=now&wait=10',
    answer: { items: [is.change], position: '1.512.4' },
  },
  listAllArtifacts: {
    description: 'The newest revision of each artifact of all taskspaces.',
    query: '?owner=ann&prefix=notes/',
    answer: is.page({ ...is.artifact, taskspace: 'fix-dates' }),
  },
  listTrash: { description: 'Deleted taskspaces, the last one first.', answer: is.page(is.deletedTaskspace) },
  search: {
    description:
      'Names that are the text first, then names that begin with it, then texts; the newest first in each.',
    query: '?q=see&type=message',
    answer: is.page(is.hit),
  },
  getDashboard: {
    description:
      'Sums, the newest taskspaces, what has happened last, who works on what, and what waits for a person.',
    query: '?owner=ann',
    answer: is.dashboard,
  },
  getTaskspaceDashboard: { description: 'The same for one taskspace.', answer: is.taskspaceDashboard },
  getStats: {
    description: 'Sums, and what each of the last days brought, UTC.',
    query: '?days=1',
    answer: is.stats,
  },
  followServer: {
    description:
      'Commits of all taskspaces as they come, as server-sent events. `Last-Event-ID` goes on where it was.',
    query: '?since=now',
    answer: is.serverEvent,
  },
  followTaskspace: {
    description: 'Commits of one taskspace as they come, as server-sent events, in their order.',
    query: '?since=3',
    answer: is.taskspaceEvent,
  },
  getCacheStats: {
    description: 'Of the whole server and of each worker. Looking is not counted.',
    answer: is.cacheStats,
  },
  getCacheHealth: {
    description: 'Whether what answers faster than the store does so. Without it all answers come, later.',
    answer: is.cacheHealth,
  },
  invalidateCache: {
    description: 'Drops entries on all workers and in Redis. Answers are right without it.',
    body: { taskspace: 'fix-dates' },
    answer: { invalidated: 3 },
  },
  warmCache: {
    description: 'Makes entries before anybody asks for them.',
    body: { owner: 'ann' },
    answer: { warmed: 4, failed: 0, durationMs: 12.5, errors: [] },
  },
  listCacheKeys: {
    description: 'Entries by key, or one with what it was made from.',
    query: '?pattern=detail:fix-dates:*',
    answer: is.page(is.cacheKey),
  },
  deleteCacheKey: {
    description: 'Drops one entry on all workers and in Redis.',
    query: '?key=detail:fix-dates:summary',
  },
  health: { description: 'Answers while the process lives, and looks at nothing.', answer: { status: 'ok' } },
  ready: {
    description: 'Whether single taskspaces can be read and written, and how far the catalog is.',
    answer: { status: 'ready' },
  },
  openapi: {
    description: 'Made from the schemas that requests are checked by.',
    answer: { openapi: '3.1.0' },
  },
  docs: { description: 'This page.', answer: '<!doctype html>' },
  problem: {
    description: 'What problems link to as their `type`.',
    answer: 'not_found (404): There is nothing here',
  },
  home: { description: 'For people who have just started it.', answer: '<!doctype html>' },
};
