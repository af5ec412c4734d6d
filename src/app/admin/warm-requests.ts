/** What warming loads of one taskspace, by kind. */
import type { DerivedRequest } from '../../cache/derived.js';
import type { Kind } from '../../cache/statistics.js';
import type { UseCaseContext } from '../context.js';
import { taskspaceDashboardRequest } from '../overview/dashboard.js';
import { conversationsRequest, exportRequest, summaryRequest } from '../taskspaces/derived-reads.js';

/** Requests to be loaded past the caches. */
export function warmRequests(
  context: UseCaseContext,
  id: string,
  owner: string,
  kinds: readonly Kind[],
): DerivedRequest[] {
  const requests: DerivedRequest[] = [];
  if (kinds.includes('detail')) {
    requests.push(
      summaryRequest(context, id),
      taskspaceDashboardRequest(context, id),
      conversationsRequest(context, id, { limit: 50, cursor: null }),
    );
  }
  if (kinds.includes('export')) requests.push(exportRequest(context, id, owner));
  return requests;
}
