/**
 * Workload B, all lines under their eight headings, for 1, 10 and 100 projects: in this process and over HTTP
 * with a writer beside, each heading and size in data folders of their own. `trace` is workload C.
 */
import type { Line } from './lines.js';
import type { Rounds } from './measure.js';
import { type Sampling, sampled } from './sample.js';
import { COLD, startsAndRefreshes } from './seeds/cold-warm.js';
import { MANAGE } from './seeds/manage.js';
import { READ } from './seeds/read.js';
import { REPOSITORY } from './seeds/repository.js';
import { printRows, rowOf, type SeedRow } from './seeds/row.js';
import { openScene, type Scene } from './seeds/scene.js';
import { SEARCH } from './seeds/search.js';
import type { SeedLine } from './seeds/seed-line.js';
import { growth, memory, sizes } from './seeds/size.js';
import { WRITE } from './seeds/write.js';
import { benchTrace } from './trace.js';

const SIZES = [1, 10, 100];
const SAMPLING: Sampling = { warmUp: 3, roundsMin: 5, roundsMax: 200, budgetMs: 300 };

interface Part {
  readonly lines: readonly SeedLine[];
  /** What is no line to be repeated in a scene. */
  more?(size: number, limits: Partial<Sampling>, scene: Scene | null): Promise<SeedRow[]>;
}

const PARTS: Readonly<Record<string, Part>> = {
  read: { lines: READ },
  write: { lines: WRITE },
  search: { lines: SEARCH },
  manage: { lines: MANAGE },
  size: { lines: [], more: sizes },
  repository: { lines: REPOSITORY },
  'cold-warm': { lines: COLD, more: startsAndRefreshes },
  memory: { lines: [], more: async (_size, _limits, scene) => (scene ? memory(scene) : []) },
};

export const SEED_PARTS: readonly string[] = [...Object.keys(PARTS), 'trace'];

/** @param only of these, in this order; all of them when absent. */
export async function benchSeeds({ taskspaces = 100, only, seconds }: Rounds): Promise<Line[]> {
  const wanted = only?.split(',') ?? SEED_PARTS;
  const all: Line[] = [];
  for (const name of wanted) {
    const part = PARTS[name];
    if (part) all.push(...(await benchPart(name, part, taskspaces, limitsFor(seconds))));
    else all.push(...(await benchTrace(seconds)));
  }
  return all;
}

/** `--seconds 3` is the whole run; less makes every line shorter, down to the fewest rounds. */
function limitsFor(seconds: number): Partial<Sampling> {
  return seconds >= 1 ? {} : { roundsMax: 5, budgetMs: seconds * 100 };
}

async function benchPart(
  name: string,
  { lines, more }: Part,
  sizeMax: number,
  limits: Partial<Sampling>,
): Promise<SeedRow[]> {
  const rows: SeedRow[] = [];
  for (const size of SIZES.filter((one) => one <= sizeMax)) {
    const needsScene = lines.length > 0 || name === 'memory';
    const scene = needsScene ? await openScene(size) : null;
    try {
      if (scene) rows.push(...(await benchLines(scene, lines, limits)));
      if (more) rows.push(...(await more(size, limits, scene)));
    } finally {
      await scene?.close();
    }
  }
  if (name === 'size') rows.push(...(await growth(sizeMax)));
  printRows(`Workload B, ${name}: times of one round; medians are compared`, rows);
  return rows;
}

async function benchLines(
  scene: Scene,
  lines: readonly SeedLine[],
  limits: Partial<Sampling>,
): Promise<SeedRow[]> {
  const rows: SeedRow[] = [];
  for (const { name, claim, targetMs, sampling, begin } of lines) {
    for (const way of scene.ways) {
      const { call, prepare, floor } = await begin(scene, way);
      const statistics = await sampled({ ...SAMPLING, ...sampling, ...limits }, call, prepare);
      const failed = way.name === 'HTTP' ? scene.refused() : 0;
      rows.push(rowOf({ name, size: scene.size, way: way.name, statistics, floor, claim, targetMs, failed }));
    }
  }
  return rows;
}
