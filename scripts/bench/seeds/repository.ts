/** Workload B, repository: create, list and search a hundred rows. */
import { artifactsOf, wordOf } from './projects.js';
import type { Begun, SeedLine } from './seed-line.js';

export const REPOSITORY: readonly SeedLine[] = [
  {
    name: 'create one',
    claim: '10 ms',
    targetMs: 10,
    sampling: { roundsMax: 50 },
    async begin({ floors }, way): Promise<Begun> {
      const bytes = artifactsOf('new')[0]?.bytes ?? Buffer.alloc(0);
      return {
        call: (round) => way.put(`created-${round}`),
        floor: await floors.of(way, floors.durable(1, 0, bytes), 400),
      };
    },
  },
  {
    name: 'list, up to 100 rows',
    claim: '10 ms',
    targetMs: 10,
    sampling: { roundsMax: 45 },
    async begin({ size, floors }, way): Promise<Begun> {
      const rows = Math.min(100, size);
      const { length } = await way.list(100);
      // Another limit is another question: none of these is cached.
      return {
        call: (round) => way.list(rows < 100 ? 100 + round : 100 - (round % 50)),
        floor: await floors.of(way, floors.rows(rows), length),
      };
    },
  },
  {
    name: 'search, up to 100 rows',
    claim: '50 ms',
    targetMs: 50,
    sampling: { warmUp: 2, roundsMax: 20 },
    async begin({ size, floors }, way): Promise<Begun> {
      const limit = Math.min(100, 10 * size);
      const { length } = await way.search({ q: wordOf(23) }, 100);
      return {
        call: (round) => way.search({ q: wordOf(round) }, 100),
        floor: await floors.of(way, floors.hits(wordOf(23), limit), length),
      };
    },
  },
];
