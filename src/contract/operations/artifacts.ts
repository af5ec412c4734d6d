/** API.md section 5: upload, patch, download, delete, list, revisions. */
import { z } from 'zod';
import { artifact, artifactPatch } from '../artifacts.js';
import * as is from '../examples.js';
import type { Operations } from '../operation.js';
import { flag, integer, listOf, page } from '../parameters.js';

const LIST = '/api/taskspaces/:id/artifacts';
const ONE = `${LIST}/*path`;
const REVISION_MAX = Number.MAX_SAFE_INTEGER;

export const artifactOperations = {
  putArtifact: {
    method: 'put',
    path: ONE,
    tag: 'artifacts',
    scope: 'write',
    summary: 'Store bytes under a path as a new revision',
    description:
      'The body is the bytes. Every revision is kept; the same bytes, type and metadata again make none.',
    upload: true,
    preconditions: true,
    answers: {
      200: { description: 'A new revision, or the live one when nothing differs', schema: artifact },
      201: { description: 'The path had no live revision', schema: artifact },
    },
    problems: ['path_conflict', 'digest_mismatch', 'incomplete_body', 'unsupported_media_type', 'too_large'],
    example: { body: '# ISO weeks\n', answer: is.artifact },
  },
  patchArtifact: {
    method: 'patch',
    path: ONE,
    tag: 'artifacts',
    scope: 'write',
    summary: 'Change content type or metadata: a new revision over the same bytes',
    description: 'A new revision over the same bytes.',
    body: { schema: artifactPatch, form: 'patch' },
    preconditions: true,
    answers: { 200: { description: 'Changed, or unchanged', schema: artifact } },
    problems: ['deleted'],
    example: { body: { contentType: 'text/markdown', metadata: {} }, answer: is.artifact },
  },
  getArtifact: {
    method: 'get',
    path: ONE,
    tag: 'artifacts',
    scope: 'read',
    summary: 'The bytes, or with meta=true the metadata, of the newest or a numbered revision',
    description:
      'The bytes. In a browser, text/plain, images but SVG, PDF, JSON, audio and video are shown; everything else is a download in a sandbox.',
    query: z.strictObject({
      revision: integer(1, REVISION_MAX).optional().describe('This revision; without it, the newest.'),
      meta: flag.optional().describe('true: the metadata as JSON in place of the bytes.'),
    }),
    answers: {
      200: { description: 'The bytes (with meta=true: the metadata as JSON)', media: '*/*' },
      206: { description: 'The range that was asked for', media: '*/*', example: 'ISO' },
    },
    problems: ['deleted', 'expired', 'range_not_satisfiable'],
    example: { answer: '# ISO weeks\n' },
  },
  deleteArtifact: {
    method: 'delete',
    path: ONE,
    tag: 'artifacts',
    scope: 'write',
    summary: 'Delete the newest revision; older ones stay readable by number',
    description: 'A new revision that says so; the ones before can still be read by number.',
    preconditions: true,
    answers: { 204: { description: 'Deleted' } },
    problems: ['deleted'],
  },
  listArtifacts: {
    method: 'get',
    path: LIST,
    tag: 'artifacts',
    scope: 'read',
    summary: 'Newest revisions by path in byte order',
    description: 'The newest revision of each path, by path in the order of its bytes.',
    query: z.strictObject({
      ...page,
      prefix: z.string().default('').describe('Paths that begin so.'),
      deleted: flag.default(false).describe('true: those whose newest revision is a deletion, too.'),
    }),
    answers: { 200: { description: 'A page of artifacts', schema: listOf(artifact) } },
    problems: ['invalid_cursor'],
    example: { query: '?prefix=notes/', answer: is.page(is.artifact) },
  },
  listRevisions: {
    method: 'get',
    path: '/api/taskspaces/:id/revisions/*path',
    tag: 'artifacts',
    scope: 'read',
    summary: 'All revisions of one artifact, newest first',
    description: 'Every revision of one path, the newest first, deletions included.',
    query: z.strictObject(page),
    answers: { 200: { description: 'A page of revisions', schema: listOf(artifact) } },
    problems: ['invalid_cursor'],
    example: { answer: is.page(is.artifact) },
  },
} satisfies Operations;
