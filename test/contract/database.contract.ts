/** What every SQLite driver must do for the catalog. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Driver } from '../../src/catalog/database.js';
import { failureOf } from '../../src/catalog/failures.js';

export function databaseContract(driver: Driver): void {
  describe(driver.name, () => {
    let dir: string;
    let file: string;
    let db: Database;

    beforeEach(() => {
      dir = fs.mkdtempSync(path.join(os.tmpdir(), 'database-'));
      file = path.join(dir, 'it.db');
      db = driver.open(file, { readOnly: false, busyMs: 100 });
      db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB)');
    });
    afterEach(() => {
      db.close();
      fs.rmSync(dir, { recursive: true });
    });

    it('gives back what went in: whole numbers up to 2^53, fractions, text, bytes, null', () => {
      const big = Number.MAX_SAFE_INTEGER;
      db.run('INSERT INTO t VALUES(?, ?, ?, ?)', big, 'Zoë\u0000€𝄞', 1.5, new Uint8Array([0, 255]));
      db.run('INSERT INTO t(a) VALUES(?)', -1);
      const rows = db.all<{ a: number; b: string | null; c: number | null; d: Uint8Array | null }>(
        'SELECT * FROM t ORDER BY a DESC',
      );
      expect(rows.map(({ a, b, c }) => ({ a, b, c }))).toEqual([
        { a: big, b: 'Zoë\u0000€𝄞', c: 1.5 },
        { a: -1, b: null, c: null },
      ]);
      expect([...(rows[0]?.d ?? [])]).toEqual([0, 255]);
      expect(db.get('SELECT a FROM t WHERE a = ?', big)).toEqual({ a: big });
      expect(db.get('SELECT a FROM t WHERE a = 7')).toBeUndefined();
    });

    it('says how many rows were changed, and runs one text with many values', () => {
      for (let a = 0; a < 10; a++) expect(db.run('INSERT INTO t(a) VALUES(?)', a)).toBe(1);
      expect(db.run('DELETE FROM t WHERE a < ?', 4)).toBe(4);
      expect([...db.iterate<{ a: number }>('SELECT a FROM t ORDER BY a')].map(({ a }) => a)).toEqual([
        4, 5, 6, 7, 8, 9,
      ]);
    });

    it('takes a transaction back whole when its work throws', () => {
      expect(() =>
        db.transaction('write', () => {
          db.run('INSERT INTO t(a) VALUES(1)');
          throw new Error('no');
        }),
      ).toThrow('no');
      expect(db.all('SELECT * FROM t')).toEqual([]);
      expect(db.transaction('write', () => db.run('INSERT INTO t(a) VALUES(2)'))).toBe(1);
    });

    it('shows a reader one state all through, and the next one after it, while another writes', () => {
      const reader = driver.open(file, { readOnly: true, busyMs: 100 });
      const count = (): number => reader.get<{ n: number }>('SELECT count(*) AS n FROM t')?.n ?? -1;
      reader.transaction('read', () => {
        expect(count()).toBe(0);
        db.run('INSERT INTO t(a) VALUES(1)');
        expect(count()).toBe(0);
      });
      expect(count()).toBe(1);
      expect(() => reader.run('INSERT INTO t(a) VALUES(2)')).toThrow();
      reader.close();
    });

    it('refuses to read what is not there, and names what is no database', () => {
      expect(() => driver.open(path.join(dir, 'none.db'), { readOnly: true, busyMs: 0 })).toThrow();
      const broken = path.join(dir, 'broken.db');
      fs.writeFileSync(broken, Buffer.alloc(8192, 'x'));
      let error: unknown;
      try {
        driver.open(broken, { readOnly: true, busyMs: 0 }).get('SELECT * FROM sqlite_schema');
      } catch (thrown) {
        error = thrown;
      }
      expect(failureOf(error).damaged).toBe(true);
      expect(failureOf(new Error('else')).damaged).toBe(false);
    });

    it('has full text search with phrases, columns, folded accents and the newest first', () => {
      db.exec(`CREATE VIRTUAL TABLE f USING fts5(title, body, tokenize="unicode61 remove_diacritics 2")`);
      const at = 1_780_000_000_000 * 2048;
      for (const [i, body] of ['snake_case über', 'case snake', 'Uber snake_case'].entries())
        db.run('INSERT INTO f(rowid, title, body) VALUES(?, ?, ?)', at + i, 'x', body);
      const found = (match: string): number[] =>
        db
          .all<{ doc: number }>('SELECT rowid AS doc FROM f WHERE f MATCH ? ORDER BY rowid DESC', match)
          .map(({ doc }) => doc - at);
      expect(found('"snake case"')).toEqual([2, 0]);
      expect(found('uber')).toEqual([2, 0]);
      expect(found('{title}: snake')).toEqual([]);
      expect(found('sna*')).toEqual([2, 1, 0]);
    });
  });
}
