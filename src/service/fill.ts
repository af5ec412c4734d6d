/** Fills the caches of this worker with taskspaces: their state, their ready bodies, and derived results of some kinds. */
import type { Kind } from '../cache/statistics.js';
import { isLive } from '../domain/state.js';
import type { UseCaseContext } from './context.js';
import { warmRequests } from './derived-reads.js';
import type { Warmed } from './peers.js';
import { readyBody } from './ready-bodies.js';

/** What cannot be loaded is counted and named; it stops nothing. */
export async function fillCaches(
  context: UseCaseContext,
  ids: readonly string[],
  kinds: readonly Kind[],
): Promise<Warmed> {
  let warmed = 0;
  const errors: string[] = [];
  for (const id of ids) {
    try {
      const owner = await context.l1.use(id, (resident) => {
        const { state } = resident.folder;
        if (!isLive(state)) return null;
        if (kinds.includes('detail')) {
          readyBody(resident, state, 'detail');
          readyBody(resident, state, 'plan');
          warmed++;
        }
        return state.metadata.owner;
      });
      if (owner === null) {
        errors.push(`${id}: there is no such taskspace`);
        continue;
      }
      for (const request of warmRequests(context, id, owner, kinds)) {
        await context.derived.refresh(request);
        warmed++;
      }
    } catch (error) {
      errors.push(`${id}: ${(error as Error).message}`);
    }
    // Between two taskspaces requests have their turn.
    await new Promise((resume) => setImmediate(resume));
  }
  return { warmed, failed: errors.length, errors: errors.slice(0, 20) };
}
