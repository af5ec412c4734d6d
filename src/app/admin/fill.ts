/**
 * Fills the caches of this worker: with lists, dashboards and stats of owners, and with taskspaces: their
 * state, their ready bodies, and derived results of some kinds.
 *
 * In the background only what is missing or about to end is loaded, and nothing that would evict what
 * requests have loaded. None of it counts as a lookup.
 */
import type { L1 } from '../../cache/l1.js';
import { isLive } from '../../domain/state.js';
import type { UseCaseContext } from '../context.js';
import { type CatalogContext, isWithoutCatalog } from '../overview/catalog-context.js';
import { overviewRequests } from '../overview/overview.js';
import { readyBody } from '../taskspaces/ready-bodies.js';
import type { Warmed, WarmQuestion } from './peers.js';
import { warmRequests } from './warm-requests.js';

/** What cannot be loaded is counted and named; it stops nothing. */
export async function fillCaches(
  context: UseCaseContext,
  catalog: CatalogContext,
  l1: L1,
  { ids, owners, kinds, lifeMs }: WarmQuestion,
): Promise<Warmed> {
  const warming = { ...context, l1: l1.silent };
  let warmed = 0;
  const errors: string[] = [];
  for (const owner of owners) {
    for (const request of overviewRequests(catalog, owner, kinds)) {
      try {
        if (await context.derived.refresh(request, lifeMs)) warmed++;
      } catch (error) {
        // In the background there is nothing to warm while there is no catalog.
        if (lifeMs === undefined || !isWithoutCatalog(error))
          errors.push(`${request.key}: ${(error as Error).message}`);
      }
    }
    await new Promise((resume) => setImmediate(resume));
  }
  for (const id of ids) {
    try {
      if (lifeMs !== undefined && !l1.has(id) && !l1.hasRoom) continue;
      const fresh = l1.endEarly(id, lifeMs ?? Number.POSITIVE_INFINITY) || !l1.has(id);
      const owner = await l1.silent.use(id, async (cached) => {
        const { state } = cached.folder;
        if (!isLive(state)) return null;
        const { owner } = state.metadata;
        if (kinds.includes('detail')) {
          await readyBody(cached, state, 'detail');
          if (isLive(state)) await readyBody(cached, state, 'plan');
        }
        return owner;
      });
      if (owner === null) {
        // Deleted since it was active: nothing to warm, and no request named it.
        if (lifeMs === undefined) errors.push(`${id}: there is no such taskspace`);
        continue;
      }
      if (fresh && kinds.includes('detail')) warmed++;
      for (const request of warmRequests(warming, id, owner, kinds)) {
        if (await context.derived.refresh(request, lifeMs)) warmed++;
      }
    } catch (error) {
      errors.push(`${id}: ${(error as Error).message}`);
    }
    // Requests run between two taskspaces.
    await new Promise((resume) => setImmediate(resume));
  }
  return { warmed, failed: errors.length, errors: errors.slice(0, 20) };
}

export const NOTHING_WARMED: Warmed = { warmed: 0, failed: 0, errors: [] };
