/** A single byte range (RFC 9110 section 14). Several ranges, and what cannot be parsed, mean the whole. */
export type RangeChoice = { readonly start: number; readonly end: number } | 'whole' | 'unsatisfiable';

/**
 * The part of `size` bytes that a `Range` header selects; `start` and `end` both inclusive. With an
 * `If-Range` that is not exactly the ETag (a date, a weak tag, another version) the whole is sent.
 */
export function chooseRange(
  range: string | undefined,
  ifRange: string | undefined,
  etag: string,
  size: number,
): RangeChoice {
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return 'whole';
  const match = /^bytes=([0-9]{0,40})-([0-9]{0,40})$/i.exec(range.trim());
  if (match === null) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return 'whole';
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
