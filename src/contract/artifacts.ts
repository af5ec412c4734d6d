/** Bodies and answers of artifacts. */

import { z } from 'zod';
import { jsonObject } from './json.js';
import { MEDIA_TYPE_MAX, parseMediaType } from './media-type-syntax.js';
import { time } from './text.js';
import type { Input, Output } from './types.js';

/** The syntax of RFC 9110; also used for the header. */
export const MEDIA_TYPE_HINT =
  'Must be one media type such as text/markdown or text/plain; charset=utf-8 (RFC 9110, 8.3.1).';

const mediaType = z
  .string()
  .refine((text) => parseMediaType(text) !== null, MEDIA_TYPE_HINT)
  .meta({ maxLength: MEDIA_TYPE_MAX });

export const artifactPatch = z
  .strictObject({
    contentType: mediaType.nullish().describe('The media type of the bytes.'),
    metadata: jsonObject.nullish(),
  })
  .meta({ id: 'ArtifactPatch', description: 'A JSON Merge Patch; null resets a member to its default.' });
export type ArtifactPatch = Input<typeof artifactPatch>;

export const artifact = z
  .object({
    path: z.string().describe('The path, relative, with `/` between its segments.'),
    revision: z.int().min(1).describe('Counts its changes, from 1; 0: there is none yet.'),
    size: z.int().describe('Bytes; 0: it is a deletion.'),
    sha256: z.string().nullable().describe('SHA-256 of the bytes, in hex; null: it is a deletion.'),
    contentType: z.string().describe('The media type of the bytes.'),
    metadata: jsonObject,
    message: z.string().describe('Why it was written, by who wrote it.'),
    by: z.string().describe('Who did it.'),
    at: time.describe('When: ISO 8601, UTC, milliseconds.'),
    deleted: z.boolean().describe('Whether this revision is a deletion.'),
  })
  .meta({
    id: 'Artifact',
    description: 'One revision of the bytes under a path: all that is known of it but the bytes.',
  });
export type Artifact = Output<typeof artifact>;
