/**
 * Artifact paths in URLs (API.md section 1): decoded once, then split, then checked segment by segment. What passes
 * here is a relative path that stays inside its folder on every file system that the store accepts.
 */
import { TaskspaceError } from '../domain/errors.js';
import { decodeOnce } from './target.js';

const PATH_BYTES_MAX = 1024;
const SEGMENT_BYTES_MAX = 255;

/** The path behind `/api/taskspaces/<id>/<word>/` in a raw request path. Throws `invalid_path`. */
export function artifactPathOf(rawPath: string): string {
  let start = 0;
  for (let slashes = 0; slashes < 5; slashes++) start = rawPath.indexOf('/', start) + 1;
  const path = decodeOnce(rawPath.slice(start));
  if (path === undefined) throw refused('it is not percent-encoded UTF-8');
  const reason = pathFault(path);
  if (reason !== undefined) throw refused(reason);
  return path;
}

/** Why a decoded path is not allowed; undefined when it is. */
export function pathFault(path: string): string | undefined {
  if (path.length === 0) return 'it is empty';
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) return `it is longer than ${PATH_BYTES_MAX} bytes`;
  if (/\p{Cc}/u.test(path)) return 'it has a control character';
  if (/\p{Cs}/u.test(path)) return 'it has a lone surrogate';
  if (path.includes('\\')) return 'it has a backslash';
  if (path.normalize('NFC') !== path) return 'it is not in Unicode form NFC';
  const segments = path.split('/');
  if (segments[0] === '.taskspace')
    return 'its first segment is .taskspace, which the store keeps for itself';
  for (const segment of segments) {
    if (segment === '') return 'it has an empty segment (a slash at its beginning or end, or two in a row)';
    if (segment === '.' || segment === '..') return `it has the segment "${segment}"`;
    if (Buffer.byteLength(segment) > SEGMENT_BYTES_MAX)
      return `a segment is longer than ${SEGMENT_BYTES_MAX} bytes`;
    if (segment.toLowerCase() === '.git') return 'it has a segment .git';
  }
  return undefined;
}

function refused(reason: string): TaskspaceError {
  return new TaskspaceError(
    'invalid_path',
    `This artifact path is not allowed: ${reason}. Send a relative path such as src/main.ts, percent-encoded as UTF-8.`,
  );
}
