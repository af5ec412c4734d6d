/** Workload B, search: four lines. No round asks what an earlier one asked, so no answer is a cached one. */
import { wordOf } from './projects.js';
import type { Begun, SeedLine } from './seed-line.js';
import type { Search, Way } from './way.js';

const LIMIT = 100;
/** So many words find everything. */
const DIFFERENT: SeedLine['sampling'] = { warmUp: 2, roundsMax: 20 };

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
}

export const SEARCH: readonly SeedLine[] = [
  {
    name: 'search that hits every artifact, limit 100',
    claim: '9.3 ms',
    targetMs: 100,
    sampling: DIFFERENT,
    begin: (scene, way) => searching(scene, way, (q) => ({ q })),
  },
  {
    name: 'search by type',
    claim: '< 10 ms',
    targetMs: 100,
    sampling: DIFFERENT,
    begin: (scene, way) => searching(scene, way, (q) => ({ q, type: 'artifact' })),
  },
  {
    name: 'search, second page',
    claim: '< 10 ms',
    targetMs: 100,
    sampling: DIFFERENT,
    async begin(scene, way): Promise<Begun> {
      const limit = Math.min(LIMIT, scene.size * 5);
      let cursor: string | null = null;
      const begun = await searching(scene, way, (q) => ({ q }));
      return {
        ...begun,
        async prepare(round) {
          cursor = (JSON.parse((await way.search({ q: wordOf(round) }, limit)).toString()) as Page)
            .nextCursor;
        },
        call: (round) => way.search({ q: wordOf(round), cursor }, limit),
      };
    },
  },
  {
    name: 'what is out of date',
    claim: 'met',
    targetMs: 50,
    sampling: { warmUp: 2, roundsMax: 150 },
    async begin({ size, floors }, way): Promise<Begun> {
      const found = await way.outdated(500);
      expectItems(found, Math.min(500, 3 * size));
      // Another limit is another question, and gets the same rows.
      return {
        call: (round) => way.outdated(499 - round),
        floor: await floors.of(way, floors.artifactRows(3 * size), found.length),
      };
    },
  },
];

async function searching(
  { size, floors }: Parameters<SeedLine['begin']>[0],
  way: Way,
  query: (q: string) => Search,
): Promise<Begun> {
  const limit = Math.min(LIMIT, size * 10);
  const found = await way.search(query(wordOf(23)), limit);
  expectItems(found, limit);
  return {
    call: (round) => way.search(query(wordOf(round)), limit),
    floor: await floors.of(way, floors.hits(wordOf(23), limit), found.length),
  };
}

function expectItems(body: Buffer, count: number): void {
  const { items } = JSON.parse(body.toString()) as Page;
  if (items.length !== count)
    throw new Error(`${items.length} items, not ${count}: ${body.subarray(0, 200)}`);
}
