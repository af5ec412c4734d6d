/** Use cases that span taskspaces: artifacts, trash, search, dashboard and stats, all from the catalog. */

import type { DerivedRequest } from '../../cache/derived.js';
import type { Kind } from '../../cache/statistics.js';
import { requireScope } from '../access.js';
import type { ReadAnswer } from '../answer.js';
import { type Caller, openCaller } from '../caller.js';
import type { Page } from '../cursor.js';
import { readDerived } from '../taskspaces/derived-reads.js';
import type { CatalogContext } from './catalog-context.js';
import { dashboardRequest } from './dashboard.js';
import { type ArtifactsQuery, artifactsRequest, taskspacesRequest, trashRequest } from './lists.js';
import { type SearchQuery, searchRequest } from './search.js';
import { statsRequest } from './stats.js';

export type OverviewUseCases = ReturnType<typeof overviewUseCases>;

/** Reads across taskspaces. Errors: 503 `catalog_behind`, `catalog_unavailable`; 400 `invalid_cursor`. */
export function overviewUseCases(context: CatalogContext) {
  const read = async (caller: Caller, request: () => DerivedRequest): Promise<ReadAnswer> => {
    requireScope(caller, 'read');
    return readDerived(context, request());
  };
  return {
    artifacts: (caller: Caller, query: ArtifactsQuery): Promise<ReadAnswer> =>
      read(caller, () => artifactsRequest(context, caller, query)),
    trash: (caller: Caller, page: Page): Promise<ReadAnswer> =>
      read(caller, () => trashRequest(context, caller, page)),
    search: (caller: Caller, query: SearchQuery): Promise<ReadAnswer> =>
      read(caller, () => searchRequest(context, caller, query)),
    /** Null: of all owners. */
    dashboard: (caller: Caller, owner: string | null): Promise<ReadAnswer> =>
      read(caller, () => dashboardRequest(context, caller, owner)),
    stats: (caller: Caller, query: { owner: string | null; days: number }): Promise<ReadAnswer> =>
      read(caller, () => statsRequest(context, caller, query)),
  };
}

/**
 * The first pages of an owner, or of all owners, for a caller that may see everything: what warming loads.
 */
export function overviewRequests(
  context: CatalogContext,
  owner: string | null,
  kinds: readonly Kind[],
): DerivedRequest[] {
  const everything = openCaller(null);
  const requests: DerivedRequest[] = [];
  if (kinds.includes('dashboard')) requests.push(dashboardRequest(context, everything, owner));
  if (kinds.includes('stats')) requests.push(statsRequest(context, everything, { owner, days: STATS_DAYS }));
  if (kinds.includes('list')) {
    for (const withSummary of [false, true])
      requests.push(taskspacesRequest(context, everything, { ...FIRST_PAGE, owner, withSummary }));
  }
  return requests;
}

/** The defaults of the contract. */
const STATS_DAYS = 30;
const FIRST_PAGE = {
  ...{ statuses: [], tags: [], q: null, limit: 50, cursor: null },
  sort: 'updatedAt',
  order: 'desc',
} as const;
