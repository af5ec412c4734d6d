/**
 * Workload B, read: five lines. Over HTTP `all` is one list, and `only what is fresh` one question for what
 * has changed, as a client would ask; in the process each one by itself.
 */
import { artifactsOf } from './projects.js';
import { type Begun, bytesOf, type SeedLine } from './seed-line.js';

export const READ: readonly SeedLine[] = [
  {
    name: 'read one project',
    claim: '0.7 ms',
    targetMs: 10,
    async begin({ ids, floors }, way): Promise<Begun> {
      const size = bytesOf(await way.read(ids[0] ?? ''));
      return {
        call: (round) => way.read(ids[round % ids.length] ?? ''),
        floor: await floors.of(way, floors.stat(1), size),
      };
    },
  },
  {
    name: 'read all projects',
    claim: '13.8 ms',
    targetMs: 10,
    async begin({ ids, floors }, way): Promise<Begun> {
      for (const id of ids) await way.read(id);
      if (way.name === 'HTTP') {
        const { length } = await way.list(500);
        return { call: () => way.list(500), floor: await floors.of(way, floors.stat(1), length) };
      }
      return {
        async call() {
          for (const id of ids) await way.read(id);
        },
        floor: await floors.of(way, floors.stat(ids.length), 0),
      };
    },
  },
  {
    name: 'read only what is fresh, all projects',
    claim: '12.8 ms',
    targetMs: 10,
    async begin({ ids, floors }, way): Promise<Begun> {
      for (const id of ids) await way.read(id);
      await way.freshen(ids);
      const looks = way.name === 'HTTP' ? 1 : ids.length;
      return { call: () => way.freshen(ids), floor: await floors.of(way, floors.stat(looks), 1024) };
    },
  },
  {
    name: 'read an artifact by path',
    claim: '< 2 ms',
    targetMs: 10,
    async begin({ ids, floors, dataDir }, way): Promise<Begun> {
      const [one] = artifactsOf('p0');
      const { path, bytes } = one ?? { path: '', bytes: Buffer.alloc(0) };
      const file = `${dataDir}/taskspaces/p0/artifacts/${path}`;
      return {
        call: (round) => way.bytes(ids[round % ids.length] ?? '', path),
        floor: await floors.of(way, floors.read(1, file), bytes.length),
      };
    },
  },
  {
    name: 'artifacts of one project',
    claim: '< 2 ms',
    targetMs: 10,
    async begin({ ids, floors }, way): Promise<Begun> {
      const size = bytesOf(await way.artifacts(ids[0] ?? ''));
      return {
        call: (round) => way.artifacts(ids[round % ids.length] ?? ''),
        floor: await floors.of(way, floors.stat(1), size),
      };
    },
  },
];
