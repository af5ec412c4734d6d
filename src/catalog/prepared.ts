/** What both drivers share: statements prepared once for each text, and transactions. */
import type { Database, SqlValue } from './database.js';

export interface PreparedStatement {
  run(...values: SqlValue[]): { changes: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
  iterate(...values: SqlValue[]): IterableIterator<unknown>;
}

interface Connection {
  exec(sql: string): void;
  close(): void;
}

/** Statement texts are fixed and few; more than this means that some are built from data. */
const STATEMENTS_MAX = 500;

export class Prepared implements Database {
  private readonly statements = new Map<string, PreparedStatement>();

  constructor(
    private readonly connection: Connection,
    private readonly prepare: (sql: string) => PreparedStatement,
  ) {}

  exec(sql: string): void {
    this.connection.exec(sql);
  }

  run(sql: string, ...values: SqlValue[]): number {
    return Number(this.statement(sql).run(...values).changes);
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.statement(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.statement(sql).all(...values) as Row[];
  }

  iterate<Row>(sql: string, ...values: SqlValue[]): IterableIterator<Row> {
    return this.statement(sql).iterate(...values) as IterableIterator<Row>;
  }

  transaction<T>(kind: 'read' | 'write', work: () => T): T {
    this.run(kind === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN');
    try {
      const result = work();
      this.run('COMMIT');
      return result;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  close(): void {
    this.statements.clear();
    this.connection.close();
  }

  /** SQLite itself has rolled back after some errors; the first error is the one to report. */
  private rollBack(): void {
    try {
      this.run('ROLLBACK');
    } catch {}
  }

  private statement(sql: string): PreparedStatement {
    let statement = this.statements.get(sql);
    if (!statement) {
      if (this.statements.size >= STATEMENTS_MAX) this.statements.clear();
      statement = this.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}
