/**
 * Which artifact paths are allowed (API.md section 1). A valid one is a relative path that stays inside its
 * folder on every file system that the store accepts; paths of requests and of journals are both validated.
 */

const PATH_BYTES_MAX = 1024;
const SEGMENT_BYTES_MAX = 255;

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
