/**
 * A catalog in memory that is filled through its own tables with random taskspaces, and the naive model of
 * the same.
 */
import { betterSqlite } from '../../src/catalog/better-sqlite.js';
import { chooseDriver } from '../../src/catalog/choose-driver.js';
import type { Database } from '../../src/catalog/database.js';
import { DocTables } from '../../src/catalog/doc-tables.js';
import { nodeSqlite } from '../../src/catalog/node-sqlite.js';
import type {
  ArtifactChanges,
  DocChanges,
  GenerationChanges,
  RowChanges,
} from '../../src/catalog/row-changes.js';
import { RowTables } from '../../src/catalog/row-tables.js';
import { SCHEMA } from '../../src/catalog/schema.js';
import { STATUSES } from '../../src/domain/taskspace.js';
import type { Chance } from '../kit/seed.js';

export interface Modelled {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly activeAt: number;
  readonly messages: number;
  readonly artifacts: readonly ArtifactChanges[];
  readonly days: Readonly<Record<string, number>>;
}

export const OWNERS = ['ann', 'bob', 'Zoë'];
export const TAGS = ['red', 'green', 'blue'];
export const NAMES = ['Fix dates', 'fix Größe', 'Éclair', 'zeta', 'Zeta', '日本語 docs', 'a-b_c', '🎉 party'];
const PATHS = ['a.md', 'b/c.txt', 'b/d.txt', 'z', 'b', 'é.md'];
const DAY_MS = 86_400_000;
export const START = Date.UTC(2026, 0, 1);

export class RandomCatalog {
  readonly db: Database = chooseDriver([nodeSqlite, betterSqlite]).open(':memory:', {
    readOnly: false,
    busyMs: 0,
  });
  readonly model = new Map<string, Modelled>();
  readonly trash = new Map<string, number>();
  private readonly rows: RowTables;
  private readonly docs: DocTables;
  private lives = 0;
  private readonly lifeOf = new Map<string, string>();

  constructor(private readonly chance: Chance) {
    this.db.exec(SCHEMA);
    this.rows = new RowTables(this.db);
    this.docs = new DocTables(this.db);
  }

  /** Creates, changes, recreates or deletes one of `ids`. */
  step(ids: readonly string[]): void {
    const { chance } = this;
    const id = chance.pick(ids);
    if (this.model.has(id) && chance.below(6) === 0) this.remove(id);
    else this.put(id, this.randomLife(id, this.model.has(id) && chance.below(4) > 0));
  }

  remove(id: string): void {
    const deletedAt = START + this.chance.below(50);
    this.model.delete(id);
    this.lifeOf.delete(id);
    this.trash.set(id, deletedAt);
    this.write({
      id,
      since: this.headOf(id),
      journal: journalOf(),
      trouble: null,
      life: null,
      trash: { name: 'gone', owner: 'ann', deletedAt, bytes: 7 },
    });
  }

  put(id: string, wanted: Modelled): void {
    const fresh = !this.model.has(id) || wanted.createdAt !== this.model.get(id)?.createdAt;
    if (fresh) this.lifeOf.set(id, String(++this.lives));
    this.model.set(id, wanted);
    this.trash.delete(id);
    this.write({
      ...{ id, since: this.headOf(id), journal: journalOf(), trouble: null, trash: null },
      life: this.factsOf(wanted, fresh),
    });
  }

  texts(id: string, docs: readonly DocChanges[]): void {
    const put = this.docs.put({
      id,
      life: this.lifeOf.get(id) ?? '',
      since: { time: '', seq: 0 },
      docs,
      tasks: null,
      artifactsGone: [],
      seq: 0,
      reached: null,
    });
    if (!put) throw new Error('void texts');
  }

  /** As a catalog that is made anew: texts are indexed by `index` alone. Before there are any. */
  indexLater(): void {
    this.docs.indexLater();
  }

  /** @returns whether there is more to index. */
  index(max: number): boolean {
    return this.docs.index(max) !== null;
  }

  /**
   * Clears what is left of lives that are over, and throws when the index is not that of the texts that are
   * there.
   */
  checkIndex(): void {
    while (this.docs.clear(10));
    this.db.exec("INSERT INTO texts_index(texts_index, rank) VALUES('integrity-check', 1)");
  }

  /** A taskspace as it would be listed: the shape does not matter here. */
  static bodyOf({ id, name, owner, status, tags, createdAt, updatedAt }: Modelled): object {
    return { id, name, owner, status, tags, createdAt, updatedAt };
  }

  close(): void {
    this.db.close();
  }

  private write(facts: RowChanges): void {
    this.db.transaction('write', () => {
      if (!this.rows.put(facts)) throw new Error('void facts');
      this.rows.finish();
    });
  }

  private headOf(id: string): string {
    return this.db.get<{ head: string }>('SELECT head FROM journals WHERE id = ?', id)?.head ?? '';
  }

  private randomLife(id: string, goesOn: boolean): Modelled {
    const { chance } = this;
    const before = goesOn ? this.model.get(id) : undefined;
    const at = (range: number): number => START + chance.below(range);
    return {
      id,
      name: chance.pick(NAMES),
      owner: chance.pick(OWNERS),
      status: chance.pick(STATUSES),
      tags: TAGS.filter(() => chance.below(2) === 0),
      createdAt: before?.createdAt ?? START + DAY_MS * chance.below(5) + this.lives,
      updatedAt: at(20),
      activeAt: at(1000),
      messages: (before?.messages ?? 0) + chance.below(5),
      artifacts: PATHS.filter(() => chance.below(2) === 0).map((path) => this.artifact(path)),
      days: {},
    };
  }

  private artifact(path: string): ArtifactChanges {
    const { chance } = this;
    const type = chance.pick([null, 'doc', 'code']);
    const [outdated, modified] = [chance.below(3) === 0, chance.below(3) === 0];
    return { path, type, outdated, modified, body: JSON.stringify({ path, type, outdated, modified }) };
  }

  private factsOf(wanted: Modelled, fresh: boolean): GenerationChanges {
    const { name, owner, status, tags, createdAt, updatedAt, activeAt, messages, artifacts } = wanted;
    return {
      fresh,
      life: this.lifeOf.get(wanted.id) ?? '',
      metadata: {
        ...{ etag: String(updatedAt), name, owner, status, tags, createdAt, updatedAt },
        body: JSON.stringify(RandomCatalog.bodyOf(wanted)),
      },
      activeAt,
      summary: {
        messages: { count: messages, bytes: messages * 2, lastSeq: messages },
        artifacts: { count: artifacts.length, bytes: 3, revisions: artifacts.length, storedBytes: 4 },
        tasks: {
          ...{ total: 2, pending: 1, inProgress: 0, completed: 1, failed: 0, cancelled: 0 },
          ...{ ready: 1, halted: status === 'failed' },
        },
      },
      artifacts,
      artifactsGone: PATHS.filter((path) => !artifacts.some((one) => one.path === path)),
      plan: {
        claims: [{ task: 'a', agent: 'x', expiresAt: activeAt + 5 }],
        escalations: status === 'failed' ? [{ task: 'b', name: 'B', error: null, at: updatedAt }] : [],
        completedDays: {},
      },
      messageDays: {},
      revisionDays: { complete: true, days: { '2026-01-02': { revisions: artifacts.length, bytes: 3 } } },
    };
  }
}

function journalOf() {
  return { mark: 'm', bytes: 10, commit: 1, head: 'h', time: '' };
}
