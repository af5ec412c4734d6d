/** All ids of a store, sorted; one may be of a deleted taskspace, or of none. */
import { ODD, type Store } from '../../store/ports.js';

/** Errors: 503 `store_unavailable`. */
export async function idsIn(store: Pick<Store, 'marks'>): Promise<string[]> {
  const ids: string[] = [];
  for await (const some of store.marks()) for (const { id, mark } of some) if (mark !== ODD) ids.push(id);
  return ids.sort();
}
