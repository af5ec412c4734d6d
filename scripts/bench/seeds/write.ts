/** Workload B, write: four lines. Every write is on disk when it is answered; theirs were not. */
import { artifactsOf, type ProjectArtifact, projectId } from './projects.js';
import { type Begun, each, LONG, type SeedLine } from './seed-line.js';
import { AT_ONCE, type Way } from './way.js';

const UPDATES = 50;

export const WRITE: readonly SeedLine[] = [
  {
    name: 'write one project with 10 artifacts',
    claim: '2.5 ms',
    targetMs: 50,
    sampling: { roundsMax: 30 },
    async begin({ floors }, way): Promise<Begun> {
      const artifacts = artifactsOf('new');
      return {
        call: (round) => writeProject(way, `one-${round}`, artifacts),
        floor: await floors.of(way, floors.durable(11, 10, artifacts[0]?.bytes ?? Buffer.alloc(0)), 200, 11),
      };
    },
  },
  {
    name: 'write all projects in bulk',
    claim: '280–450 ms',
    targetMs: 500,
    sampling: LONG,
    async begin({ size, floors }, way): Promise<Begun> {
      const artifacts = artifactsOf('new');
      const bytes = artifacts[0]?.bytes ?? Buffer.alloc(0);
      return {
        call: (round) =>
          each(
            Array.from({ length: size }, (_, n) => n),
            AT_ONCE,
            (n) => writeProject(way, `bulk-${round}-${n}`, artifacts),
          ),
        floor: await floors.of(way, floors.durable(11 * size, 10 * size, bytes), 200, 11 * size),
      };
    },
  },
  {
    name: 'update the 10 artifacts of one project',
    claim: 'met',
    targetMs: 50,
    sampling: { roundsMax: 30 },
    async begin({ ids, floors }, way): Promise<Begun> {
      const artifacts = artifactsOf('p0');
      return {
        call: (round) =>
          each(artifacts, AT_ONCE, ({ path, bytes, metadata }) =>
            way.putArtifact(
              ids[round % ids.length] ?? '',
              path,
              Buffer.concat([bytes, Buffer.from(`${round}\n`)]),
              metadata,
            ),
          ),
        floor: await floors.of(way, floors.durable(10, 10, artifacts[0]?.bytes ?? Buffer.alloc(0)), 200, 10),
      };
    },
  },
  {
    name: '50 version updates',
    claim: 'met',
    targetMs: 100,
    sampling: { roundsMax: 20 },
    async begin({ size, floors }, way): Promise<Begun> {
      const paths = artifactsOf('p0').map(({ path }) => path);
      const updates = Array.from({ length: UPDATES }, (_, n) => ({
        id: projectId(Math.floor(n / paths.length) % size),
        path: paths[n % paths.length] ?? '',
        n,
      }));
      return {
        call: (round) => each(updates, AT_ONCE, ({ id, path, n }) => way.deploy(id, path, `${round}.${n}`)),
        floor: await floors.of(way, floors.durable(UPDATES, 0, Buffer.alloc(0)), 200, UPDATES),
      };
    },
  },
];

async function writeProject(way: Way, id: string, artifacts: readonly ProjectArtifact[]): Promise<void> {
  await way.put(id);
  await Promise.all(artifacts.map(({ path, bytes, metadata }) => way.putArtifact(id, path, bytes, metadata)));
}
