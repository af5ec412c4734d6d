/** Bodies and answers of artifacts. */
import { z } from 'zod';
import { jsonObject } from './json.js';
import { time } from './text.js';

const MEDIA_TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+[\x20-\x7e]*$/;
const MEDIA_TYPE_MAX = 255;

/** Whether a text can stand as `Content-Type` of an answer. */
export function isMediaType(text: string): boolean {
  return text.length <= MEDIA_TYPE_MAX && MEDIA_TYPE.test(text);
}

const mediaType = z
  .string()
  .refine(isMediaType, 'Must be a media type such as text/markdown.')
  .meta({ maxLength: MEDIA_TYPE_MAX });

export const artifactPatch = z
  .strictObject({ contentType: mediaType.nullish(), metadata: jsonObject.nullish() })
  .meta({ id: 'ArtifactPatch', description: 'A JSON Merge Patch; null resets a member to its default.' });

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
