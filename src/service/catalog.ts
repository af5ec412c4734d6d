/**
 * The catalog of this process: what asks it, in every process that serves, and what keeps it, in the one that does.
 *
 * A question looks at the feed first, so its answer includes everything that was told before it came. Threads run what
 * SQLite does; from tests, where nothing is built, it runs on this one. What a process does not do it does not load.
 */
import { type Calls, OwnCalls, ThreadCalls } from '../catalog/calls.js';
import type { CatalogReading } from '../catalog/catalog-reading.js';
import type { CatalogWriting } from '../catalog/catalog-writing.js';
import type { LoadDriver } from '../catalog/database.js';
import { CatalogDamaged } from '../catalog/failures.js';
import { namesIn } from '../catalog/notes.js';
import type { CatalogProjector } from '../catalog/projector.js';
import type { Queries } from '../catalog/queries.js';
import { CatalogReader } from '../catalog/reader.js';
import { TaskspaceError } from '../domain/errors.js';
import type { FeedHistory } from '../store/feed-history.js';
import type { Store } from '../store/store.js';
import { toSummaryJson } from './summary.js';
import { toArtifactJson, toTaskspaceJson } from './views.js';

export interface CatalogOptions {
  readonly dataDir: string;
  readonly store: Store;
  readonly history: FeedHistory;
  /** Whether this process keeps the catalog. */
  readonly keeping: boolean;
  readonly threads: boolean;
  /** For tests: other drivers than those that are installed. */
  readonly drivers?: readonly LoadDriver[] | undefined;
  grown(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Somebody has met damage: to be told to whoever keeps the catalog. */
  onDamage(): void;
  onProgress(fields: object, text: string): void;
  onTrouble(error: unknown): void;
}

/** What `/ready` says of it. */
export interface CatalogReport {
  /** `rows`: lists and dashboards are being made; `texts`: search is; `unavailable`: SQLite is missing. */
  readonly state: 'starting' | 'rows' | 'texts' | 'ready' | 'unavailable';
  readonly detail?: string;
  /** 0 to 1, while something is being made. */
  readonly progress?: number;
}

/** Taskspaces that the keeper of the catalog has met in trouble, some of them by name. */
export interface TroubleReport {
  readonly unreadable: { readonly ids: readonly string[]; readonly count: number };
  /** Which take no more writes. */
  readonly poisoned: readonly string[];
}

const NAMED_MAX = 20;

type Values<K extends keyof Queries> = Parameters<Queries[K]>[1];

const READER = { role: 'reader', callsMax: 256, hangMs: 30_000, heapMb: 128 } as const;
/** What one call may take while everything is made anew: a transaction of some MB, or the end of it all. */
const WRITER = { role: 'writer', callsMax: 256, hangMs: 300_000, heapMb: 512 } as const;

export class Catalog {
  private constructor(
    private readonly options: CatalogOptions,
    private readonly reader: CatalogReader,
    private readonly projector: CatalogProjector | null,
  ) {}

  static async open(options: CatalogOptions): Promise<Catalog> {
    const reader = new CatalogReader(await readingCalls(options));
    return new Catalog(options, reader, options.keeping ? await keep(options) : null);
  }

  /**
   * @param part what the question rests on: `texts` waits for the texts too. Errors: 503 `catalog_behind` after 2 s,
   * `catalog_unavailable`, `overloaded`.
   */
  async query<K extends keyof Queries>(
    name: K,
    values: Values<K>,
    part: 'rows' | 'texts' = 'rows',
  ): Promise<ReturnType<Queries[K]>> {
    try {
      return await this.reader.query(name, values, this.options.store.feed.poll(), part);
    } catch (error) {
      if (error instanceof CatalogDamaged) this.options.onDamage();
      throw error;
    }
  }

  async report(): Promise<CatalogReport> {
    try {
      const { notes } = await this.reader.glance('progress', null);
      const { state, done, of } = JSON.parse(notes.progress ?? '{"state":"starting"}') as Noted;
      return of > 0 ? { state, progress: Math.min(1, Math.floor((100 * done) / of) / 100) } : { state };
    } catch (error) {
      if (!(error instanceof TaskspaceError)) throw error;
      const state = error.code === 'catalog_unavailable' ? 'unavailable' : 'starting';
      return { state, detail: error.message };
    }
  }

  /** As the catalog is, without waiting; nothing where it can't be asked. */
  async troubles(): Promise<TroubleReport> {
    try {
      const { notes } = await this.reader.glance('progress', null);
      const unreadable = await this.reader.glance('troubles', { limit: NAMED_MAX });
      return { unreadable, poisoned: namesIn(notes.poisoned).slice(0, NAMED_MAX) };
    } catch (error) {
      if (!(error instanceof TaskspaceError)) throw error;
      return { unreadable: { ids: [], count: 0 }, poisoned: [] };
    }
  }

  /** A process has died that may not have told what it had committed. */
  sweepSoon(): void {
    this.projector?.sweepSoon();
  }

  /** @returns whether it is this process that makes it anew. */
  remake(): boolean {
    this.projector?.remake();
    return this.projector !== null;
  }

  async close(): Promise<void> {
    await this.projector?.close();
    await this.reader.close();
  }
}

async function readingCalls({ dataDir, threads, drivers }: CatalogOptions): Promise<Calls<CatalogReading>> {
  if (threads) return new ThreadCalls<CatalogReading>({ dataDir, ...READER });
  const { CatalogReading } = await import('../catalog/catalog-reading.js');
  return new OwnCalls(new CatalogReading(dataDir, drivers));
}

async function writingCalls({ dataDir, threads, drivers }: CatalogOptions): Promise<Calls<CatalogWriting>> {
  if (threads) return new ThreadCalls<CatalogWriting>({ dataDir, ...WRITER });
  const { CatalogWriting } = await import('../catalog/catalog-writing.js');
  return new OwnCalls(new CatalogWriting(dataDir, drivers));
}

async function keep(options: CatalogOptions): Promise<CatalogProjector> {
  const { dataDir, store, history, grown, onProgress, onTrouble } = options;
  const { CatalogProjector } = await import('../catalog/projector.js');
  const writer = await writingCalls(options);
  const views = { taskspace: toTaskspaceJson, summary: toSummaryJson, artifact: toArtifactJson };
  return new CatalogProjector({ dataDir, store, history, writer, views, grown, onProgress, onTrouble });
}

interface Noted {
  readonly state: CatalogReport['state'];
  readonly done: number;
  readonly of: number;
}
