/** API.md section 2: create, replace, read, patch, delete, list, and a taskspace as a whole. */
import type { DeletedTaskspace, ListedTaskspace, TaskspaceDashboard } from '../contract/overview.js';
import type { Export, Summary } from '../contract/summary.js';
import type { Status, Taskspace, TaskspaceInput, TaskspacePatch } from '../contract/taskspaces.js';
import type { Answer, NotModified } from './answer.js';
import { ApiError } from './api-error.js';
import {
  type CallOptions,
  callJson,
  type PostOptions,
  post,
  preconditions,
  type Read,
  readConditionally,
  type WriteOptions,
} from './call.js';
import { type Download, download } from './download.js';
import { listOf, type PagedList, type PageOptions } from './paged-list.js';
import { queryString, taskspacePath } from './target.js';
import type { Send } from './transport.js';

const ALL = '/api/taskspaces';

export interface TaskspaceQuery extends PageOptions {
  readonly owner?: string | undefined;
  /** Any of these. */
  readonly status?: readonly Status[] | undefined;
  /** All of these. */
  readonly tag?: readonly string[] | undefined;
  readonly q?: string | undefined;
  readonly sort?: 'updatedAt' | 'createdAt' | 'name' | 'id' | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
  /** Each with its `summary`. */
  readonly include?: 'summary' | undefined;
}

export interface ExportOptions extends CallOptions {
  /** `tar` when absent: the taskspace's folder; `ndjson` and `json` are for reading. */
  readonly format?: 'tar' | 'ndjson' | 'json' | undefined;
}

export interface TaskspaceCalls {
  create(input: TaskspaceInput, options?: PostOptions): Promise<Answer<Taskspace>>;
  /** Creates it (201) or replaces its metadata whole (200). */
  put(id: string, input: TaskspaceInput, options?: WriteOptions): Promise<Answer<Taskspace>>;
  get: Read<[id: string], Taskspace>;
  /** Is repeated after a broken connection only with `ifMatch`. */
  patch(id: string, patch: TaskspacePatch, options?: WriteOptions): Promise<Answer<Taskspace>>;
  delete(id: string, options?: WriteOptions): Promise<Answer<undefined>>;
  list(query?: TaskspaceQuery): PagedList<ListedTaskspace>;
  /** Deleted taskspaces that are still retained, newest first. */
  trash(query?: PageOptions): PagedList<DeletedTaskspace>;
  summary: Read<[id: string], Summary>;
  dashboard: Read<[id: string], TaskspaceDashboard>;
  /** The whole taskspace as of one commit, as a stream. */
  export(id: string, options?: ExportOptions): Promise<Download>;
  /** The same as one value: for taskspaces that fit into memory. */
  exportJson: Read<[id: string], Export>;
}

export function taskspaceCalls(send: Send): TaskspaceCalls {
  return {
    create: async (input, options) => post(send, ALL, input, options),
    put: async (id, json, options = {}) =>
      callJson(send, {
        method: 'PUT',
        path: taskspacePath(id),
        json,
        signal: options.signal,
        headers: preconditions(options),
      }),
    get: (async (id: string, options?: CallOptions) =>
      readConditionally<Taskspace>(send, taskspacePath(id), options)) as TaskspaceCalls['get'],
    patch: async (id, json, options = {}) =>
      callJson(send, {
        method: 'PATCH',
        path: taskspacePath(id),
        json,
        signal: options.signal,
        headers: preconditions(options),
      }),
    delete: async (id, options = {}) =>
      callJson(send, {
        method: 'DELETE',
        path: taskspacePath(id),
        signal: options.signal,
        headers: preconditions(options),
      }),
    list: (query) => listOf(send, () => ALL, query),
    trash: (query) => listOf(send, () => '/api/trash', query),
    summary: part(send, 'summary'),
    dashboard: part(send, 'dashboard'),
    export: async (id, { format, signal } = {}) =>
      exported(await download(send, taskspacePath(id, 'export') + queryString({ format }), {}, signal)),
    exportJson: part(send, 'export', queryString({ format: 'json' })),
  };
}

function part<T>(send: Send, word: string, query = ''): Read<[id: string], T> {
  const read = async (id: string, options?: CallOptions): Promise<Answer<T> | NotModified> =>
    readConditionally<T>(send, taskspacePath(id, word) + query, options);
  return read as Read<[id: string], T>;
}

/** The request was not conditional, so there is a body. */
function exported(answer: Download | NotModified): Download {
  if (!answer.notModified) return answer;
  throw new ApiError({
    status: answer.status,
    code: 'unexpected_answer',
    detail: 'The server answered 304 to a call without If-None-Match.',
  });
}
