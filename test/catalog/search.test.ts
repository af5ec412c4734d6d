import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Hit, type SearchValues, search } from '../../src/catalog/queries/search.js';
import type { DocChanges } from '../../src/catalog/row-changes.js';
import { seeded } from '../kit/seed.js';
import { type Modelled, RandomCatalog, START } from './random-catalog.js';

let catalog: RandomCatalog;
let at = START;
beforeEach(() => {
  catalog = new RandomCatalog(seeded('search'));
  at = START;
});
afterEach(() => catalog.close());

const ALL: SearchValues = {
  ...{ text: '', types: [], owner: null, taskspace: null, globs: null, after: null, limit: 50 },
};

describe('search', () => {
  it('finds what has all words, in any case and without accents', () => {
    create('a', [message('1', 'The Größe of CAFÉ tables'), message('2', 'tables alone')]);
    expect(refs('grosse')).toEqual(['1']);
    expect(refs('grOSSe cafe')).toEqual(['1']);
    expect(refs('große cafe')).toEqual(['1']);
    expect(refs('cafe TABLES')).toEqual(['1']);
    expect(refs('tables')).toEqual(['2', '1']);
    expect(refs('tabl')).toEqual([]);
    expect(refs('tabl*')).toEqual(['2', '1']);
    expect(refs('tables missing')).toEqual([]);
  });

  it('knows compatibility forms, in texts, names and questions', () => {
    const texts = [
      'the ﬁnance team',
      'ＡＰＩ 設計',
      'area x² here',
      'weighs 5㎏',
      'ﾃｽﾄ',
      'plain finance api x2 kg',
    ];
    create(
      'a',
      texts.map((text, i) => message(String(i), text)),
    );
    expect(refs('finance')).toEqual(['5', '0']);
    expect(refs('fin*')).toEqual(['5', '0']);
    expect(refs('api')).toEqual(['5', '1']);
    expect(refs('x2')).toEqual(['5', '2']);
    expect(refs('5kg')).toEqual(['3']);
    expect(refs('テスト')).toEqual(['4']);
    expect(refs('ﬁnance')).toEqual(['5', '0']);
    expect(refs('ｘ２')).toEqual(['5', '2']);
    expect(refs('＂finance team＂')).toEqual(['0']);
    expect(refs('ﬁn＊')).toEqual(['5', '0']);
    expect(find('finance')[1]?.snippet).toBe('the <mark>ﬁnance</mark> team');
  });

  it('takes ß for ss, in texts, names and questions', () => {
    const texts = ['die Straße hier', 'DIE STRASSE', 'STRAẞE', 'von strassen', 'getGroßeStraße()'];
    create('a', [...texts.map((text, i) => message(String(i), text)), task('t', 'Straße 7')]);
    for (const text of ['strasse', 'straße', 'STRASSE', 'STRAẞE'])
      expect([text, refs(text)]).toEqual([text, ['t', '4', '2', '1', '0']]);
    for (const text of ['stras*', 'straß*', 'strass*', 'strasse*'])
      expect([text, refs(text)]).toEqual([text, ['t', '4', '3', '2', '1', '0']]);
    expect(refs('strasse 7')).toEqual(['t']);
    expect(refs('straße 7*')).toEqual(['t']);
    expect(refs('"die strasse"')).toEqual(['1', '0']);
    expect(refs('grosse')).toEqual(['4']);
    const snippets = find('strasse').map(({ snippet }) => snippet);
    expect(snippets).toEqual([
      ...['<mark>Straße</mark> 7', 'getGroße<mark>Straße</mark>()', '<mark>STRAẞE</mark>'],
      ...['DIE <mark>STRASSE</mark>', 'die <mark>Straße</mark> hier'],
    ]);
    expect(find('straße')[3]?.snippet).toBe('DIE <mark>STRASSE</mark>');
  });

  it('finds nothing by signs alone but what is called so', () => {
    create('a', [message('1', '!!! really, … 🚀'), task('t', '???')]);
    for (const text of ['!!!', '!', '"!!!"', '!!!*', '*', '"', '…', '🚀', '\u0301'])
      expect([text, refs(text)]).toEqual([text, []]);
    expect(refs('???')).toEqual(['t']);
  });

  it('knows phrases and the beginnings of their last words', () => {
    create('a', [message('1', 'one two three'), message('2', 'two one three')]);
    expect(refs('"one two"')).toEqual(['1']);
    expect(refs('"one two" three')).toEqual(['1']);
    expect(refs('"two thr"*')).toEqual(['1']);
    expect(refs('"two thr" *')).toEqual([]);
    expect(refs('"one three')).toEqual(['2']);
  });

  it('takes everything else for words or blanks', () => {
    create('a', [
      message('1', 'alpha and beta'),
      message('2', 'alpha beta or not near title'),
      message('3', 'beta'),
    ]);
    for (const text of [
      'alpha -beta',
      'alpha:beta',
      '(alpha) beta',
      '^alpha beta',
      'alpha + beta',
      '{alpha beta}',
      'alpha,beta',
    ])
      expect([text, refs(text)]).toEqual([text, ['2', '1']]);
    expect(refs('alpha AND beta')).toEqual(['1']);
    expect(refs('alpha OR beta')).toEqual(['2']);
    expect(refs('alpha NOT beta')).toEqual(['2']);
    expect(refs('NEAR(alpha beta)')).toEqual(['2']);
    expect(refs('title: beta')).toEqual(['2']);
    expect(refs('scope:n1')).toEqual([]);
    expect(refs('tmessage')).toEqual([]);
    expect(refs('a* b')).toEqual([]);
  });

  it('finds code by whole names and by their parts', () => {
    create('a', [
      artifact('src/parse/date_parser.py', 'def parse_iso_week(): return getUserName(HTTPServer)'),
      message('1', 'week iso parse user name'),
    ]);
    for (const text of [
      'parse_iso_week',
      'iso_week',
      'getUserName',
      'date_parser.py',
      'src/parse',
      'httpserver',
      'HTTP def',
      'user def',
      'name parser',
    ])
      expect([text, refs(text)[0]]).toEqual([text, 'src/parse/date_parser.py']);
    expect(refs('parse_iso_week')).toHaveLength(1);
  });

  it('puts an exact name before the beginning of a name before a text, and newer ones first', () => {
    create('t1', [task('a', 'Deploy'), message('1', 'about deploy')]);
    create('t2', [task('b', 'Deploy the site'), task('c', 'deploy'), message('2', 'please deploy')]);
    create('t3', [artifact('notes/deploy', 'x'), task('d', 'Deployment'), task('e', 'Later: deploy')]);
    const hits = find('deploy');
    expect(hits.map(({ ref }) => ref)).toEqual(['notes/deploy', 'c', 'a', 'b', 'e', '2', '1']);
    expect(refs('Deploy*')).toEqual(['notes/deploy', 'c', 'a', 'd', 'b', 'e', '2', '1']);
    expect(refs('"deploy the"')).toEqual(['b']);
  });

  it('gives scores that fall, over all pages, and no hit twice', () => {
    for (let i = 0; i < 30; i++)
      create(`t${i}`, [
        task('x', i % 3 === 0 ? 'word' : i % 3 === 1 ? 'word more' : 'no'),
        message('1', 'a word'),
      ]);
    const whole = find('word');
    expect(whole.length).toBeGreaterThan(45);
    for (const limit of [1, 2, 7, 49]) {
      const paged = pages({ ...ALL, text: 'word', limit });
      expect(paged).toEqual(pages({ ...ALL, text: 'word', limit: 500 }));
      const scores = paged.map(({ score }) => score);
      expect(scores.every((score, i) => i === 0 || score < (scores[i - 1] ?? 0))).toBe(true);
      expect(new Set(paged.map(({ taskspace, ref, type }) => `${taskspace} ${type} ${ref}`)).size).toBe(
        paged.length,
      );
    }
  });

  it('keeps to types, owners, taskspaces and what may be seen', () => {
    create('a1', [message('1', 'word'), task('t', 'word')], 'ann');
    create('b1', [message('2', 'word'), artifact('word.md', 'x')], 'bob');
    expect(refs('word', { types: ['task'] })).toEqual(['t']);
    expect(refs('word', { types: ['task', 'message'] })).toEqual(['t', '2', '1']);
    expect(refs('word', { owner: 'bob' })).toEqual(['word.md', '2']);
    expect(refs('word', { taskspace: 'a1' })).toEqual(['t', '1']);
    expect(refs('word', { taskspace: 'a1', owner: 'bob' })).toEqual([]);
    expect(refs('word', { globs: ['b*'] })).toEqual(['word.md', '2']);
    expect(refs('word', { owner: 'nobody' })).toEqual([]);
    expect(refs('word', { taskspace: 'gone' })).toEqual([]);
    catalog.remove('b1');
    expect(refs('word')).toEqual(['t', '1']);
  });

  it('asks each hit whose it is when the owner has many taskspaces', () => {
    for (let i = 0; i < 250; i++) create(`t${i}`, i % 50 === 0 ? [message(String(i), 'word')] : [], 'ann');
    create('other', [message('x', 'word')], 'bob');
    expect(refs('word', { owner: 'ann' })).toEqual(['200', '150', '100', '50', '0']);
  });

  it('shows a hit with what was met in it, and nothing in the text passes for a mark', () => {
    create('a', [
      message('1', `${'before '.repeat(50)}<b>it's</b> <mark>a</mark> "wörd" & more ${'after '.repeat(50)}`),
    ]);
    const [hit] = find('word');
    expect(hit?.snippet).toContain(
      '&lt;b&gt;it&#39;s&lt;/b&gt; &lt;mark&gt;a&lt;/mark&gt; &quot;<mark>wörd</mark>&quot; &amp; more',
    );
    expect(hit).toMatchObject({ type: 'message', taskspace: 'a', ref: '1', title: 'ann' });
    expect(hit?.snippet.length).toBeLessThan(400);
  });

  it('marks pieces of code names, prefixes, and titles when nothing else was met', () => {
    create('a', [artifact('lib/readFile.ts', ''), task('t', 'Read the README')]);
    expect(find('file')[0]?.snippet).toBe('lib/read<mark>File</mark>.ts');
    expect(find('rea* the')[0]?.snippet).toBe('<mark>Read</mark> <mark>the</mark> <mark>README</mark>');
  });

  it('never fails, whatever is asked for, and its snippets hold no markup but marks', () => {
    create('a', [
      message('1', 'NEAR AND <i>OR</i> "quoted" \u0000 nul 🎉 party مرحبا שלום mark'),
      artifact('weird <mark>.md', '\ud800 lone & *'),
      task('t', '🎉'),
    ]);
    const pieces = fc.constantFrom(
      '"',
      '*',
      '^',
      ':',
      '(',
      ')',
      '-',
      '{',
      '}',
      'AND',
      'OR',
      'NOT',
      'NEAR',
      'NEAR/2',
      '\u0000',
      '\ud800',
      '🎉',
      'مرحبا',
      'quoted',
      'mark',
      ' ',
      '+',
      'title',
      'scope',
      'é',
      '́',
      '<',
      '>',
    );
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 60 }).map((all) => all.join('')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 500 }),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const { snippet, score } of search(catalog.db, { ...ALL, text }).hits) {
          expect(snippet.replaceAll(/<\/?mark>/g, '')).not.toMatch(/[<>"']/);
          expect(Number.isFinite(score)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
    for (const text of ['"'.repeat(500), '*'.repeat(500), 'a '.repeat(250), '('.repeat(500), '🎉'])
      search(catalog.db, { ...ALL, text });
    expect(refs('🎉')).toEqual(['t']);
    expect(refs('שלום')).toEqual(['1']);
    const many = Array.from({ length: 165 }, (_, i) => i.toString(36)).join(' ');
    expect(refs(many)).toEqual([]);
  });
});

function create(id: string, docs: readonly DocChanges[], owner = 'ann'): void {
  const metadata: Omit<Modelled, 'id'> = {
    ...{ name: `Space ${id}`, owner, status: 'active', tags: [], createdAt: at, updatedAt: at, activeAt: at },
    ...{ messages: 0, artifacts: [], days: {} },
  };
  catalog.put(id, { id, ...metadata });
  catalog.texts(id, docs);
}

function message(ref: string, body: string): DocChanges {
  return { type: 'message', ref, at: ++at, label: 'ann', title: '', body };
}

function task(ref: string, name: string): DocChanges {
  return { type: 'task', ref, at: ++at, label: '', title: name, body: ref };
}

function artifact(path: string, body: string): DocChanges {
  return { type: 'artifact', ref: path, at: ++at, label: '', title: path, body };
}

function find(text: string, others: Partial<SearchValues> = {}): readonly Hit[] {
  return search(catalog.db, { ...ALL, ...others, text }).hits;
}

function refs(text: string, others: Partial<SearchValues> = {}): string[] {
  return find(text, others).map(({ ref }) => ref);
}

function pages(values: SearchValues): Hit[] {
  const hits: Hit[] = [];
  let after: SearchValues['after'] = null;
  do {
    const page = search(catalog.db, { ...values, after });
    hits.push(...page.hits);
    after = page.next;
  } while (after !== null);
  return hits;
}
