/**
 * What the same work costs at least, measured in the same run: system calls, a bare SQLite query over the
 * same rows, and a node:http server that sends as many bytes. Medians in µs.
 */
import fs from 'node:fs';
import path from 'node:path';
import { chooseDriver } from '../../../src/catalog/choose-driver.js';
import type { Database } from '../../../src/catalog/database.js';
import { Client } from '../client.js';
import { type ServerProcess, startFloor } from '../processes.js';
import { sampled } from '../sample.js';
import type { Way } from './way.js';

const SAMPLING = { warmUp: 3, roundsMin: 5, roundsMax: 100, budgetMs: 150 };

export interface Floor {
  readonly name: string;
  readonly us: number;
}

type Work = { readonly name: string; run(): unknown };

export class Floors {
  private readonly known = new Map<string, Promise<number>>();
  private readonly servers: ServerProcess[] = [];
  private database: Database | null = null;
  private files = 0;

  constructor(private readonly dataDir: string) {}

  /** In the process the work alone; over HTTP a bare server's answer of `bytes`, `requests` times, on top. */
  async of(way: Way, work: Work, bytes: number, requests = 1): Promise<Floor> {
    const us = await this.measured(work.name, work.run);
    if (way.name === 'in process') return { name: work.name, us };
    const raw = await this.raw(bytes);
    const times = requests === 1 ? '' : `${requests} × `;
    return { name: `${times}node:http + ${work.name}`, us: us + requests * raw };
  }

  /** Of so many journals. */
  stat(count: number): Work {
    const folder = path.join(this.dataDir, 'taskspaces');
    const journals = fs.readdirSync(folder).map((id) => path.join(folder, id, 'journal.jsonl'));
    return {
      name: `${count} × stat`,
      run: () => {
        for (let n = 0; n < count; n++) fs.statSync(journals[n % journals.length] ?? '');
      },
    };
  }

  /** So many files of a few KB, read and parsed or not. */
  read(count: number, file: string): Work {
    return {
      name: `${count} × read`,
      run: () => {
        for (let n = 0; n < count; n++) fs.readFileSync(file);
      },
    };
  }

  /** `commits` lines, each synced; `files` new files, each synced with its folder. */
  durable(commits: number, files: number, bytes: Buffer): Work {
    const folder = path.join(this.dataDir, '..', 'floor');
    fs.mkdirSync(folder, { recursive: true });
    const name = `${commits} × append + fdatasync${files > 0 ? `, ${files} × new file + fsync` : ''}`;
    return {
      name,
      run: () => {
        for (let n = 0; n < files; n++) this.newFile(folder, bytes);
        const journal = fs.openSync(path.join(folder, 'journal'), 'a');
        for (let n = 0; n < commits; n++) {
          fs.writeSync(
            journal,
            '{"crc":"00000000","at":0,"a record of the size that a small change has":true}\n'.repeat(4),
          );
          fs.fdatasyncSync(journal);
        }
        fs.closeSync(journal);
      },
    };
  }

  /** The rows of a list, newest first, as JSON. */
  rows(limit: number): Work {
    const sql = 'SELECT body FROM taskspaces JOIN bodies USING (n) ORDER BY updated_at DESC, id LIMIT ?';
    return this.query(`SQLite, ${limit} rows`, () => this.open().all(sql, limit));
  }

  artifactRows(limit: number): Work {
    const sql = 'SELECT body FROM artifacts WHERE outdated = 1 ORDER BY taskspace, path LIMIT ?';
    return this.query(`SQLite, ${limit} rows of artifacts`, () => this.open().all(sql, limit));
  }

  /** The newest hits of a word, with what is shown of them. */
  hits(word: string, limit: number): Work {
    const sql =
      'SELECT d.ref, d.title, substr(d.body, 1, 200) FROM texts_index JOIN docs d ON d.doc = texts_index.rowid WHERE texts_index MATCH ? ORDER BY texts_index.rowid DESC LIMIT ?';
    return this.query(`SQLite FTS5, ${limit} hits`, () => this.open().all(sql, `"${word}"`, limit));
  }

  async close(): Promise<void> {
    this.database?.close();
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  private query(name: string, run: () => unknown): Work {
    return { name, run };
  }

  /** Beside whoever has it open: readers do not disturb each other. */
  private open(): Database {
    if (this.database) return this.database;
    const all = path.join(this.dataDir, 'catalog');
    const [format = ''] = fs.readdirSync(all).sort().reverse();
    this.database = chooseDriver().open(path.join(all, format, 'catalog.db'), {
      readOnly: true,
      busyMs: 1000,
    });
    return this.database;
  }

  private newFile(folder: string, bytes: Buffer): void {
    const fd = fs.openSync(path.join(folder, `file-${this.files++}`), 'wx');
    fs.writeSync(fd, bytes);
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    const names = fs.openSync(folder, 'r');
    fs.fsyncSync(names);
    fs.closeSync(names);
  }

  private raw(bytes: number): Promise<number> {
    // Sizes that lie close to each other cost the same.
    const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, 64)));
    return this.once(`raw ${size}`, async () => {
      const headers = ['Content-Type', 'application/json', 'Content-Length', String(size)];
      const server = await startFloor('raw', { headers, body: Buffer.alloc(size, 'x').toString('base64') });
      this.servers.push(server);
      const client = new Client(server.port);
      const { median } = await sampled(SAMPLING, () => client.must('GET', '/'));
      client.close();
      return median;
    });
  }

  private measured(name: string, run: () => unknown): Promise<number> {
    return this.once(name, async () => (await sampled(SAMPLING, run)).median);
  }

  private once(name: string, measure: () => Promise<number>): Promise<number> {
    const known = this.known.get(name) ?? measure();
    this.known.set(name, known);
    return known;
  }
}
