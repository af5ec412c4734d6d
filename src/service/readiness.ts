/** Whether the server takes work, and what is wrong with it all the same: a few bounded looks, whatever there is. */
import type { Store } from '../store/store.js';
import type { Catalog, CatalogReport, TroubleReport } from './catalog.js';
import type { DegradedReason, Readiness } from './service.js';

/** Less than this is no room for the next writes. */
const ROOM_BYTES_MIN = 1024 * 1024;

export async function readinessOf(
  store: Pick<Store, 'check' | 'room'>,
  catalog: Pick<Catalog, 'report' | 'troubles'>,
): Promise<Readiness> {
  try {
    await store.check();
    const [report, troubles, room] = await Promise.all([catalog.report(), catalog.troubles(), store.room()]);
    const degraded = [...diskReasons(room), ...catalogReasons(report), ...troubleReasons(troubles)];
    return { ready: true, reason: null, catalog: report, ...(degraded.length > 0 ? { degraded } : {}) };
  } catch (error) {
    return { ready: false, reason: (error as Error).message };
  }
}

function* diskReasons(room: number): Generator<DegradedReason> {
  if (room >= ROOM_BYTES_MIN) return;
  yield {
    reason: 'disk_full',
    detail: 'The disk of the data folder is full. Writes are refused (507); make room.',
  };
}

function* catalogReasons({ state, detail }: CatalogReport): Generator<DegradedReason> {
  if (state !== 'unavailable') return;
  yield { reason: 'no_catalog', detail: detail ?? 'Lists, search and dashboards are not available.' };
}

function* troubleReasons({ unreadable, poisoned }: TroubleReport): Generator<DegradedReason> {
  const { ids, count } = unreadable;
  if (count > 0) {
    const detail = `${count} taskspace(s) can't be read and are left out of lists. \`npm run verify\` tells what is wrong.`;
    yield { reason: 'damaged', detail, taskspaces: ids };
  }
  if (poisoned.length > 0) {
    const detail = 'A write could not be brought to disk; these are read-only until they are repaired.';
    yield { reason: 'read_only', detail, taskspaces: poisoned };
  }
}
