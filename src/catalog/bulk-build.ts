/**
 * A catalog that is made anew: nothing waits for the disk, and texts are indexed once they are all in. It is
 * noted by the name of the start that does it, since a power failure may cut it.
 */
import type { Calls } from './calls.js';
import type { CatalogWriting } from './catalog-writing.js';
import type { FolderPool } from './folder-pool.js';
import type { ProgressNotes } from './progress-notes.js';
import type { TextIndexer } from './text-indexer.js';

export interface BulkBuildDeps {
  readonly writer: Calls<CatalogWriting>;
  readonly pool: FolderPool;
  readonly texts: TextIndexer;
  readonly progress: ProgressNotes;
  onProgress(fields: object, text: string): void;
}

export class BulkBuild {
  private isBegun = false;

  constructor(private readonly deps: BulkBuildDeps) {}

  get isOn(): boolean {
    return this.isBegun;
  }

  async begin(startId: string): Promise<void> {
    const { writer, pool, progress, onProgress } = this.deps;
    this.resume();
    await progress.begin('rows');
    pool.keeping = false;
    await writer.call('note', { bulk: startId });
    await writer.call('bulk', { on: true });
    onProgress({}, 'The catalog is made anew: lists, search and dashboards come when it is whole');
  }

  /** For one that another process of the same start has begun, and whose rows are complete. */
  resume(): void {
    this.isBegun = true;
    this.deps.texts.bulk = true;
  }

  /** Everything is in. */
  async end(): Promise<void> {
    const { writer, pool, texts, progress, onProgress } = this.deps;
    await writer.call('bulk', { on: false });
    await writer.call('note', { bulk: '' });
    this.isBegun = false;
    texts.bulk = false;
    pool.keeping = true;
    await progress.begin('ready');
    onProgress({}, 'The catalog is whole');
  }
}
