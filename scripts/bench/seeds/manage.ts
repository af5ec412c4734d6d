/** Workload B, manage: four lines. Before each drop everything is cached. */
import type { Scene } from './scene.js';
import type { Begun, SeedLine } from './seed-line.js';
import type { Way } from './way.js';

const ROUNDS: SeedLine['sampling'] = { roundsMax: 20 };

export const MANAGE: readonly SeedLine[] = [
  {
    name: 'invalidate one project',
    claim: '< 10 ms',
    targetMs: 10,
    sampling: ROUNDS,
    begin: (scene, way) => dropping(scene, way, 1, () => way.invalidate({ taskspace: 'p0' })),
  },
  {
    name: 'invalidate all projects',
    claim: '168 ms',
    targetMs: 100,
    sampling: ROUNDS,
    begin: (scene, way) => dropping(scene, way, scene.size, () => way.invalidate({ pattern: 'detail:*' })),
  },
  {
    name: 'cache status',
    claim: '16.4 ms',
    targetMs: 10,
    async begin({ ids, floors }, way): Promise<Begun> {
      for (const id of ids) await way.read(id);
      const { length } = JSON.stringify(await way.stats());
      return { call: () => way.stats(), floor: await floors.of(way, floors.stat(1), length) };
    },
  },
  {
    name: 'clear all',
    claim: 'met',
    targetMs: 200,
    sampling: ROUNDS,
    begin: (scene, way) => dropping(scene, way, scene.size, () => way.invalidate({ all: true })),
  },
];

async function dropping(
  { ids, floors }: Scene,
  way: Way,
  count: number,
  call: () => Promise<unknown>,
): Promise<Begun> {
  return {
    async prepare() {
      for (const id of ids) await way.read(id);
      await way.list(100);
    },
    call,
    floor: await floors.of(way, floors.stat(count), 32),
  };
}
