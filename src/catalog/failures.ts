/** Errors of SQLite and of this program as values that cross threads and are restored to the same errors. */
import { type Code, type ErrorExtras, TaskspaceError } from '../domain/errors.js';

export interface Failure {
  readonly code: Code | null;
  readonly detail: string;
  readonly extras: ErrorExtras;
  readonly damaged: boolean;
}

/** The catalog's file is damaged, or not a catalog: it has to be made anew. */
export class CatalogDamaged extends TaskspaceError {
  constructor(what: string) {
    super('catalog_behind', `The catalog is damaged (${what}) and is made anew. Try again in a while.`, {
      headers: { 'Retry-After': '2' },
    });
  }
}

/**
 * Result codes of SQLite (sqlite.org/rescode.html): corrupt, not a database; of the extended ones, a file
 * that was truncated, and one that was removed or moved.
 */
const DAMAGE = new Set([11, 26]);
const DAMAGE_EXTENDED = new Set([522, 1032]);
const DAMAGE_NAME = /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ|READONLY_DBMOVED)/;

export function failureOf(error: unknown): Failure {
  if (error instanceof TaskspaceError) {
    const { code, message, extras } = error;
    return { code, detail: message, extras, damaged: error instanceof CatalogDamaged };
  }
  const { code, errcode, message } = error as { code?: unknown; errcode?: unknown; message: string };
  const damaged =
    (typeof errcode === 'number' && (DAMAGE.has(errcode & 0xff) || DAMAGE_EXTENDED.has(errcode))) ||
    (typeof code === 'string' && DAMAGE_NAME.test(code));
  return { code: null, detail: String(message), extras: {}, damaged };
}

export function rebuilt({ code, detail, extras, damaged }: Failure): Error {
  if (damaged) return new CatalogDamaged(detail);
  return code === null ? new Error(`catalog: ${detail}`) : new TaskspaceError(code, detail, extras);
}
