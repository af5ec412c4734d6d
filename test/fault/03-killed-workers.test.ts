/** Fault 3: workers are killed again and again under load; nothing acknowledged is lost, nothing is there twice. */

import { describe, expect, it } from 'vitest';
import { inForm } from '../helpers/form.js';
import { Recorder } from '../helpers/recorder.js';
import { appendUnderKills } from './append-under-kills.js';
import { killingWorkers, mixedLoad } from './load.js';
import { expectPass, scene, violations } from './scene.js';
import { prepare } from './write-here-read-there.js';

const IDS = ['a', 'b', 'c'];
const KILLS_MIN = 6;

describe('workers that are killed', () => {
  it('lose no acknowledged message of one taskspace, and leave no gap in its seqs', () =>
    scene(async ({ start, dataDir, chance }) => {
      const recorder = new Recorder();
      const figures = await appendUnderKills(await start(), recorder, chance, {
        messages: inForm(2500, 20_000),
        killEveryMs: inForm(250, 500),
        killsMin: KILLS_MIN,
      });
      console.log(figures);
      await expectPass(dataDir, recorder);
    }));

  it('lose nothing of a mixed load: messages, patches with If-Match, metadata, artifacts', () =>
    scene(async ({ start, dataDir, chance }) => {
      const cluster = await start();
      const clients = await Promise.all(Array.from({ length: 12 }, () => cluster.connect()));
      const recorder = new Recorder();
      const [first] = clients;
      if (!first) throw new Error('no client');
      await prepare(recorder, first, IDS);
      const kills = await killingWorkers(cluster, chance, 300, (killed) =>
        mixedLoad(
          recorder,
          clients,
          IDS,
          chance,
          (answered) => answered < inForm(3000, 50_000) || killed() < KILLS_MIN,
        ),
      );
      const unknown = recorder.history.filter(({ outcome }) => outcome === 'unknown').length;
      console.log({ calls: recorder.history.length, kills, unknown });
      await expectPass(dataDir, recorder);
    }));

  it('would be seen to lose writes if appends did not go to the end (mutant)', () =>
    scene(async ({ start, dataDir, control }) => {
      for (const worker of [1, 2, 3, 4]) control.plan(worker, { mutants: ['seeking-append'] });
      const cluster = await start({ program: 'fault' });
      const recorder = new Recorder();
      const connections = await cluster.pinned();
      const [first] = connections;
      if (!first) throw new Error('no client');
      await recorder.create(first, 'log');
      await Promise.all(
        connections.map(async (connection) => {
          for (let n = 0; n < 200; n++) await recorder.post(connection, 'log');
        }),
      );
      expect(violations(dataDir, recorder).length).toBeGreaterThan(0);
    }));
});
