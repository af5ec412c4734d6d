/**
 * Projects taskspaces into the catalog's rows: catches up with their journals, reads the changes, gives them
 * to the writer.
 *
 * That a journal continues what is known is always verified. One that cannot be folded is noted with its code
 * and holds up no other; trouble with the store itself ends the round, which is tried again.
 */
import { TaskspaceError } from '../domain/errors.js';
import { FairYield } from '../platform/yield-fairly.js';
import type { Store, Taskspace } from '../store/ports.js';
import type { Calls } from './calls.js';
import type { CatalogWriting } from './catalog-writing.js';
import { type JsonViews, rowChanges } from './changes-of-rows.js';
import type { FolderPool, Followed } from './folder-pool.js';
import type { MarkedIds } from './marked-ids.js';
import type { Known, Place, RowChanges } from './row-changes.js';
import { Troubles } from './troubles.js';

/** How often stale changes are read again. */
const ATTEMPTS_MAX = 20;

export interface MarkedSets {
  /** Those whose journals are sync-failed. */
  readonly poisoned: MarkedIds;
  readonly linked: MarkedIds;
  /** Those with damaged objects. */
  readonly rotten: MarkedIds;
}

export interface RowProjectorDeps {
  readonly writer: Calls<CatalogWriting>;
  readonly pool: FolderPool;
  readonly store: Store;
  readonly views: JsonViews;
  readonly marked: MarkedSets;
  onTrouble(error: unknown): void;
}

/** A system call that failed for lack of something that all taskspaces need. */
function isOfSystem(error: unknown): boolean {
  return !(error instanceof TaskspaceError) && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

export class RowProjector {
  private readonly turns = new FairYield();
  private readonly troubles: Troubles;
  private folding: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps: RowProjectorDeps) {
    this.troubles = new Troubles(deps.onTrouble);
  }

  /** Resolves when rows are as these journals were at the call, or newer, and the place is written. */
  async apply(ids: readonly string[], place: Place | null, newest: Place | null): Promise<void> {
    const { writer } = this.deps;
    let rest = ids;
    for (let attempt = 0; ; attempt++) {
      const known = rest.length === 0 ? [] : await writer.call('known', rest);
      const changes = await this.changesOfAll(known);
      const refused = await this.put(changes, place, newest);
      const again = new Set(refused);
      await this.noteMarked();
      for (const { id, journal } of changes) if (!again.has(id)) this.remember(id, journal?.head ?? '');
      if (refused.length === 0) return;
      if (attempt === ATTEMPTS_MAX) throw new Error(`rows of ${refused[0]} are written by somebody else`);
      rest = refused;
    }
  }

  /** Reads one after the other, so that the writer works on the first while the next are folded. */
  private changesOfAll(known: readonly Known[]): Promise<RowChanges[]> {
    const gathered = this.folding.then(async () => {
      const changes: RowChanges[] = [];
      for (const one of known) {
        changes.push(await this.changesOf(one));
        await this.turns.next();
      }
      return changes;
    });
    this.folding = gathered.catch(() => undefined);
    return gathered;
  }

  private async changesOf(known: Known): Promise<RowChanges> {
    const { pool } = this.deps;
    const followed = pool.get(known.id);
    const { folder } = followed;
    try {
      await folder.catchUp();
      const continues = await this.continues(followed, known);
      while (!folder.catchUpNow()) await folder.catchUp();
      const changes = await rowChanges(folder, known, continues, this.deps.views);
      this.troubles.over(known.id);
      this.mark(known.id, folder);
      return changes;
    } catch (error) {
      return this.inTrouble(known, error);
    } finally {
      pool.used(known.id);
    }
  }

  /**
   * The changes for a journal that cannot be folded, or whose changes the catalog refuses: that taskspace's
   * trouble alone. Throws the error when it is the store's.
   */
  private inTrouble(known: Known, error: unknown): RowChanges {
    const { store } = this.deps;
    if (!store.isThere || isOfSystem(error)) throw error;
    const mark = store.mark(known.id);
    const { id, commit, head, time } = known;
    if (mark === null) return { id, since: head, life: null, trash: null, journal: null, trouble: null };
    const trouble = error instanceof TaskspaceError ? error.code : 'internal';
    this.troubles.note(id, mark, trouble, error);
    const journal = { mark, bytes: 0, commit, head, time };
    return { id, since: head, life: null, trash: null, journal, trouble };
  }

  /** Changes that the catalog refuses are one taskspace's trouble; the others are written without it. */
  private async put(
    changes: readonly RowChanges[],
    place: Place | null,
    newest: Place | null,
  ): Promise<string[]> {
    const { writer } = this.deps;
    try {
      return await writer.call('putRows', { changes, place, newest });
    } catch (error) {
      // A TaskspaceError is the catalog's own trouble.
      if (error instanceof TaskspaceError || changes.length === 0) throw error;
    }
    const refused: string[] = [];
    for (const one of changes) {
      try {
        refused.push(...(await writer.call('putRows', { changes: [one], place: null, newest: null })));
      } catch (error) {
        if (error instanceof TaskspaceError) throw error;
        const { id, since, journal } = one;
        if (!journal) throw error;
        this.troubles.note(id, journal.mark, 'internal', error);
        const put = { id, since, journal, life: null, trash: null, trouble: 'internal' };
        refused.push(...(await writer.call('putRows', { changes: [put], place: null, newest: null })));
      }
    }
    return refused.length > 0 ? refused : writer.call('putRows', { changes: [], place, newest });
  }

  /** Those of what was found that are worth another check now: see Troubles. */
  due(ids: readonly string[]): string[] {
    return ids.filter((id) => this.troubles.isDue(id, this.deps.store.mark(id)));
  }

  private mark(id: string, folder: Taskspace): void {
    const { marked, store } = this.deps;
    marked.poisoned.mark(id, folder.state.poisoned !== null);
    marked.linked.mark(id, folder.isLinked);
    marked.rotten.mark(id, store.damageVersion(id) !== '' && folder.damagedArtifacts().length > 0);
  }

  private async noteMarked(): Promise<void> {
    const { poisoned, linked, rotten } = this.deps.marked;
    const news = { ...poisoned.news(), ...linked.news(), ...rotten.news() };
    if (Object.keys(news).length > 0) await this.deps.writer.call('note', news);
  }

  /** Whether the present journal holds the known commit, under the same id. */
  private async continues(
    { folder, head, loads }: Followed,
    { commit, head: known }: Known,
  ): Promise<boolean> {
    if (commit === 0 || folder.state.commit < commit) return false;
    if (folder.state.head === known || (head === known && loads === folder.loads)) return true;
    const [found] = await folder.commits(commit, commit, ({ id }) => id);
    return found === known;
  }

  private remember(id: string, head: string): void {
    const { pool } = this.deps;
    if (!pool.keeping) return;
    const followed = pool.get(id);
    followed.head = head;
    followed.loads = followed.folder.loads;
  }
}
