/**
 * The driver over better-sqlite3, an optional dependency: absent where neither a download nor a build
 * succeeded.
 */
import { createRequire } from 'node:module';
import type { Database, Driver } from './database.js';
import { Prepared, type PreparedStatement } from './prepared.js';

type BetterSqlite = new (
  path: string,
  options: { readonly: boolean; fileMustExist: boolean; timeout: number },
) => Connection;

interface Connection {
  exec(sql: string): void;
  prepare(sql: string): PreparedStatement;
  close(): void;
}

export function betterSqlite(): Driver | null {
  const Connection = load();
  if (!Connection) return null;
  return {
    name: 'better-sqlite3',
    open(path, { readOnly, busyMs }): Database {
      const connection = new Connection(path, {
        readonly: readOnly,
        fileMustExist: readOnly,
        timeout: busyMs,
      });
      return new Prepared(connection, (sql) => connection.prepare(sql));
    },
  };
}

function load(): BetterSqlite | null {
  const require = createRequire(import.meta.url);
  try {
    const Connection = require('better-sqlite3') as BetterSqlite;
    // The package may lack its binary, or have one for another Node: opening a database shows it.
    new Connection(':memory:', { readonly: false, fileMustExist: false, timeout: 0 }).close();
    return Connection;
  } catch {
    return null;
  }
}
