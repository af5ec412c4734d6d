/** The same work by two ways: calls of the use cases in this process, and requests to a server in another. */

import { Readable } from 'node:stream';
import { openCaller } from '../../../src/app/caller.js';
import type { UseCases } from '../../../src/app/use-cases.js';
import type { JsonObject } from '../../../src/contract/json.js';
import type { Answer } from '../../http-request.js';
import { Client } from '../client.js';
import { hotAnswer } from '../hot-answer.js';

export interface Search {
  readonly q: string;
  readonly type?: 'artifact';
  readonly cursor?: string | null;
}

export interface Way {
  readonly name: 'in process' | 'HTTP';
  read(id: string): unknown;
  /** All of them for a caller who holds them: what has changed since he last asked is read again. */
  freshen(ids: readonly string[]): Promise<unknown>;
  bytes(id: string, path: string): Promise<unknown>;
  artifacts(id: string): Promise<unknown>;
  put(id: string): Promise<unknown>;
  putArtifact(id: string, path: string, bytes: Buffer, metadata: JsonObject): Promise<unknown>;
  /** Sets `deployedVersion`. */
  deploy(id: string, path: string, version: string): Promise<unknown>;
  /** Bodies of JSON. */
  list(limit: number): Promise<Buffer>;
  outdated(limit: number): Promise<Buffer>;
  search(query: Search, limit: number): Promise<Buffer>;
  invalidate(what: { taskspace: string } | { pattern: string } | { all: true }): Promise<unknown>;
  stats(): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const CALLER = openCaller('bench');

export function serviceWay(service: UseCases, close: () => Promise<void>): Way {
  const { taskspaces, artifacts, overview, cache } = service;
  const read = async (id: string) =>
    (await hotAnswer(service, CALLER, id, 'detail')) ?? taskspaces.get(CALLER, id);
  return {
    name: 'in process',
    read,
    async freshen(ids) {
      for (const id of ids) await read(id);
    },
    async bytes(id, path) {
      return (await artifacts.content(CALLER, id, path, null)).open().toArray();
    },
    artifacts: (id) => artifacts.list(CALLER, id, { prefix: '', deleted: false, limit: 50, cursor: null }),
    put: (id) => taskspaces.put(CALLER, id, { name: id, owner: 'bench' }, {}),
    putArtifact: (id, path, bytes, metadata) =>
      artifacts.put(CALLER, id, path, uploadOf(bytes, metadata), {}),
    deploy: (id, path, deployedVersion) =>
      artifacts.patch(CALLER, id, path, { metadata: { deployedVersion } }, {}),
    list: async (limit) => (await taskspaces.list(CALLER, { ...EVERYTHING, limit })).body,
    outdated: async (limit) => (await overview.artifacts(CALLER, { ...OUTDATED, limit })).body,
    async search({ q, type, cursor = null }, limit) {
      const types = type === undefined ? [] : [type];
      const query = { q, types, owner: null, taskspace: null, limit, cursor };
      return (await overview.search(CALLER, query)).body;
    },
    invalidate: (what) => cache.invalidate(CALLER, what),
    stats: async () => (await cache.stats(CALLER)) as Record<string, unknown>,
    close,
  };
}

const EVERYTHING = {
  ...{ owner: null, statuses: [], tags: [], q: null, cursor: null, withSummary: false },
  ...({ sort: 'updatedAt', order: 'desc' } as const),
};
const OUTDATED = {
  ...{ owner: null, taskspace: null, types: [], outdated: true, modified: false, prefix: '', cursor: null },
};

/** Artifacts go at most so many at once, on connections that are kept. */
export const AT_ONCE = 16;
const CHANGES_LIMIT = 500;

export function httpWay(port: number, close: () => Promise<void>): Way {
  const client = new Client(port, AT_ONCE);
  let position = 'now';
  const get = (target: string): Promise<Answer> => client.must('GET', target);
  return {
    name: 'HTTP',
    read: (id) => get(`/api/taskspaces/${id}`),
    async freshen(ids) {
      const changed = new Set<string>();
      for (let more = true; more; ) {
        const { body } = await get(`/api/changes?since=${position}&limit=${CHANGES_LIMIT}`);
        const page = JSON.parse(body.toString()) as { items: { taskspace: string }[]; position: string };
        for (const { taskspace } of page.items) changed.add(taskspace);
        position = page.position;
        more = page.items.length === CHANGES_LIMIT;
      }
      await Promise.all(ids.filter((id) => changed.has(id)).map((id) => get(`/api/taskspaces/${id}`)));
    },
    bytes: (id, path) => get(`/api/taskspaces/${id}/artifacts/${path}`),
    artifacts: (id) => get(`/api/taskspaces/${id}/artifacts`),
    put: (id) => client.must('PUT', `/api/taskspaces/${id}`, { name: id, owner: 'bench' }),
    putArtifact: (id, path, bytes, metadata) =>
      client.must('PUT', `/api/taskspaces/${id}/artifacts/${path}`, bytes, {
        'X-Metadata': encodeURIComponent(JSON.stringify(metadata)),
      }),
    deploy: (id, path, deployedVersion) =>
      client.must('PATCH', `/api/taskspaces/${id}/artifacts/${path}`, { metadata: { deployedVersion } }),
    list: async (limit) => (await get(`/api/taskspaces?limit=${limit}`)).body,
    outdated: async (limit) => (await get(`/api/artifacts?outdated=true&limit=${limit}`)).body,
    async search({ q, type = '', cursor }, limit) {
      const page = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      return (await get(`/api/search?q=${q}&type=${type}&limit=${limit}${page}`)).body;
    },
    invalidate: (what) => client.must('POST', '/api/cache/invalidate', what),
    stats: async () => JSON.parse((await get('/api/cache/stats')).body.toString()),
    async close() {
      client.close();
      await close();
    },
  };
}

function uploadOf(bytes: Buffer, metadata: JsonObject) {
  return {
    ...{ stream: Readable.from([bytes]), length: bytes.length, contentType: 'text/markdown' },
    ...{ metadata, message: '', sha256: null },
  };
}
