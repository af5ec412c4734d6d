/**
 * Fault 1 for what spans taskspaces: what was written through one worker is in the next list, search,
 * dashboard and stats of any other; and what a worker that was killed had committed and not published,
 * too.
 */
import { describe, expect, it } from 'vitest';
import { eventually } from '../kit/eventually.js';
import type { FaultControl } from '../kit/fault-control.js';
import { inForm } from '../kit/form.js';
import type { Connection } from '../kit/http-connection.js';
import { api, demand } from '../kit/recorder.js';
import type { Chance } from '../kit/seed.js';
import { OverviewLane, READS, WRITES } from './overviews.js';
import { scene } from './scene.js';

const WRITES_MADE = inForm(150, 10_000);
const KILLS = inForm(2, 50);
const LANES = 3;
const ATTEMPTS_MAX = 20;

describe('lists, search, dashboards and stats', () => {
  it.each([
    ['with L1', {}],
    ['without any cache', { ENABLE_MEMORY_CACHE: 'false' }],
  ])('include what was written before they were asked for, on every other worker, %s', (name, env) =>
    scene(async ({ start, chance }) => {
      const cluster = await start({ env });
      const connections = await cluster.pinned();
      const began = performance.now();
      const counts = new Map<string, number>();
      const lanes = Array.from({ length: LANES }, (_, lane) => new OverviewLane(`o${lane}`, chance));
      await Promise.all(
        lanes.map(async (lane) => {
          for (let n = 0; n < WRITES_MADE / LANES; n++) {
            const [here, there] = twoOf(connections, chance);
            const kind = await lane.write(here, chance.pick(WRITES));
            // The first one comes at once; the others are free to find a catalog that has caught up.
            for (const read of shuffled(READS, chance)) {
              const wrong = await lane.check(there, read);
              if (wrong !== null)
                throw new Error(`after ${kind} on ${here.worker}, ${there.worker} has ${wrong}`);
              counts.set(read, (counts.get(read) ?? 0) + 1);
            }
          }
        }),
      );
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${name}, in ${seconds} s: ${[...counts].map((entry) => entry.join(' ')).join(', ')}`);
      expect([...counts.keys()].sort()).toEqual([...READS].sort());
    }),
  );

  it('include what a killed worker had committed but not published, once anybody has read it', () =>
    scene(async ({ start, control }) => {
      const cluster = await start({ program: 'fault', workers: 2, env: { FAULT_STEWARD: '1' } });
      for (let n = 0; n < KILLS; n++) {
        const [writer, reader] = [await cluster.pinnedTo(1), await cluster.pinnedTo(2)];
        const id = `t${n}`;
        demand(await writer.ask('PUT', api(id), { body: { name: 'before', owner: id } }), 201);
        const name = await killedBeforePublishing(control, writer, id);
        expect(demand(await reader.ask('GET', api(id)), 200).json.name).toBe(name);
        expect(await namesOf(reader, id)).toEqual([name]);
      }
    }));

  it('include it soon, although nobody reads it', () =>
    scene(async ({ start, control }) => {
      const cluster = await start({ program: 'fault', workers: 2, env: { FAULT_STEWARD: '1' } });
      const times: number[] = [];
      for (let n = 0; n < KILLS; n++) {
        const [writer, reader] = [await cluster.pinnedTo(1), await cluster.pinnedTo(2)];
        const id = `t${n}`;
        demand(await writer.ask('PUT', api(id), { body: { name: 'before', owner: id } }), 201);
        expect(await namesOf(reader, id)).toEqual(['before']);
        const name = await killedBeforePublishing(control, writer, id);
        const began = performance.now();
        await eventually(async () => {
          const [found] = await namesOf(reader, id);
          if (found !== name) throw new Error(`still ${found}`);
        });
        times.push(Math.round(performance.now() - began));
      }
      console.log(`published for it after ${times.join(', ')} ms`);
    }));
});

/**
 * Gives a taskspace another name, whose writer dies between its append and its line in the feed. Should the
 * steward, who catalogues what was published just before, read it first and publish it for him, he lives, and
 * it is tried again.
 * @returns the name.
 */
async function killedBeforePublishing(
  control: FaultControl,
  writer: Connection,
  id: string,
): Promise<string> {
  control.arm(1, { op: 'append', when: 'before', path: '/feed/', act: { kind: 'kill' } });
  for (let n = 1; n <= ATTEMPTS_MAX; n++) {
    const name = `after ${n}`;
    const { status } = await writer.ask('PATCH', api(id), { body: { name } });
    if (status === 200) continue;
    control.disarm(1);
    expect(status).toBe(0);
    return name;
  }
  throw new Error('the steward always came first');
}

async function namesOf(reader: Connection, owner: string): Promise<string[]> {
  const { items } = demand(await reader.ask('GET', `/api/taskspaces?owner=${owner}`), 200).json;
  return (items as { name: string }[]).map(({ name }) => name);
}

function twoOf(connections: readonly Connection[], chance: Chance): [Connection, Connection] {
  const here = chance.pick(connections);
  return [here, chance.pick(connections.filter((other) => other !== here))];
}

function shuffled<T>(all: readonly T[], chance: Chance): T[] {
  return all
    .map((one) => ({ one, at: chance.below(1e9) }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
