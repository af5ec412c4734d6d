/**
 * Opaque cursors: a place in a list, with a fingerprint of the list's filters and order, so that a cursor of
 * another list is detected. They hold no server state and never expire.
 */
import { createHash } from 'node:crypto';
import { TaskspaceError } from '../domain/errors.js';

export interface Page {
  readonly limit: number;
  /** Opaque, from an earlier answer; null for the first page. */
  readonly cursor: string | null;
}

export type Place = string | number | readonly (string | number)[];

export function encodeCursor(list: readonly unknown[], place: Place): string {
  return Buffer.from(JSON.stringify([fingerprint(list), place])).toString('base64url');
}

/** The place, or null for the first page. Errors: 400 `invalid_cursor`. */
export function decodeCursor<T extends string | number>(
  list: readonly unknown[],
  cursor: string | null,
  type: 'string' | 'number',
): T | null {
  if (cursor === null) return null;
  const place = placeIn(list, cursor);
  if (typeof place !== type) throw foreign();
  return place as T;
}

/** The same for places of several parts. */
export function decodePlace<T extends readonly (string | number)[]>(
  list: readonly unknown[],
  cursor: string | null,
  types: readonly ('string' | 'number')[],
): T | null {
  if (cursor === null) return null;
  const place = placeIn(list, cursor);
  if (!Array.isArray(place) || place.length !== types.length) throw foreign();
  if (!types.every((type, i) => typeof place[i] === type)) throw foreign();
  return place as unknown as T;
}

function placeIn(list: readonly unknown[], cursor: string): unknown {
  const parts = parse(cursor);
  if (Array.isArray(parts) && parts.length === 2 && parts[0] === fingerprint(list)) return parts[1];
  throw foreign();
}

function foreign(): TaskspaceError {
  return new TaskspaceError(
    'invalid_cursor',
    'This cursor was not made by this list with these filters and this order. Begin again without a cursor.',
  );
}

function fingerprint(list: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 10);
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
}
