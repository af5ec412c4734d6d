/**
 * Takes taskspaces into the catalog's rows: looks at their journals, takes the facts, hands them to the writer.
 *
 * A journal is never believed to continue what is known without having been seen to. One that cannot be folded is
 * noted with its code and stops nobody else; trouble with the store itself ends the round, to be tried again.
 */
import { type Code, TaskspaceError } from '../domain/errors.js';
import { Turns } from '../observe/turns.js';
import type { Store } from '../store/store.js';
import type { Calls } from './calls.js';
import type { CatalogWriting } from './catalog-writing.js';
import type { Known, Place, RowFacts } from './facts.js';
import type { FolderPool, Followed } from './folder-pool.js';
import { rowFacts, type Shows } from './row-facts.js';

/** What is wrong with one journal alone. */
const OWN_TROUBLE: ReadonlySet<Code> = new Set<Code>(['damaged', 'store_unavailable']);
/** How often facts that were void are taken again. */
const ATTEMPTS_MAX = 20;

export interface RowKeeperDeps {
  readonly writer: Calls<CatalogWriting>;
  readonly pool: FolderPool;
  readonly store: Store;
  readonly shows: Shows;
}

export class RowKeeper {
  private readonly turns = new Turns();
  private folding: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps: RowKeeperDeps) {}

  /** When this resolves, rows are as these journals were when it was called, or newer, and the place is taken. */
  async take(ids: readonly string[], place: Place | null, newest: Place | null): Promise<void> {
    const { writer } = this.deps;
    let rest = ids;
    for (let attempt = 0; ; attempt++) {
      const known = rest.length === 0 ? [] : await writer.call('known', rest);
      const facts = await this.factsOfAll(known);
      const refused = await writer.call('putRows', { facts, place, newest });
      const again = new Set(refused);
      for (const { id, journal } of facts) if (!again.has(id)) this.remember(id, journal?.head ?? '');
      if (refused.length === 0) return;
      if (attempt === ATTEMPTS_MAX) throw new Error(`rows of ${refused[0]} are written by somebody else`);
      rest = refused;
    }
  }

  /** One call after the other, so that the writer is at work on the first while the next are folded. */
  private factsOfAll(known: readonly Known[]): Promise<RowFacts[]> {
    const gathered = this.folding.then(async () => {
      const facts: RowFacts[] = [];
      for (const one of known) {
        facts.push(await this.factsOf(one));
        await this.turns.next();
      }
      return facts;
    });
    this.folding = gathered.catch(() => undefined);
    return gathered;
  }

  private async factsOf(known: Known): Promise<RowFacts> {
    const { pool } = this.deps;
    const followed = pool.get(known.id);
    const { folder } = followed;
    try {
      await folder.present();
      const continues = await this.continues(followed, known);
      while (!folder.refresh()) await folder.present();
      const facts = await rowFacts(folder, known, continues, this.deps.shows);
      if (!facts.journal) this.tellGone(known);
      return facts;
    } catch (error) {
      return this.inTrouble(known, error);
    } finally {
      pool.used(known.id);
    }
  }

  /** The facts of a journal that cannot be folded. Throws the error when it is not that journal's alone. */
  private inTrouble({ id, commit, head, time }: Known, error: unknown): RowFacts {
    const code = error instanceof TaskspaceError ? error.code : null;
    const { store } = this.deps;
    if (code === null || !OWN_TROUBLE.has(code) || !store.isThere) throw error;
    const stat = store.journalStat(id);
    const base = { id, since: head, life: null, trash: null };
    if (!stat) return { ...base, journal: null, trouble: null };
    const { dev, ino, size, ctimeMs: ctime } = stat;
    return { ...base, journal: { dev, ino, size, ctime, commit, head, time }, trouble: code };
  }

  /** Whether the present journal holds the commit that is known, under the same id. */
  private async continues(
    { folder, head, epoch }: Followed,
    { commit, head: known }: Known,
  ): Promise<boolean> {
    if (commit === 0 || folder.state.commit < commit) return false;
    if (folder.state.head === known || (head === known && epoch === folder.epoch)) return true;
    const [found] = await folder.commits(commit, commit, ({ id }) => id);
    return found === known;
  }

  private remember(id: string, head: string): void {
    const { pool } = this.deps;
    if (!pool.keeping) return;
    const followed = pool.get(id);
    followed.head = head;
    followed.epoch = followed.folder.epoch;
  }

  /** Nobody else tells that a folder was taken away; what rests on it must not stay in any cache. */
  private tellGone({ id }: Known): void {
    const { feed } = this.deps.store;
    if ((feed.reached(id)?.to ?? 0) > 0)
      feed.tell({ id, to: 0, head: '', owners: [], types: [], again: true });
  }
}
