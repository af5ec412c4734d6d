/**
 * The reading end of the catalog, wherever it runs: one connection that cannot write.
 *
 * A query waits until the catalog has reached the requested place, and then sees one state that includes it.
 * While queries wait, the place is read every millisecond; a catalog that has been made anew is reopened.
 */
import { TaskspaceError } from '../domain/errors.js';
import { CatalogFolder } from './catalog-folder.js';
import { placeOf } from './catalog-writing.js';
import { chooseDriver } from './choose-driver.js';
import type { Database, LoadDriver } from './database.js';
import { failureOf } from './failures.js';
import { QUERIES, type Queries } from './queries.js';
import { isAtLeast, type Place } from './row-changes.js';
import { FORMAT } from './schema.js';

const POLL_MS = 1;
/** While queries wait, this often it is checked whether the open file is still the current one. */
const REOPEN_MS = 50;
const CACHE_KIB = 16 * 1024;
const BUSY_MS = 1_000;

export interface QueryInput {
  readonly name: keyof Queries;
  readonly values: unknown;
  /** Null: no place is waited for. */
  readonly place: Omit<Place, 'commit'> | null;
  readonly part: 'rows' | 'texts';
  readonly waitMs: number;
}

export class CatalogReading {
  private readonly folder: CatalogFolder;
  private db: Database | null = null;
  private identity: string | null = null;
  private checkedAt = 0;
  private tick: Promise<void> | null = null;
  private closed = false;

  constructor(
    dataDir: string,
    private readonly drivers?: readonly LoadDriver[],
  ) {
    this.folder = new CatalogFolder(dataDir, FORMAT);
  }

  /** Errors: 503 `catalog_behind` when the place is not reached; `catalog_unavailable` without SQLite. */
  async query(input: QueryInput): Promise<unknown> {
    const until = performance.now() + input.waitMs;
    for (;;) {
      const found = this.tryQuery(input);
      if (found) return found.value;
      if (performance.now() >= until || this.closed) throw behind();
      this.tick ??= this.nextTick();
      await this.tick;
    }
  }

  close(): void {
    this.closed = true;
    this.shut();
  }

  private tryQuery({ name, values, place, part }: QueryInput): { value: unknown } | null {
    const db = this.opened();
    if (!db) return null;
    try {
      return db.transaction('read', () => {
        const reached = placeOf(db, part);
        if (place && (!reached || !isAtLeast(reached, place))) return null;
        const query = QUERIES[name] as (db: Database, values: unknown) => unknown;
        return { value: query(db, values) };
      });
    } catch (error) {
      // The next query reopens the catalog: by then it may be another file.
      if (failureOf(error).damaged) this.shut();
      throw error;
    }
  }

  private nextTick(): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(() => {
        this.tick = null;
        resolve();
      }, POLL_MS);
    });
  }

  /** Null while there is no catalog. */
  private opened(): Database | null {
    const now = performance.now();
    if (this.db && now - this.checkedAt < REOPEN_MS) return this.db;
    this.checkedAt = now;
    const identity = this.folder.identity();
    if (this.db && identity === this.identity) return this.db;
    this.shut();
    if (identity === null) {
      // Without a driver the catalog never comes: that error is more exact than `catalog_behind`.
      chooseDriver(this.drivers);
      return null;
    }
    return this.open(identity);
  }

  private open(identity: string): Database | null {
    const db = chooseDriver(this.drivers).open(this.folder.file, { readOnly: true, busyMs: BUSY_MS });
    try {
      db.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`);
      const version = db.get<{ user_version: number }>('PRAGMA user_version')?.user_version;
      if (version !== FORMAT) {
        db.close();
        return null;
      }
    } catch (error) {
      db.close();
      throw error;
    }
    this.db = db;
    this.identity = identity;
    return db;
  }

  private shut(): void {
    this.db?.close();
    this.db = null;
    this.identity = null;
  }
}

function behind(): TaskspaceError {
  return new TaskspaceError(
    'catalog_behind',
    'The catalog has not caught up with the latest changes in time. Single taskspaces can be read; try this again in a moment. `GET /ready` shows how far it is.',
    { headers: { 'Retry-After': '1' } },
  );
}
