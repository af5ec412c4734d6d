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
  .strictObject({ contentType: mediaType.nullish(), metadata: jsonObject.nullish() })
  .meta({ id: 'ArtifactPatch', description: 'A JSON Merge Patch; null resets a member to its default.' });
export type ArtifactPatch = Input<typeof artifactPatch>;

export const artifact = z
  .object({
    path: z.string(),
    revision: z.int().min(1),
    size: z.int(),
    sha256: z.string().nullable(),
    contentType: z.string(),
    metadata: jsonObject,
    message: z.string(),
    by: z.string(),
    at: time,
    deleted: z.boolean(),
  })
  .meta({ id: 'Artifact' });
export type Artifact = Output<typeof artifact>;
