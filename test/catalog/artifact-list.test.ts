import { afterEach, describe, expect, it } from 'vitest';
import { type ArtifactListValues, artifactList } from '../../src/catalog/queries/artifact-list.js';
import { trashList } from '../../src/catalog/queries/trash-list.js';
import { globMatches } from '../../src/domain/glob.js';
import { type Chance, seeded } from '../kit/seed.js';
import { OWNERS, RandomCatalog } from './random-catalog.js';

const IDS = Array.from({ length: 20 }, (_, i) => `t${i}`);

let catalog: RandomCatalog;
afterEach(() => catalog.close());

describe('the list of artifacts', () => {
  it('is what a naive model says, for any filters and page size', () => {
    const chance = seeded('artifact list');
    catalog = new RandomCatalog(chance);
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 5; i++) catalog.step(IDS);
      for (let i = 0; i < 10; i++) {
        const values = randomValues(chance);
        expect([values, pagesOf(values, 1 + chance.below(7))]).toEqual([values, modelled(values)]);
      }
    }
  });
});

describe('the trash', () => {
  it('has the newest first, in pages of any size, and only what may be seen', () => {
    const chance = seeded('trash');
    catalog = new RandomCatalog(chance);
    for (let round = 0; round < 30; round++) {
      for (let i = 0; i < 20; i++) catalog.step(IDS);
      for (const globs of [null, ['t1*', 't?']]) {
        const wanted = [...catalog.trash]
          .filter(([id]) => globs === null || globs.some((glob) => globMatches(glob, id)))
          .sort(([a, x], [b, y]) => y - x || (a < b ? 1 : -1))
          .map(([id]) => id);
        const seen: string[] = [];
        let after: [number, string] | null = null;
        for (;;) {
          const { rows, more } = trashList(catalog.db, { globs, after, limit: 2 });
          seen.push(...rows.map(({ id }) => id));
          const last = rows.at(-1);
          if (!more || !last) break;
          after = [last.deleted_at, last.id];
        }
        expect(seen).toEqual(wanted);
      }
    }
  });
});

function randomValues(chance: Chance): ArtifactListValues {
  const maybe = <T>(value: T): T | null => (chance.below(3) === 0 ? value : null);
  return {
    owner: maybe(chance.pick(OWNERS)),
    taskspace: maybe(chance.pick(IDS)),
    types: maybe(chance.pick([['doc'], ['doc', 'code'], ['none']])) ?? [],
    outdated: chance.below(3) === 0,
    modified: chance.below(3) === 0,
    prefix: maybe(chance.pick(['b', 'b/', 'é', 'q', 'a.md'])) ?? '',
    globs: maybe(['t1?', '*5']),
    after: null,
    limit: 500,
  };
}

function pagesOf(values: ArtifactListValues, limit: number): string[] {
  const found: string[] = [];
  let after: ArtifactListValues['after'] = null;
  do {
    const page = artifactList(catalog.db, { ...values, limit, after });
    const items = JSON.parse(page.items) as { taskspace: string; path: string }[];
    found.push(...items.map(({ taskspace, path }) => `${taskspace}/${path}`));
    after = page.next;
  } while (after !== null);
  return found;
}

function modelled(values: ArtifactListValues): string[] {
  const { owner, taskspace, types, outdated, modified, prefix, globs } = values;
  return [...catalog.model.values()]
    .filter((one) => owner === null || one.owner === owner)
    .filter(({ id }) => taskspace === null || id === taskspace)
    .filter(({ id }) => globs === null || globs.some((glob) => globMatches(glob, id)))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap(({ id, artifacts }) =>
      artifacts
        .filter(({ type }) => types.length === 0 || (type !== null && types.includes(type)))
        .filter((one) => (!outdated || one.outdated) && (!modified || one.modified))
        .filter(({ path }) => path.startsWith(prefix))
        .map(({ path }) => path)
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map((path) => `${id}/${path}`),
    );
}
