/**
 * Whether the server takes work, and what is wrong although it does: a few bounded checks, independent
 * of the store's size.
 */
import type { Store } from '../../store/ports.js';
import type { Catalog, CatalogReport, TroubleReport } from '../overview/catalog.js';

/** What `/ready` and the home page show. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, as a sentence; null when ready. */
  readonly reason: string | null;
  /** How far lists and search are; single taskspaces are served regardless. */
  readonly catalog?: CatalogReport;
  /** What is wrong although work is taken, a sentence each; empty: nothing is known to be. */
  readonly reasons: readonly string[];
}

/** Less than this is no room for the next writes. */
const ROOM_BYTES_MIN = 1024 * 1024;

export async function readinessOf(
  store: Pick<Store, 'check' | 'room'>,
  catalog: Pick<Catalog, 'report' | 'troubles'>,
): Promise<Readiness> {
  try {
    await store.check();
    const [report, troubles, room] = await Promise.all([catalog.report(), catalog.troubles(), store.room()]);
    const reasons = [...diskReasons(room), ...catalogReasons(report), ...troubleReasons(troubles)];
    return { ready: true, reason: null, catalog: report, reasons };
  } catch (error) {
    return { ready: false, reason: (error as Error).message, reasons: [] };
  }
}

function* diskReasons(room: number): Generator<string> {
  if (room < ROOM_BYTES_MIN)
    yield 'disk full: writes are refused (507) until there is room for the data folder';
}

function* catalogReasons({ state, detail }: CatalogReport): Generator<string> {
  if (state === 'unavailable')
    yield `no catalog: ${detail ?? 'lists, search and dashboards are not available'}`;
}

function* troubleReasons({ unreadable, poisoned, linked, rotten }: TroubleReport): Generator<string> {
  const { ids, count } = unreadable;
  if (count > 0)
    yield `damaged: ${named(ids, count)}: not readable; lists show what they last were, if anything; \`npm run verify\` tells what is wrong`;
  if (rotten.length > 0)
    yield `damaged artifacts: ${named(rotten, rotten.length)}: not all bytes are those that were put; \`refused\` of the summary names them; put them again, or restore .taskspace/objects from a backup`;
  if (poisoned.length > 0)
    yield `read-only: ${named(poisoned, poisoned.length)}: a write could not be brought to disk; docs/ERRORS.md tells how to repair them`;
  if (linked.length > 0)
    yield `read-only: ${named(linked, linked.length)}: journal.jsonl has a second name elsewhere (a hard link), which a write would change, too; docs/ERRORS.md tells how to part them`;
}

function named(ids: readonly string[], count: number): string {
  return count > ids.length ? `${ids.join(', ')} and ${count - ids.length} more` : ids.join(', ');
}
