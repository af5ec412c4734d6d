/**
 * Brings the texts of taskspaces into the catalog, after their rows: in order of the feed, in slices, one
 * transaction for many small ones. While a transaction runs on its thread, the next changes are read here.
 *
 * The place of the texts is written once all taskspaces of a batch are done. A taskspace whose texts cannot
 * be read now is left until its next publication, so that one journal never holds up the texts of all.
 */
import { TaskspaceError } from '../domain/errors.js';
import { isLive } from '../domain/state.js';
import { FairYield } from '../platform/yield-fairly.js';
import type { Calls } from './calls.js';
import type { CatalogWriting } from './catalog-writing.js';
import type { FolderPool } from './folder-pool.js';
import type { Known, Place, TextChanges } from './row-changes.js';
import { textChanges } from './text-changes.js';

const TRANSACTION_DOCS = 1_000;
const TRANSACTION_CHARS = 2 * 1024 * 1024;
/** Texts that are not indexed yet take a fifth of the time, and hit the same pages again. */
const BULK_TRANSACTIONS = 8;
const ATTEMPTS_MAX = 20;
/** Taskspaces whose known state is requested at once. */
const KNOWN_AT_ONCE = 200;
/** Docs indexed in one transaction of a few tenths of a second. */
const INDEX_DOCS = 20_000;

interface Batch {
  readonly ids: Set<string>;
  place: Place | null;
}

export interface TextIndexerDeps {
  readonly writer: Calls<CatalogWriting>;
  readonly pool: FolderPool;
  onTrouble(error: unknown): void;
}

export class TextIndexer {
  private readonly batches: Batch[] = [];
  private atWork: Batch | null = null;
  private readonly turns = new FairYield();
  private gathered: TextChanges[] = [];
  private docs = 0;
  private chars = 0;
  /** The last transaction given to the writer, and the one before it. */
  private writing: Promise<unknown> = Promise.resolve();
  private earlier: Promise<unknown> = Promise.resolve();
  private refused: string[] = [];
  /** Whether the texts of some taskspaces could not be read and were left. */
  leftSome = false;
  /** The writer's failure, which is not that of a taskspace. */
  private failure: { error: unknown } | null = null;
  /** While everything is made anew: texts are indexed once they are all in. */
  bulk = false;

  constructor(private readonly deps: TextIndexerDeps) {}

  /** Adds taskspaces whose rows were written, and the place that their texts are to reach. */
  add(ids: Iterable<string>, place: Place | null): void {
    const last = this.batches.at(-1);
    if (last && last !== this.atWork) {
      for (const id of ids) last.ids.add(id);
      last.place = place ?? last.place;
    } else this.batches.push({ ids: new Set(ids), place });
  }

  get idle(): boolean {
    return this.batches.length === 0;
  }

  /** How many taskspaces wait, with repetitions. */
  get waiting(): number {
    return this.batches.reduce((sum, { ids }) => sum + ids.size, 0);
  }

  /**
   * Works on what waits.
   * @param between called between transactions with the indexed share: for work that comes first.
   */
  async round(between: (indexed: number) => Promise<void>): Promise<void> {
    const batch = this.batches[0];
    if (!batch) return;
    this.atWork = batch;
    for (let attempt = 0; batch.ids.size > 0; attempt++) {
      if (attempt === ATTEMPTS_MAX)
        throw new Error(`texts of ${[...batch.ids][0]} are written by somebody else`);
      await this.work(batch, () => between(0));
      await this.settle(null);
      for (const id of this.refused) batch.ids.add(id);
      this.refused = [];
    }
    if (this.bulk) await this.index(between);
    this.batches.shift();
    await this.settle(batch.place);
  }

  private async index(between: (indexed: number) => Promise<void>): Promise<void> {
    for (;;) {
      const reached = await this.deps.writer.call('index', { max: INDEX_DOCS });
      if (!reached) return;
      await between(reached.done / Math.max(1, reached.of));
    }
  }

  private async work({ ids }: Batch, between: () => Promise<void>): Promise<void> {
    while (ids.size > 0) {
      const chunks = chunksOf([...ids], KNOWN_AT_ONCE);
      let next = this.known(chunks[0] ?? []);
      for (const [i] of chunks.entries()) {
        const some = await next;
        // Requested while these are worked on: the writer answers between two transactions.
        next = this.known(chunks[i + 1] ?? []);
        for (const known of some) {
          await this.apply(known, between);
          ids.delete(known.id);
        }
        await between();
      }
      await next;
    }
  }

  private known(ids: readonly string[]): Promise<Known[]> {
    const known = ids.length === 0 ? Promise.resolve([]) : this.deps.writer.call('known', ids);
    // If the work in between fails, that is the error to report.
    known.catch(() => undefined);
    return known;
  }

  private async apply(known: Known, between: () => Promise<void>): Promise<void> {
    // No journal need be read to see that there is nothing to do.
    if (!known.live || known.live.textCommit === known.commit) return;
    const { pool } = this.deps;
    const { folder } = pool.get(known.id);
    try {
      await folder.catchUp();
      while (!folder.catchUpNow()) await folder.catchUp();
      const { state } = folder;
      if (!isLive(state) || known.live.life !== state.bornTag) return;
      for await (const changes of textChanges(folder, known.live)) {
        this.gather(changes);
        const share = this.bulk ? BULK_TRANSACTIONS : 1;
        if (this.docs >= share * TRANSACTION_DOCS || this.chars >= share * TRANSACTION_CHARS) {
          await this.flush(null);
          await between();
        }
        await this.turns.next();
      }
    } catch (error) {
      this.leftSome = true;
      this.deps.onTrouble(error);
    } finally {
      pool.used(known.id);
    }
  }

  private gather(changes: TextChanges): void {
    this.gathered.push(changes);
    this.docs += changes.docs.length;
    for (const { body, title } of changes.docs) this.chars += body.length + title.length;
  }

  /** Hands over what is gathered. One transaction waits while another runs, so the writer is never idle. */
  private async flush(place: Place | null): Promise<void> {
    if (this.gathered.length === 0 && !place) return;
    const changes = this.gathered;
    this.gathered = [];
    this.docs = 0;
    this.chars = 0;
    await this.earlier;
    this.earlier = this.writing;
    this.writing = this.put(changes, place).then(
      (refused) => void this.refused.push(...refused),
      (error: unknown) => {
        this.failure = { error };
      },
    );
  }

  /** Texts that the catalog refuses are one taskspace's trouble; the others are written without them. */
  private async put(changes: readonly TextChanges[], place: Place | null): Promise<string[]> {
    const { writer, onTrouble } = this.deps;
    try {
      return await writer.call('putTexts', { changes, place });
    } catch (error) {
      if (error instanceof TaskspaceError || changes.length === 0) throw error;
    }
    const refused: string[] = [];
    for (const one of changes) {
      try {
        refused.push(...(await writer.call('putTexts', { changes: [one], place: null })));
      } catch (error) {
        if (error instanceof TaskspaceError) throw error;
        // If nothing at all can be written, the cause is not these texts.
        await writer.call('note', { left: one.id });
        this.leftSome = true;
        onTrouble(new Error(`texts of "${one.id}" are left out: ${(error as Error).message}`));
      }
    }
    return refused.length > 0 ? refused : writer.call('putTexts', { changes: [], place });
  }

  /** Resolves when all that was gathered is written. */
  private async settle(place: Place | null): Promise<void> {
    await this.flush(place);
    await this.writing;
    if (this.failure) throw this.failure.error;
  }
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}
