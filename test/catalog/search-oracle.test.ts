/**
 * Search against a plain scan of the same texts: whatever is asked for, all pages together hold just what
 * matches, in order.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SearchValues, search } from '../../src/catalog/queries/search.js';
import type { DocChanges } from '../../src/catalog/row-changes.js';
import { seesTaskspace } from '../../src/domain/glob.js';
import { type Chance, seeded } from '../kit/seed.js';
import { RandomCatalog, START } from './random-catalog.js';

const WORDS = ['alpha', 'alps', 'Beta', 'bêtise', 'gamma', 'ελλάδα', 'жук', 'жуки', '東京', 'a1', 'readFile'];
/** With accents that are no Latin ones, composed and not, and marks that stand for themselves. */
const ACCENTED = ['отчёт', 'отчёт', 'ΤΈΛΟΣ', 'τέλος', 'ガス', 'ガス', 'café', 'كِتَاب', 'क्ष'];
const OWNERS = ['ann', 'bob', 'Zoë'];
const GLOBS = [null, null, null, ['t1*'], ['*3', 't2*'], ['none']];
const TYPES = ['taskspace', 'message', 'artifact', 'task'] as const;

interface Scanned extends DocChanges {
  readonly taskspace: string;
}

let chance: Chance;
let catalog: RandomCatalog;
let owners: Map<string, string>;
let docs: Map<string, Scanned>;
let at: number;
beforeEach(() => {
  chance = seeded('search oracle');
  catalog = new RandomCatalog(chance);
  owners = new Map();
  docs = new Map();
  at = START;
});
afterEach(() => catalog.close());

describe('search beside a plain scan', () => {
  it.each([
    ['where the index gathers beginnings of words', 0],
    // Only sums say how many there are: these make every beginning one of too many docs to be gathered.
    ['where beginnings of words are looked for in texts', 100_000_000],
  ])('finds the same in the same order %s', (_where, messages) => {
    for (let step = 0; step < 150; step++) change(messages);
    let found = 0;
    for (let i = 0; i < 600; i++) {
      const values = randomValues();
      const expected = scan(values);
      found += expected.length;
      expect({ values, hits: pages(values) }).toEqual({ values, hits: expected });
    }
    catalog.checkIndex();
    expect(found).toBeGreaterThan(1_000);
  });

  it('finds the same when texts are indexed later, in pieces, while others come and go', () => {
    catalog.indexLater();
    for (let step = 0; step < 150; step++) {
      change(0);
      if (chance.below(3) === 0) catalog.index(1 + chance.below(9));
    }
    while (catalog.index(5));
    for (let step = 0; step < 50; step++) change(0);
    for (let i = 0; i < 200; i++) {
      const values = randomValues();
      expect({ values, hits: pages(values) }).toEqual({ values, hits: scan(values) });
    }
    catalog.checkIndex();
  });

  it('reaches what lies behind more than one page looks at, over pages that are short or empty', () => {
    for (const id of ['seen', 'hidden']) own(id, 'ann', 0);
    const message = (i: number): DocChanges => docOf('message', String(i), 'word');
    put('seen', [message(1), message(2)]);
    put(
      'hidden',
      Array.from({ length: 6_000 }, (_, i) => message(i)),
    );
    const values = { ...ALL, text: 'word', globs: ['*een'], limit: 10 };
    expect(search(catalog.db, values)).toMatchObject({ hits: [], next: expect.anything() });
    expect(pages(values)).toEqual(['seen message 2', 'seen message 1']);
  });
});

const ALL: SearchValues = {
  ...{ text: '', types: [], owner: null, taskspace: null, globs: null, after: null, limit: 50 },
};

function change(messages: number): void {
  const id = `t${chance.below(25)}`;
  if (owners.has(id) && chance.below(8) === 0) {
    catalog.remove(id);
    owners.delete(id);
    for (const [key, { taskspace }] of docs) if (taskspace === id) docs.delete(key);
    return;
  }
  own(id, chance.pick(OWNERS), messages);
  put(
    id,
    Array.from({ length: chance.below(6) }, () => randomDoc(id)),
  );
}

/** Creates it, or gives it to somebody. */
function own(id: string, owner: string, messages: number): void {
  const createdAt = catalog.model.get(id)?.createdAt ?? ++at;
  catalog.put(id, {
    ...{ id, name: id, owner, status: 'active', tags: [], createdAt, updatedAt: ++at, activeAt: at },
    ...{ messages, artifacts: [], days: {} },
  });
  owners.set(id, owner);
}

function put(id: string, facts: readonly DocChanges[]): void {
  catalog.texts(id, facts);
  for (const doc of facts) docs.set(`${id} ${doc.type} ${doc.ref}`, { ...doc, taskspace: id });
}

function randomDoc(id: string): DocChanges {
  const type = chance.pick(TYPES);
  const ref = type === 'taskspace' ? id : type === 'artifact' ? `${words(1)}/${words(1)}.md` : words(1);
  const title = type === 'message' ? '' : type === 'artifact' ? ref : words(1 + chance.below(3));
  return docOf(type, ref, `${ref}\n${words(chance.below(8))}`, title);
}

function docOf(type: DocChanges['type'], ref: string, body: string, title = ''): DocChanges {
  return { type, ref, at: ++at, label: 'ann', title, body };
}

function anyWord(): string {
  return chance.pick(chance.below(4) === 0 ? ACCENTED : WORDS);
}

function words(count: number): string {
  return Array.from({ length: count }, () => anyWord()).join(chance.pick([' ', '_', ', ']));
}

function randomValues(): SearchValues {
  const terms = Array.from({ length: 1 + chance.below(3) }, () => {
    const word = anyWord();
    const beginning = word.slice(0, 1 + chance.below(3));
    return chance.pick([
      word,
      word,
      `${beginning}*`,
      `${beginning}*`,
      `"${words(2)}"`,
      `"${word} ${beginning}"*`,
    ]);
  });
  return {
    text: terms.join(' '),
    types: TYPES.filter(() => chance.below(3) === 0),
    owner: chance.pick([null, null, ...OWNERS]),
    taskspace: chance.below(5) === 0 ? `t${chance.below(25)}` : null,
    globs: chance.pick(GLOBS),
    after: null,
    limit: 1 + chance.below(30),
  };
}

function pages(values: SearchValues): string[] {
  const found: string[] = [];
  let after: SearchValues['after'] = null;
  do {
    const page = search(catalog.db, { ...values, after });
    found.push(...page.hits.map(({ taskspace, type, ref }) => `${taskspace} ${type} ${ref}`));
    after = page.next;
  } while (after !== null);
  return found;
}

function scan({ text, types, owner, taskspace, globs }: SearchValues): string[] {
  const tiers: string[][] = [[], [], []];
  for (const [key, doc] of [...docs].sort(([, a], [, b]) => b.at - a.at)) {
    if (types.length > 0 && !types.includes(doc.type)) continue;
    if (owner !== null && owners.get(doc.taskspace) !== owner) continue;
    if (taskspace !== null && doc.taskspace !== taskspace) continue;
    if (globs !== null && !seesTaskspace(globs, doc.taskspace)) continue;
    if (termsOf(text).every((term) => holds(doc, term))) tiers[tierOf(doc, text)]?.push(key);
  }
  return tiers.flat();
}

function termsOf(text: string): { words: string[]; open: boolean }[] {
  const terms = text.match(/"[^"]*"\*?|[^\s"]+/g) ?? [];
  return terms.map((term) => ({ words: tokens(term), open: term.endsWith('*') }));
}

function holds({ title, body }: DocChanges, { words, open }: { words: string[]; open: boolean }): boolean {
  const camel = `${title}\n${body}`.includes('readFile') ? ['read', 'file'] : [];
  return [tokens(title), tokens(body), camel].some((all) =>
    all.some((_, i) =>
      words.every((word, j) => {
        const token = all[i + j] ?? '';
        return open && j === words.length - 1 ? token.startsWith(word) : token === word;
      }),
    ),
  );
}

function tierOf({ type, ref, title }: DocChanges, text: string): 0 | 1 | 2 {
  const open = text.endsWith('*');
  const name = plain((open ? text.slice(0, -1) : text).replaceAll('"', ''));
  if (type === 'message' || name.includes('*')) return 2;
  const names = [title, type === 'artifact' ? (title.split('/').at(-1) ?? '') : ref].map(plain);
  if (names.includes(name)) return 0;
  const begins = (key: string): boolean =>
    key.startsWith(name) && (open || !/^[\p{L}\p{N}]/u.test(key.slice(name.length)));
  return names.some(begins) ? 1 : 2;
}

function tokens(text: string): string[] {
  return plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ς', 'σ');
}
