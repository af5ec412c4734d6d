/** API.md section 2: create, replace, read, patch, delete, list. */
import type { Answer } from './answer.js';
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
import { type PagedList, type PageOptions, pagedList } from './paged-list.js';
import type { MetadataInput, MetadataPatch, Page, Status, Taskspace, TaskspaceInput } from './shapes.js';
import { type Query, queryString, taskspacePath } from './target.js';
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
}

export interface TaskspaceCalls {
  create(input: TaskspaceInput, options?: PostOptions): Promise<Answer<Taskspace>>;
  /** Creates it (201) or replaces its metadata whole (200). */
  put(id: string, input: MetadataInput, options?: WriteOptions): Promise<Answer<Taskspace>>;
  get: Read<[id: string], Taskspace>;
  /** Is repeated after a broken connection only with `ifMatch`. */
  patch(id: string, patch: MetadataPatch, options?: WriteOptions): Promise<Answer<Taskspace>>;
  delete(id: string, options?: WriteOptions): Promise<Answer<undefined>>;
  list(query?: TaskspaceQuery): PagedList<Taskspace>;
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
    list: ({ signal, ...query } = {}) =>
      pagedList(async (cursor) => {
        const parameters: Query = { ...query, cursor };
        return callJson<Page<Taskspace>>(send, {
          method: 'GET',
          path: ALL + queryString(parameters),
          signal,
        });
      }),
  };
}
