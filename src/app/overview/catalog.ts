/**
 * The catalog of this process: its readers, in every process that serves, and its projector, in
 * the one that has it.
 *
 * A query polls the feed first, so its answer includes everything that was published before it
 * arrived. SQLite runs on threads; in tests, where nothing is built, on this thread. A process loads
 * only what it uses.
 */
import { type Calls, OwnCalls, ThreadCalls } from '../../catalog/calls.js';
import type { CatalogReading } from '../../catalog/catalog-reading.js';
import type { CatalogWriting } from '../../catalog/catalog-writing.js';
import type { LoadDriver } from '../../catalog/database.js';
import { CatalogDamaged } from '../../catalog/failures.js';
import { namesIn } from '../../catalog/notes.js';
import type { CatalogProjector } from '../../catalog/projector.js';
import type { Queries } from '../../catalog/queries.js';
import { CatalogReader } from '../../catalog/reader.js';
import { toArtifactJson, toSummaryJson, toTaskspaceJson } from '../../contract/views.js';
import { TaskspaceError } from '../../domain/errors.js';
import type { Store, Upkeep } from '../../store/ports.js';

export interface CatalogOptions {
  readonly dataDir: string;
  readonly store: Store;
  /** Of the process that projects the catalog; null in all others. */
  readonly upkeep: Upkeep | null;
  readonly threads: boolean;
  /** For tests: drivers other than the installed ones. */
  readonly drivers?: readonly LoadDriver[] | undefined;
  grown(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** A query has to wait for the projector, wherever that is. */
  onWait(): void;
  /** A query has met damage; to be reported to the process that projects the catalog. */
  onDamage(): void;
  onProgress(fields: object, text: string): void;
  onTrouble(error: unknown): void;
}

/** The catalog's part of `/ready`. */
export interface CatalogReport {
  /** `rows`: lists and dashboards are being built; `texts`: search is; `unavailable`: SQLite is missing. */
  readonly state: 'starting' | 'rows' | 'texts' | 'ready' | 'unavailable';
  readonly detail?: string;
  /** 0 to 1, while something is being built. */
  readonly progress?: number;
}

/** Taskspaces that the projector has found broken, some of them by name. */
export interface TroubleReport {
  readonly unreadable: { readonly ids: readonly string[]; readonly count: number };
  /** Taskspaces that take no more writes (sync-failed). */
  readonly poisoned: readonly string[];
  /** Taskspaces that take no writes, because these would change another file, too (hard links). */
  readonly linked: readonly string[];
  /** Taskspaces with damaged objects. */
  readonly rotten: readonly string[];
}

const NAMED_MAX = 20;

type Values<K extends keyof Queries> = Parameters<Queries[K]>[1];

const READER = { role: 'reader', callsMax: 256, hangMs: 30_000, heapMb: 128 } as const;
/** The bounds of one call during a rebuild: a transaction of some MB, or the final checkpoint. */
const WRITER = { role: 'writer', callsMax: 256, hangMs: 300_000, heapMb: 512 } as const;

export class Catalog {
  private constructor(
    private readonly options: CatalogOptions,
    private readonly reader: CatalogReader,
    private readonly projector: CatalogProjector | null,
  ) {}

  static async open(options: CatalogOptions): Promise<Catalog> {
    const reader = new CatalogReader(await readingCalls(options), options.onWait);
    return new Catalog(options, reader, options.upkeep ? await project(options, options.upkeep) : null);
  }

  /**
   * @param part what the query rests on: `texts` waits for the texts too. Errors: 503 `catalog_behind` after
   *   2 s, `catalog_unavailable`, `overloaded`.
   */
  async query<K extends keyof Queries>(
    name: K,
    values: Values<K>,
    part: 'rows' | 'texts' = 'rows',
  ): Promise<ReturnType<Queries[K]>> {
    try {
      return await this.reader.query(name, values, await this.options.store.feed.pollSoon(), part);
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

  /** The catalog as it is, without waiting; empty when it cannot be queried. */
  async troubles(): Promise<TroubleReport> {
    try {
      const { notes } = await this.reader.glance('progress', null);
      const unreadable = await this.reader.glance('troubles', { limit: NAMED_MAX });
      const named = (note: string | undefined): string[] => namesIn(note).slice(0, NAMED_MAX);
      const { poisoned, linked, rotten } = notes;
      return { unreadable, poisoned: named(poisoned), linked: named(linked), rotten: named(rotten) };
    } catch (error) {
      if (!(error instanceof TaskspaceError)) throw error;
      return { unreadable: { ids: [], count: 0 }, poisoned: [], linked: [], rotten: [] };
    }
  }

  /** A reader, of any process, waits for what is not projected yet. */
  want(): void {
    this.projector?.want();
  }

  /** Trouble of this taskspace was met, or is over. @returns whether this process looks at it. */
  look(id: string): boolean {
    this.projector?.look(id);
    return this.projector !== null;
  }

  /** @returns whether this process rebuilds it. */
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
  const { CatalogReading } = await import('../../catalog/catalog-reading.js');
  return new OwnCalls(new CatalogReading(dataDir, drivers));
}

async function writingCalls({ dataDir, threads, drivers }: CatalogOptions): Promise<Calls<CatalogWriting>> {
  if (threads) return new ThreadCalls<CatalogWriting>({ dataDir, ...WRITER });
  const { CatalogWriting } = await import('../../catalog/catalog-writing.js');
  return new OwnCalls(new CatalogWriting(dataDir, drivers));
}

async function project(options: CatalogOptions, upkeep: Upkeep): Promise<CatalogProjector> {
  const { store, grown, onProgress, onTrouble } = options;
  const { CatalogProjector } = await import('../../catalog/projector.js');
  const writer = await writingCalls(options);
  const views = { taskspace: toTaskspaceJson, summary: toSummaryJson, artifact: toArtifactJson };
  return new CatalogProjector({ store, upkeep, writer, views, grown, onProgress, onTrouble });
}

interface Noted {
  readonly state: CatalogReport['state'];
  readonly done: number;
  readonly of: number;
}
