/**
 * The contract over each SQLite driver that this Node can load. What cannot be loaded here is said aloud:
 * `node:sqlite` comes with Node 22.13, so run this file with a newer Node too (`npx -p node@24 node
 * node_modules/vitest/vitest.mjs run --project unit test/contract/database.test.ts`).
 */
import { expect, it } from 'vitest';
import { betterSqlite } from '../../src/catalog/better-sqlite.js';
import { chooseDriver } from '../../src/catalog/choose-driver.js';
import { nodeSqlite } from '../../src/catalog/node-sqlite.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import { databaseContract } from './database.contract.js';

for (const [name, load] of Object.entries({ 'node:sqlite': nodeSqlite, 'better-sqlite3': betterSqlite })) {
  const driver = load();
  if (driver) databaseContract(driver);
  else console.warn(`NOT TRIED: ${name} cannot be loaded by Node ${process.version}`);
}

it('tries at least one driver', () => {
  expect([nodeSqlite(), betterSqlite()].some((driver) => driver !== null)).toBe(true);
});

it('takes the first driver that loads, and says what to do when none does', () => {
  const driver = { name: 'second', open: () => expect.unreachable() };
  expect(chooseDriver([() => null, () => driver])).toBe(driver);
  try {
    chooseDriver([() => null]);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(TaskspaceError);
    expect(error).toMatchObject({ code: 'catalog_unavailable' });
    expect((error as Error).message).toContain('npm install better-sqlite3');
  }
});
