/**
 * The driver over `node:sqlite`, part of Node from 22.13 on. Its types are declared here: older Nodes have
 * none.
 */
import type { Database, Driver } from './database.js';
import { Prepared, type PreparedStatement } from './prepared.js';

interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options: { readOnly: boolean; timeout: number }) => Connection;
}

interface Connection {
  exec(sql: string): void;
  prepare(sql: string): PreparedStatement;
  close(): void;
}

export function nodeSqlite(): Driver | null {
  const module = builtin('node:sqlite');
  if (!module) return null;
  return {
    name: 'node:sqlite',
    open(path, { readOnly, busyMs }): Database {
      const connection = new module.DatabaseSync(path, { readOnly, timeout: busyMs });
      // Node 22 and 23 do not know the option `timeout`.
      connection.exec(`PRAGMA busy_timeout = ${busyMs}`);
      return new Prepared(connection, (sql) => connection.prepare(sql));
    },
  };
}

/** Undefined where this Node has no such module; `getBuiltinModule` came with Node 20.16. */
function builtin(name: string): NodeSqlite | undefined {
  const { getBuiltinModule } = process as { getBuiltinModule?: (name: string) => unknown };
  return getBuiltinModule?.(name) as NodeSqlite | undefined;
}
