/** The choice of a driver for SQLite. */
import { TaskspaceError } from '../domain/errors.js';
import { betterSqlite } from './better-sqlite.js';
import type { Driver, LoadDriver } from './database.js';
import { nodeSqlite } from './node-sqlite.js';

const DRIVERS: readonly LoadDriver[] = [nodeSqlite, betterSqlite];

/**
 * The first driver that loads. Errors: 503 `catalog_unavailable` when none does, with what to do about it.
 */
export function chooseDriver(drivers: readonly LoadDriver[] = DRIVERS): Driver {
  for (const load of drivers) {
    const driver = load();
    if (driver) return driver;
  }
  throw new TaskspaceError(
    'catalog_unavailable',
    'Lists, search and dashboards need SQLite, which is not there. Run the server with Node 22.13 or newer, or run `npm install better-sqlite3@12` where a compiler or a prebuilt binary is at hand, and start it again. Everything else works.',
  );
}
