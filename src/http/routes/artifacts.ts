/** API.md section 5: upload, patch, download, delete, list, revisions. */
import { z } from 'zod';
import type { Config } from '../../config/config.js';
import { artifact, artifactPatch } from '../../contract/artifacts.js';
import { flag, integer, listOf, page } from '../../contract/parameters.js';
import type { Service } from '../../service/service.js';
import { contentReply } from '../content-reply.js';
import { contentTypeOf } from '../content-types.js';
import { type Endpoint, endpoint } from '../endpoint.js';
import { readReply, writeReply } from '../replies.js';
import { receiveUpload } from '../upload.js';

const LIST = '/api/taskspaces/:id/artifacts';
const ONE = `${LIST}/*path`;
const REVISION_MAX = Number.MAX_SAFE_INTEGER;

export function artifactEndpoints(service: Service, limits: Config['limits']): Endpoint[] {
  const { artifacts } = service;
  return [
    endpoint({
      method: 'put',
      path: ONE,
      operation: 'putArtifact',
      tag: 'artifacts',
      summary: 'Store bytes under a path as a new revision',
      upload: true,
      preconditions: true,
      answers: {
        200: { description: 'A new revision, or the live one when nothing differs', schema: artifact },
        201: { description: 'The path had no live revision', schema: artifact },
      },
      problems: [
        'path_conflict',
        'digest_mismatch',
        'incomplete_body',
        'unsupported_media_type',
        'too_large',
      ],
      handle: async ({ exchange, caller, parts, pre }) =>
        writeReply(
          await receiveUpload(exchange, parts.path, limits.artifactBytesMax, (upload) =>
            artifacts.put(caller, parts.id, parts.path, upload, pre),
          ),
        ),
    }),
    endpoint({
      method: 'patch',
      path: ONE,
      operation: 'patchArtifact',
      tag: 'artifacts',
      summary: 'Change content type or metadata: a new revision over the same bytes',
      body: { schema: artifactPatch, form: 'patch', limit: 'json' },
      preconditions: true,
      answers: { 200: { description: 'Changed, or unchanged', schema: artifact } },
      problems: ['deleted'],
      async handle({ caller, parts, body, pre }) {
        // The default content type depends on the path's extension, and that table is in this room.
        const patch = body.contentType === null ? { ...body, contentType: contentTypeOf(parts.path) } : body;
        return writeReply(await artifacts.patch(caller, parts.id, parts.path, patch, pre));
      },
    }),
    endpoint({
      method: 'get',
      path: ONE,
      operation: 'getArtifact',
      tag: 'artifacts',
      summary: 'The bytes, or with meta=true the metadata, of the newest or a numbered revision',
      query: z.strictObject({ revision: integer(1, REVISION_MAX).optional(), meta: flag.optional() }),
      answers: {
        200: { description: 'The bytes (with meta=true: the metadata as JSON)', media: '*/*' },
        206: { description: 'The range that was asked for', media: '*/*' },
      },
      problems: ['deleted', 'expired', 'range_not_satisfiable'],
      async handle(call) {
        const { caller, parts, query } = call;
        const revision = query.revision ?? null;
        if (query.meta === true)
          return readReply(call, await artifacts.metadata(caller, parts.id, parts.path, revision));
        return contentReply(call, await artifacts.content(caller, parts.id, parts.path, revision));
      },
    }),
    endpoint({
      method: 'delete',
      path: ONE,
      operation: 'deleteArtifact',
      tag: 'artifacts',
      summary: 'Delete the newest revision; older ones stay readable by number',
      preconditions: true,
      answers: { 204: { description: 'Deleted' } },
      problems: ['deleted'],
      handle: async ({ caller, parts, pre }) =>
        writeReply(await artifacts.remove(caller, parts.id, parts.path, pre)),
    }),
    endpoint({
      method: 'get',
      path: LIST,
      operation: 'listArtifacts',
      tag: 'artifacts',
      summary: 'Newest revisions by path in byte order',
      query: z.strictObject({ ...page, prefix: z.string().default(''), deleted: flag.default(false) }),
      answers: { 200: { description: 'A page of artifacts', schema: listOf(artifact) } },
      problems: ['invalid_cursor'],
      async handle(call) {
        const { cursor = null, ...query } = call.query;
        return readReply(call, await artifacts.list(call.caller, call.parts.id, { ...query, cursor }));
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/taskspaces/:id/revisions/*path',
      operation: 'listRevisions',
      tag: 'artifacts',
      summary: 'All revisions of one artifact, newest first',
      query: z.strictObject(page),
      answers: { 200: { description: 'A page of revisions', schema: listOf(artifact) } },
      problems: ['invalid_cursor'],
      async handle(call) {
        const { limit, cursor = null } = call.query;
        return readReply(
          call,
          await artifacts.revisions(call.caller, call.parts.id, call.parts.path, { limit, cursor }),
        );
      },
    }),
  ];
}
