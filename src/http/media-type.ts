/**
 * Media types and encodings of request bodies: what a call accepts, and a problem that says
 * what to send instead.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { parseMediaType } from '../contract/media-type-syntax.js';
import { TaskspaceError } from '../domain/errors.js';

const MERGE_PATCH = 'application/merge-patch+json';
const ACCEPT_PATCH = `${MERGE_PATCH}, application/json`;

export function checkJsonType(headers: IncomingHttpHeaders): void {
  checkEncoding(headers);
  if (isUtf8Of(headers['content-type'], ['application/json'])) return;
  throw new TaskspaceError(
    'unsupported_media_type',
    `${found(headers)} Send \`Content-Type: application/json\` (curl: \`--json\`).`,
  );
}

export function checkPatchType(headers: IncomingHttpHeaders): void {
  checkEncoding(headers);
  if (isUtf8Of(headers['content-type'], [MERGE_PATCH, 'application/json'])) return;
  throw new TaskspaceError(
    'unsupported_media_type',
    `${found(headers)} Send a JSON Merge Patch with \`Content-Type: ${MERGE_PATCH}\` or \`application/json\` (curl: \`-X PATCH --json\`).`,
    { headers: { 'Accept-Patch': ACCEPT_PATCH } },
  );
}

/** Bodies are not decompressed. */
export function checkEncoding(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.trim().toLowerCase() === 'identity') return;
  throw new TaskspaceError(
    'unsupported_media_type',
    'Compressed bodies are not taken. Send it without `Content-Encoding`.',
    {
      headers: { 'Accept-Encoding': 'identity' },
    },
  );
}

function isUtf8Of(header: string | undefined, types: readonly string[]): boolean {
  if (header === undefined) return false;
  if (types.includes(header)) return true;
  const type = parseMediaType(header);
  if (type === null || !types.includes(type.essence)) return false;
  return /^utf-?8$/i.test(type.parameters.get('charset') ?? 'utf-8');
}

function found(headers: IncomingHttpHeaders): string {
  const sent = headers['content-type'];
  return sent === undefined
    ? 'The request has no Content-Type.'
    : 'The Content-Type is not what this call takes.';
}
