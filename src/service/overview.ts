/** Use cases that span taskspaces: artifacts, trash, search, dashboard and stats, all from the catalog. */
import { requireScope } from './access.js';
import type { CatalogContext } from './catalog-context.js';
import { dashboardRequest } from './dashboard.js';
import { readDerived } from './derived-reads.js';
import { artifactsRequest, trashRequest } from './lists.js';
import { searchRequest } from './search.js';
import type { OverviewUseCases } from './service.js';
import { statsRequest } from './stats.js';

export function overviewUseCases(context: CatalogContext): OverviewUseCases {
  return {
    async artifacts(caller, query) {
      requireScope(caller, 'read');
      return readDerived(context, artifactsRequest(context, caller, query));
    },
    async trash(caller, page) {
      requireScope(caller, 'read');
      return readDerived(context, trashRequest(context, caller, page));
    },
    async search(caller, query) {
      requireScope(caller, 'read');
      return readDerived(context, searchRequest(context, caller, query));
    },
    async dashboard(caller, owner) {
      requireScope(caller, 'read');
      return readDerived(context, dashboardRequest(context, caller, owner));
    },
    async stats(caller, query) {
      requireScope(caller, 'read');
      return readDerived(context, statsRequest(context, caller, query));
    },
  };
}
