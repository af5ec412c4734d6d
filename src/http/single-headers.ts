/**
 * Headers with one value must not be sent twice: the intended one would be unknown. Node joins them with
 * commas, which may also be part of one value, so only a value with a comma is checked further. Also checked
 * for every row of the contract: how the body is framed.
 */
import type { IncomingMessage } from 'node:http';
import { TaskspaceError } from '../domain/errors.js';

const READ = ['if-none-match', 'range', 'if-range', 'last-event-id'];
const PRECONDITIONS = ['if-match', 'if-none-match'];
const BODY = ['content-type', 'content-encoding'];
const UPLOAD = [...BODY, 'content-range', 'x-message', 'x-metadata', 'repr-digest'];

interface Row {
  readonly method: string;
  readonly preconditions?: boolean;
  readonly keyed?: boolean;
  readonly upload?: boolean;
  readonly body?: unknown;
}

/** The names, in lower case, of the headers that a row reads and that must come once. */
export function singleHeadersOf(row: Row): readonly string[] {
  return [
    ...['x-actor', 'authorization'],
    ...(row.method === 'get' ? READ : []),
    ...(row.preconditions ? PRECONDITIONS : []),
    ...(row.keyed ? ['idempotency-key'] : []),
    ...(row.upload ? UPLOAD : row.body ? BODY : []),
  ];
}

/** Throws `invalid_header` when one of `names` was sent more than once. */
export function refuseRepeated(req: IncomingMessage, names: readonly string[]): void {
  for (const name of names) {
    if (isRepeated(req, name)) throw repeated(name);
  }
}

/** Whether a header was sent more than once. @param name in lower case. */
export function isRepeated(req: IncomingMessage, name: string): boolean {
  return req.headers[name]?.includes(',') === true && countOf(req, name) > 1;
}

function repeated(name: string): TaskspaceError {
  return new TaskspaceError('invalid_header', `The header ${name} was sent more than once. Send it once.`);
}

/** Throws `not_implemented` for a transfer coding other than `chunked` (RFC 9112 section 6.1). */
export function refuseUnknownCoding({ headers }: IncomingMessage): void {
  const coding = headers['transfer-encoding'];
  if (coding === undefined || coding.trim().toLowerCase() === 'chunked') return;
  throw unknownCoding();
}

export function unknownCoding(): TaskspaceError {
  return new TaskspaceError(
    'not_implemented',
    'The only Transfer-Encoding that is known is chunked. Send the body with it, or with a Content-Length.',
  );
}

function countOf({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) count++;
  return count;
}
