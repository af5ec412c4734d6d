/**
 * The port to SQLite, as narrow as the catalog needs it.
 *
 * All calls are synchronous, so they belong on a dedicated thread. Statements are prepared once for each text
 * and kept. Integers beyond 2^53 never go in, so plain numbers come out. A statement must not run again while
 * it is iterated.
 */

export type SqlValue = string | number | Uint8Array | null;

export interface Database {
  exec(sql: string): void;
  /** @returns how many rows were changed. */
  run(sql: string, ...values: SqlValue[]): number;
  /** The first row; the caller's SQL determines its shape. */
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SqlValue[]): Row[];
  iterate<Row>(sql: string, ...values: SqlValue[]): IterableIterator<Row>;
  /** All or nothing. `write` takes the write lock at the beginning; `read` sees one state throughout. */
  transaction<T>(kind: 'read' | 'write', work: () => T): T;
  close(): void;
}

export interface OpenOptions {
  readonly readOnly: boolean;
  /** How long a call waits for a lock of another connection, in ms. */
  readonly busyMs: number;
}

export interface Driver {
  readonly name: string;
  /** Throws SQLite's errors; a missing file is created unless `readOnly`. */
  open(path: string, options: OpenOptions): Database;
}

/** A driver, or null where it is not installed or cannot be loaded. */
export type LoadDriver = () => Driver | null;
