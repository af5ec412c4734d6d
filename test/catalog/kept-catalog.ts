/**
 * A store and its catalog in a folder of their own: writes through the store, lets the keeper follow, and
 * shows all of the catalog as plain text lines that do not depend on the numbers it gives out.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { OwnCalls } from '../../src/catalog/calls.js';
import { CatalogFolder } from '../../src/catalog/catalog-folder.js';
import { CatalogReading } from '../../src/catalog/catalog-reading.js';
import { CatalogWriting } from '../../src/catalog/catalog-writing.js';
import { chooseDriver } from '../../src/catalog/choose-driver.js';
import { CatalogProjector } from '../../src/catalog/projector.js';
import { CatalogReader } from '../../src/catalog/reader.js';
import { DAY_SUMS, FORMAT, TOTALS, TYPES } from '../../src/catalog/schema.js';
import { toArtifactJson, toSummaryJson, toTaskspaceJson } from '../../src/contract/views.js';
import type { Decide } from '../../src/domain/command.js';
import { beginFeed } from '../../src/store/files/feed/begin.js';
import { markCleanStop } from '../../src/store/files/feed/start.js';
import { FileStore } from '../../src/store/files/store.js';
import type { Upkeep } from '../../src/store/ports.js';
import { eventually } from '../kit/eventually.js';

interface Parts {
  readonly store: FileStore;
  readonly upkeep: Upkeep;
  readonly keeper: CatalogProjector;
  readonly reader: CatalogReader;
}

export class KeptCatalog {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'catalog-'));
  now = Date.parse('2026-01-01T00:00:00.000Z');
  readonly troubles: unknown[] = [];
  readonly progress: string[] = [];
  private parts: Parts | null = null;

  /** As a start of the server does; a former one must have ended. */
  start(): this {
    fs.mkdirSync(path.join(this.dir, 'taskspaces'), { recursive: true });
    beginFeed(this.dir);
    return this.join();
  }

  /** As a steward that comes back while the server runs. */
  join(): this {
    const { dir } = this;
    const log = { warn: () => undefined };
    const store = new FileStore({ dataDir: dir, log, now: () => this.now });
    store.begin();
    // Queries are asked when the projector is there.
    const reader: CatalogReader = new CatalogReader(new OwnCalls(new CatalogReading(dir)), () =>
      keeper.want(),
    );
    const onProgress = (_fields: object, text: string): void => void this.progress.push(text);
    const onTrouble = (error: unknown): void => void this.troubles.push(error);
    const upkeep = store.keepUp({ feedBytesMax: 0, onProgress, onTrouble });
    const keeper = new CatalogProjector({
      store,
      upkeep,
      writer: new OwnCalls(new CatalogWriting(dir)),
      views: { taskspace: toTaskspaceJson, summary: toSummaryJson, artifact: toArtifactJson },
      grown: (timeoutMs, signal) => grown(store, timeoutMs, signal),
      onProgress,
      onTrouble,
    });
    this.parts = { store, upkeep, keeper, reader };
    return this;
  }

  /** As a steward that comes while another one is at work. @returns what ends that one. */
  joinAnother(): () => Promise<void> {
    const first = this.use();
    this.join();
    return () => end(first);
  }

  /** As if nobody had come to the texts of any row before a clean stop. Nobody may be at work. */
  forgetTexts(): void {
    const db = chooseDriver().open(new CatalogFolder(this.dir, FORMAT).file, {
      readOnly: false,
      busyMs: 1000,
    });
    db.run('UPDATE taskspaces SET text_commit = 0');
    db.close();
    markCleanStop(this.dir);
  }

  get store(): FileStore {
    return this.use().store;
  }

  get keeper(): CatalogProjector {
    return this.use().keeper;
  }

  get upkeep(): Upkeep {
    return this.use().upkeep;
  }

  get reader(): CatalogReader {
    return this.use().reader;
  }

  /** @param how `clean`: as a server that was stopped; `killed`: without a mark. */
  async stop(how: 'clean' | 'killed'): Promise<void> {
    const parts = this.use();
    this.parts = null;
    await end(parts);
    if (how === 'clean') markCleanStop(this.dir);
  }

  async remove(): Promise<void> {
    if (this.parts) await this.stop('killed');
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  /** Commands in a row, by one writer, who knows what he has brought to disk. */
  async write(id: string, ...decides: Decide[]): Promise<void> {
    const folder = this.store.open(id);
    for (const decide of decides)
      await folder.write({ by: 'ann', owner: 'ann', decide, answer: () => undefined });
    folder.close();
  }

  /** Bytes become an object, for a command that names them. */
  async receive(id: string, bytes: Buffer): Promise<{ sha256: string; size: number }> {
    const folder = this.store.open(id);
    await folder.catchUp();
    return folder.receive(Readable.from([bytes]), { bytesMax: 1e9, sha256: null });
  }

  folder(id: string): string {
    return path.join(this.dir, 'taskspaces', id);
  }

  /** Resolves when everything published so far is in, texts too. */
  async caughtUp(): Promise<void> {
    const place = this.store.feed.poll();
    await eventually(async () => {
      try {
        await this.reader.query('progress', null, place, 'texts');
        return true;
      } catch (error) {
        if ((error as { code?: string }).code === 'catalog_behind') return false;
        throw error;
      }
    });
  }

  /** Everything that the catalog shows, one line a row, sorted. */
  lines(): string[] {
    const db = chooseDriver().open(new CatalogFolder(this.dir, FORMAT).file, {
      readOnly: true,
      busyMs: 1000,
    });
    try {
      return LINES.flatMap(([name, sql]) =>
        db.all<object>(sql).map((row) => `${name} ${JSON.stringify(row)}`),
      ).sort();
    } finally {
      db.close();
    }
  }

  private use() {
    if (!this.parts) throw new Error('not started');
    return this.parts;
  }
}

async function end({ store, upkeep, keeper, reader }: Parts): Promise<void> {
  await keeper.close();
  await upkeep.close();
  await reader.close();
  store.close();
}

const OF = 'JOIN taskspaces t USING (n)';
const SOME_TOTALS = TOTALS.map((name) => `${name} <> 0`).join(' OR ');
const SOME_DAY = DAY_SUMS.map((name) => `${name} <> 0`).join(' OR ');
const TYPE = `CASE type ${TYPES.map((name, i) => `WHEN ${i} THEN '${name}'`).join(' ')} END`;

/** Numbers of lives and docs are left out, and rows of lives that are over. */
const LINES: readonly (readonly [name: string, sql: string])[] = [
  ['journal', 'SELECT id, "commit", head, time, trouble FROM journals'],
  [
    'taskspace',
    `SELECT id, life, etag, name, name_key, owner, status, created_at, updated_at, active_at, journal_bytes, summary,
      text_commit, text_time, text_seq FROM taskspaces`,
  ],
  ['body', `SELECT id, body FROM bodies ${OF}`],
  ['tag', `SELECT id, tag FROM tags ${OF}`],
  ['word', `SELECT id, word FROM name_words ${OF}`],
  ['trash', 'SELECT * FROM trash'],
  ['artifact', `SELECT id, path, taskspace, type, outdated, modified, body FROM artifacts ${OF}`],
  ['claim', `SELECT id, task, c.owner AS owner, agent, expires_at FROM claims c ${OF}`],
  ['escalation', `SELECT id, task, e.owner AS owner, e.name AS name, error, at FROM escalations e ${OF}`],
  ['total', `SELECT * FROM totals WHERE ${SOME_TOTALS}`],
  ['day', `SELECT * FROM days WHERE ${SOME_DAY}`],
  [
    'taskspace-day',
    `SELECT id, day, messages, revisions, completed, bytes FROM taskspace_days d ${OF} WHERE ${SOME_DAY}`,
  ],
  ['doc', `SELECT id, ${TYPE} AS type, ref, at, label, title, body, parts FROM docs ${OF}`],
  ['name', `SELECT id, ${TYPE} AS type, ref, key FROM names JOIN docs USING (doc) ${OF}`],
];

function grown(store: FileStore, timeoutMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      unlisten();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, timeoutMs);
    const unlisten = store.feed.subscribe({ onChange: end, onUnreadable: end });
    signal.addEventListener('abort', end);
  });
}
