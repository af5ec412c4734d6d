/**
 * `If-Match` and `If-None-Match` (RFC 9110 section 13.1): `*`, or a list of entity tags. Scanned by hand in
 * one pass: the hot path uses it, and a regular expression could be made to backtrack.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { TaskspaceError } from '../domain/errors.js';
import type { Precondition } from '../domain/version.js';

export type TagList = '*' | readonly string[];

const COMMA = 0x2c;
const QUOTE = 0x22;

/**
 * The tags of a conditional read; undefined for an unconditional one. Throws `invalid_header`
 * on malformed ones.
 */
export function knownTagsOf(headers: IncomingHttpHeaders): TagList | undefined {
  const sent = headers['if-none-match'];
  return sent === undefined ? undefined : listOf('If-None-Match', sent);
}

/** The preconditions of a write. Throws `invalid_header` on a malformed one. */
export function preconditionOf(headers: IncomingHttpHeaders): Precondition {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  return {
    ...(ifMatch === undefined ? {} : { ifMatch: listOf('If-Match', ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: listOf('If-None-Match', ifNoneMatch) }),
  };
}

function listOf(name: string, value: string): TagList {
  const list = parseTags(value);
  if (list !== undefined) return list;
  throw new TaskspaceError(
    'invalid_header',
    `${name} is neither * nor a list of entity tags. Send the ETag as it was received, with its quotes: ${name}: "3-9f8e7d6c".`,
  );
}

/** `*` or the tags with their quotes and `W/`; undefined when malformed. */
export function parseTags(value: string): TagList | undefined {
  if (value === '*') return '*';
  const tags: string[] = [];
  let i = 0;
  while (i < value.length) {
    const c = value.charCodeAt(i);
    if (c === COMMA || isBlank(c)) {
      i++;
      continue;
    }
    const end = endOfTag(value, i);
    if (end < 0) return undefined;
    tags.push(value.slice(i, end));
    i = end;
    while (i < value.length && isBlank(value.charCodeAt(i))) i++;
    if (i < value.length && value.charCodeAt(i) !== COMMA) return undefined;
  }
  return tags.length === 0 ? undefined : tags;
}

/** Whether a read may be answered 304: weak comparison, `*` matches any state. */
export function matchesWeakly(list: TagList, etag: string): boolean {
  if (list === '*') return true;
  for (const tag of list) if (tag === etag || (tag.startsWith('W/') && tag.slice(2) === etag)) return true;
  return false;
}

function endOfTag(value: string, start: number): number {
  let i = start;
  if (value.startsWith('W/', i)) i += 2;
  if (value.charCodeAt(i) !== QUOTE) return -1;
  for (i++; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c === QUOTE) return i + 1;
    if (c <= 0x20 || c === 0x7f) return -1;
  }
  return -1;
}

function isBlank(c: number): boolean {
  return c === 0x20 || c === 0x09;
}
