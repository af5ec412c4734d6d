/** What reads across taskspaces share: how the catalog is queried, and the keys of cached results. */
import { createHash } from 'node:crypto';
import type { DerivedBody } from '../../cache/derived.js';
import type { Kind } from '../../cache/statistics.js';
import { type Code, TaskspaceError } from '../../domain/errors.js';
import type { Caller } from '../caller.js';
import { bodyTag, type UseCaseContext } from '../context.js';
import type { Catalog } from './catalog.js';

export interface CatalogContext extends Pick<UseCaseContext, 'derived'> {
  /** Milliseconds since 1970; decides which day it is. */
  readonly now: () => number;
  readonly catalog: Pick<Catalog, 'query'>;
  /** Folded states; reading them for a list does not count as a client's lookup. */
  readonly l1: UseCaseContext['l1'];
  readonly trashDays: number;
}

const REST_LENGTH_MAX = 200;

/** The globs of a caller that may not see everything; null: it may. */
export function globsOf({ globs }: Caller): readonly string[] | null {
  return globs.includes('*') ? null : [...new Set(globs)].sort();
}

/**
 * The key of a cached result: what was asked, and what the caller may see.
 * @param asked in one order for the same question. Includes the owner, since an owner may be called `*`.
 */
export function keyOf(kind: Kind, owner: string | null, asked: readonly unknown[], caller: Caller): string {
  const globs = globsOf(caller);
  const rest = JSON.stringify(globs === null ? asked : [...asked, { globs }]).slice(1, -1);
  const short = rest.length <= REST_LENGTH_MAX ? rest : createHash('sha256').update(rest).digest('base64url');
  return `${kind}:${owner ?? '*'}:${short}`;
}

/** @param json the document, without the newline that answers end with. */
export function bodyOf(json: string): DerivedBody {
  const body = Buffer.from(`${json}\n`);
  return { body, etag: bodyTag(body) };
}

/** Whether the error says that the catalog is missing or late, and nothing else. */
export function isWithoutCatalog(error: unknown): boolean {
  return error instanceof TaskspaceError && WITHOUT_CATALOG.has(error.code);
}

const WITHOUT_CATALOG: ReadonlySet<Code> = new Set<Code>(['catalog_unavailable', 'catalog_behind']);
