/** Fault 4: everything is killed at once, by a signal or by a power cut, and started again. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Commit } from '../../src/domain/event.js';
import { withDefaults } from '../../src/domain/taskspace.js';
import { encodeRecord } from '../../src/store/files/journal/record.js';
import type { Cluster } from '../kit/cluster.js';
import type { Mutant } from '../kit/fault-control.js';
import { inForm } from '../kit/form.js';
import { api, demand, Recorder } from '../kit/recorder.js';
import { appendAll, mixedLoad } from './load.js';
import { expectPass, type Scene, scene, violations } from './scene.js';
import { prepare } from './write-here-read-there.js';

const IDS = ['a', 'b', 'c'];
const TASKSPACES = 10_000;
/** Asserted at four times its value, so that a busy machine does not turn it red. */
const READY_MS_MAX = 2000;
/** At a gate that nobody opens. */
const HELD = { kind: 'hold', gate: 'never' } as const;

describe('a server whose processes were all killed', () => {
  it('comes back with everything acknowledged, again and again', () =>
    scene(async ({ start, dataDir, chance }) => {
      const recorder = new Recorder();
      let cluster = await start();
      await prepare(recorder, await cluster.connect(), IDS);
      for (let round = 0; round < inForm(2, 30); round++) {
        const clients = await Promise.all(Array.from({ length: 8 }, () => cluster.connect()));
        let killed = false;
        await mixedLoad(recorder, clients, IDS, chance, (answered) => {
          if (answered >= 300 + chance.below(200) && !killed) {
            killed = true;
            cluster.killTree();
          }
          return !killed;
        });
        await cluster.exit;
        cluster = await start();
        await lookThroughEveryWorker(recorder, cluster);
      }
      await expectPass(dataDir, recorder);
    }));

  it('lost no acknowledged write to a power cut, which leaves only what was synced', () =>
    scene(async (stage) => {
      const { recorder, lost, cluster } = await powerCut(stage);
      console.log(`${lost} bytes of journals were lost`);
      expect(lost).toBeGreaterThan(0);
      await lookThroughEveryWorker(recorder, cluster);
      for (const id of IDS) demand(await recorder.post(await cluster.connect(), id), 201);
      await expectPass(stage.dataDir, recorder);
    }));

  it('would be seen to lose some if fdatasync did nothing (mutant)', () =>
    scene(async (stage) => {
      const { recorder } = await powerCut(stage, ['idle-sync']);
      expect(violations(stage.dataDir, recorder).map(({ rule }) => rule)).toContain('lost');
    }));

  it(`is ready in time with ${TASKSPACES} taskspaces`, () =>
    scene(async ({ start, dataDir }) => {
      makeTaskspaces(dataDir, TASKSPACES);
      const times: number[] = [];
      for (let n = 0; n < 2; n++) {
        const began = performance.now();
        const cluster = await start({ workers: 2 });
        times.push(performance.now() - began);
        expect(cluster.out).toContain(`(${TASKSPACES} folders)`);
        demand(await (await cluster.connect()).ask('GET', api('t-9999')), 200);
        cluster.killTree();
        await cluster.exit;
      }
      console.log(
        `ready with ${TASKSPACES} taskspaces after ${times.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`,
      );
      expect(Math.min(...times)).toBeLessThan(4 * READY_MS_MAX);
    }));
});

/**
 * Appends under load, then some that cannot be synced; the end of all processes, and of what was not on disk.
 */
async function powerCut(
  { start, control, dataDir, chance }: Scene,
  mutants: Mutant[] = [],
): Promise<{
  recorder: Recorder;
  lost: number;
  cluster: Cluster;
}> {
  const recorder = new Recorder();
  for (const worker of [1, 2, 3, 4]) control.plan(worker, { mutants });
  const first = await start({ program: 'fault' });
  const connections = await first.pinned();
  const [connection, ...others] = connections;
  if (!connection) throw new Error('no worker');
  await prepare(recorder, connection, IDS);
  let cut = false;
  const load = mixedLoad(recorder, others, IDS, chance, () => !cut);
  await appendAll(recorder, [connection], 'a', (acknowledged) => acknowledged < 150);
  cut = true;
  await load;
  const unsynced = connections.map(async (last, i) => {
    control.plan(i + 1, { mutants, faults: [{ op: 'fdatasync', when: 'before', act: HELD, times: null }] });
    await recorder.post(last, 'a');
  });
  await Promise.all(connections.map((_, i) => control.struck(i + 1)));
  first.killTree();
  await Promise.all([first.exit, ...unsynced]);
  const lost = control.cutPower(dataDir, (unsynced) => chance.below(unsynced));
  // What was read and never acknowledged may be gone, and nobody was promised to see it again.
  const written = new Recorder();
  written.history.push(...recorder.history.filter(({ kind }) => kind === 'write'));
  return { recorder: written, lost, cluster: await start() };
}

async function lookThroughEveryWorker(recorder: Recorder, cluster: Cluster): Promise<void> {
  for (const connection of await cluster.pinned()) {
    for (const id of IDS) {
      await recorder.readMessages(connection, id);
      await recorder.readMetadata(connection, id);
      await recorder.readTask(connection, id, 'a');
      await recorder.readArtifact(connection, id, 'x.txt');
    }
  }
}

/** Straight into the folder: what counts here is that they are there. */
function makeTaskspaces(dataDir: string, count: number): void {
  for (let n = 0; n < count; n++) {
    const id = `t-${n}`;
    const folder = join(dataDir, 'taskspaces', id);
    mkdirSync(folder, { recursive: true });
    const metadata = withDefaults(id, 'somebody', {});
    const commit: Commit = {
      id: n.toString(16).padStart(16, '0'),
      number: 1,
      time: '2026-11-20T08:00:00.000Z',
      by: 'somebody',
      events: [{ type: 'taskspace.created', revision: 1, metadata }],
    };
    writeFileSync(join(folder, 'journal.jsonl'), encodeRecord({ at: 0, prev: '', safe: 0, commit }));
  }
}
