/** Search over what the caller may see, as pages of hits. */
import type { DerivedRequest } from '../../cache/derived.js';
import { ownerTag } from '../../cache/invalidation-table.js';
import type { Hit, SearchPlace } from '../../catalog/queries/search.js';
import type { HitType } from '../../contract/overview.js';
import { TaskspaceError } from '../../domain/errors.js';
import type { Caller } from '../caller.js';
import { decodePlace, encodeCursor, type Page } from '../cursor.js';
import { bodyOf, type CatalogContext, globsOf, keyOf } from './catalog-context.js';

export interface SearchQuery extends Page {
  readonly q: string;
  /** None: all. */
  readonly types: readonly HitType[];
  readonly owner: string | null;
  readonly taskspace: string | null;
}

/**
 * How long the catalog is queried for one page when hardly any candidate passes; then the page
 * is short, or empty.
 */
const ASKING_MS = 20;
const TIERS = 3;

/** Errors: 400 `invalid_cursor`. */
export function searchRequest(
  context: CatalogContext,
  caller: Caller,
  { q, types, owner, taskspace, limit, cursor }: SearchQuery,
): DerivedRequest {
  const list = ['search', q, [...types].sort(), owner, taskspace];
  const after = decodePlace<SearchPlace>(list, cursor, ['number', 'number', 'number']);
  if (after !== null && !isPlace(after))
    throw new TaskspaceError('invalid_cursor', 'This is no cursor of a search. Begin again without one.');
  const values = { text: q, types, owner, taskspace, globs: globsOf(caller) };
  return {
    kind: 'search',
    key: keyOf('search', owner, [...list, limit, after], caller),
    tags: [ownerTag('search', owner)],
    async load() {
      const hits: Hit[] = [];
      let place = after;
      const until = performance.now() + ASKING_MS;
      do {
        const page = await context.catalog.query(
          'search',
          { ...values, after: place, limit: limit - hits.length },
          'texts',
        );
        hits.push(...page.hits);
        place = page.next;
      } while (place !== null && hits.length < limit && performance.now() < until);
      const nextCursor = place && encodeCursor(list, place);
      return bodyOf(JSON.stringify({ items: hits, nextCursor }));
    },
  };
}

function isPlace([tier, doc, hits]: SearchPlace): boolean {
  return Number.isInteger(tier) && tier >= 0 && tier < TIERS && Number.isFinite(doc) && hits >= 0;
}
