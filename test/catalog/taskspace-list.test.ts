import { afterEach, describe, expect, it } from 'vitest';
import type { SqlValue } from '../../src/catalog/database.js';
import { SORTS, type TaskspaceListValues, taskspaceList } from '../../src/catalog/queries/taskspace-list.js';
import { tokenize } from '../../src/catalog/tokenize.js';
import { globMatches } from '../../src/domain/glob.js';
import { STATUSES } from '../../src/domain/taskspace.js';
import { type Chance, seeded } from '../kit/seed.js';
import { type Modelled, OWNERS, RandomCatalog, TAGS } from './random-catalog.js';

const IDS = Array.from({ length: 60 }, (_, i) => `${i % 3 === 0 ? 'fix' : 'x'}-${i}`);
const ALL: TaskspaceListValues = {
  ...{ owner: null, statuses: [], tags: [], words: [], globs: null, after: null, limit: 500 },
  ...{ sort: 'updatedAt', order: 'desc', withSummary: false },
};

let catalog: RandomCatalog;
afterEach(() => catalog.close());

describe('the list of taskspaces', () => {
  it('is what a naive model says, for any filters, order and page size', () => {
    const chance = seeded('taskspace list');
    catalog = new RandomCatalog(chance);
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 10; i++) catalog.step(IDS);
      for (let i = 0; i < 10; i++) {
        const values = randomValues(chance);
        expect([values, pagesOf(values, 1 + chance.below(7))]).toEqual([values, modelled(values)]);
      }
    }
  });

  it('is the same by a drive from a rare tag or word as by a walk', () => {
    const chance = seeded('drive and walk');
    catalog = new RandomCatalog(chance);
    for (let i = 0; i < 300; i++) catalog.step(IDS);
    const [first] = [...catalog.model.values()];
    if (!first) throw new Error('nothing is there');
    catalog.put(first.id, { ...first, tags: ['rare'], name: 'Unique thing' });
    const others = { ...ALL, statuses: [first.status], owner: first.owner };
    for (const values of [
      { ...others, tags: ['rare'] },
      { ...others, words: ['uniq'] },
    ])
      expect(pagesOf(values, 3)).toEqual([first.id]);
  });

  it('neither skips nor repeats what does not move while others do', () => {
    catalog = new RandomCatalog(seeded('moving list'));
    for (let i = 0; i < 500; i++) catalog.step(IDS);
    const still = IDS.slice(0, 30).filter((id) => catalog.model.has(id));
    for (const sort of SORTS) {
      for (const order of ['asc', 'desc'] as const) {
        const seen: string[] = [];
        let after: TaskspaceListValues['after'] = null;
        do {
          const page = taskspaceList(catalog.db, { ...ALL, sort, order, after, limit: 4 });
          seen.push(...(JSON.parse(page.items) as { id: string }[]).map(({ id }) => id));
          after = page.next;
          for (let i = 0; i < 5; i++) catalog.step(IDS.slice(30));
        } while (after !== null);
        expect(seen.filter((id) => still.includes(id)).sort()).toEqual([...still].sort());
      }
    }
  });

  it.each(SORTS)('by %s walks along an index, in both directions, and sorts nothing', (sort) => {
    catalog = new RandomCatalog(seeded('plans'));
    for (const order of ['asc', 'desc'] as const) {
      for (const owner of [null, 'ann']) {
        for (const after of [null, ['k', 'id'] as const]) {
          const values = { ...ALL, sort, order, owner, after, statuses: ['active', 'draft'] };
          const plan = planOf(values).join('; ');
          expect(plan).toMatch(/SEARCH t USING (COVERING )?INDEX by_/);
          expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
        }
      }
    }
  });

  it('puts the summary into each item when it is asked for', () => {
    catalog = new RandomCatalog(seeded('summaries'));
    for (let i = 0; i < 20; i++) catalog.step(IDS);
    const { items } = taskspaceList(catalog.db, { ...ALL, withSummary: true });
    for (const item of JSON.parse(items) as { id: string; summary: { messages: { count: number } } }[])
      expect(item.summary.messages.count).toBe(catalog.model.get(item.id)?.messages);
  });
});

/** What SQLite does for the first statement that gives rows. */
function planOf(values: TaskspaceListValues): string[] {
  const details: string[] = [];
  const spy = new Proxy(catalog.db, {
    get(db, name) {
      if (name !== 'iterate') return Reflect.get(db, name).bind(db);
      return (sql: string, ...bound: SqlValue[]) => {
        const rows = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...bound);
        details.push(...rows.map(({ detail }) => detail));
        return [];
      };
    },
  });
  taskspaceList(spy, values);
  return details;
}

function randomValues(chance: Chance): TaskspaceListValues {
  const maybe = <T>(value: T): T[] => (chance.below(3) === 0 ? [value] : []);
  return {
    owner: maybe(chance.pick(OWNERS))[0] ?? null,
    statuses: STATUSES.filter(() => chance.below(4) === 0),
    tags: maybe(chance.pick([...TAGS, 'none'])),
    words: maybe(chance.pick(['fix', 'fi', 'dat', 'gros', 'ecl', 'zeta', '日', 'party', '12', 'q'])),
    globs: maybe(['fix-*', 'x-1?'])[0] ?? null,
    sort: chance.pick(SORTS),
    order: chance.pick(['asc', 'desc']),
    after: null,
    limit: 500,
    withSummary: false,
  };
}

/** The ids of all pages. */
function pagesOf(values: TaskspaceListValues, limit: number): string[] {
  const ids: string[] = [];
  let after: TaskspaceListValues['after'] = null;
  do {
    const page = taskspaceList(catalog.db, { ...values, limit, after });
    ids.push(...(JSON.parse(page.items) as { id: string }[]).map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  return ids;
}

function modelled({ owner, statuses, tags, words, globs, sort, order }: TaskspaceListValues): string[] {
  const found = [...catalog.model.values()].filter(
    (one) =>
      (owner === null || one.owner === owner) &&
      (statuses.length === 0 || statuses.includes(one.status)) &&
      tags.every((tag) => one.tags.includes(tag)) &&
      words.every((word) => tokenize(`${one.name} ${one.id}`).some((own) => own.startsWith(word))) &&
      (globs === null || globs.some((glob) => globMatches(glob, one.id))),
  );
  const sorted = found.sort((a, b) => {
    const [x, y] = [keyOf(a, sort), keyOf(b, sort)];
    return x === y ? compare(a.id, b.id) : typeof x === 'number' ? x - Number(y) : compare(x, String(y));
  });
  return (order === 'asc' ? sorted : sorted.reverse()).map(({ id }) => id);
}

function keyOf(one: Modelled | undefined, sort: (typeof SORTS)[number]): string | number {
  if (!one) return '';
  if (sort === 'name') return one.name.toLowerCase();
  return one[sort];
}

/** By code points. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
