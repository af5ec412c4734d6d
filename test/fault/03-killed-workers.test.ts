/**
 * Fault 3: workers are killed again and again under load; nothing acknowledged is lost, nothing is there
 * twice.
 */

import { describe, expect, it } from 'vitest';
import { isStopped, signal } from '../../scripts/process-table.js';
import { eventually } from '../kit/eventually.js';
import type { Mutant } from '../kit/fault-control.js';
import { inForm } from '../kit/form.js';
import { demand, Recorder } from '../kit/recorder.js';
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
        messages: inForm(1500, 20_000),
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
          (answered) => answered < inForm(2000, 50_000) || killed() < KILLS_MIN,
        ),
      );
      const unknown = recorder.history.filter(({ outcome }) => outcome === 'unknown').length;
      console.log({ calls: recorder.history.length, kills, unknown });
      await expectPass(dataDir, recorder);
    }));

  it('would be seen to lose a write if an append went where the writer believed the end to be (mutant)', () =>
    scene(async ({ start, dataDir, control }) => {
      const mutants: Mutant[] = ['seeking-append'];
      control.plan(2, { mutants });
      const cluster = await start({ program: 'fault', workers: 2 });
      const [sound, mutant] = await cluster.pinned();
      if (!sound || !mutant) throw new Error('two workers are needed');
      const recorder = new Recorder();
      demand(await recorder.create(sound, 'log'), 201);
      demand(await recorder.post(mutant, 'log'), 201);
      const stop = { op: 'append', when: 'before', path: '/taskspaces/', act: { kind: 'stop' } } as const;
      control.plan(2, { mutants, faults: [stop] });
      const pid = cluster.pidOf(2);
      const late = recorder.post(mutant, 'log');
      await eventually(() => expect(isStopped(pid)).toBe(true));
      demand(await recorder.post(sound, 'log'), 201);
      signal(pid, 'SIGCONT');
      await late;
      expect(violations(dataDir, recorder).map(({ rule }) => rule)).toContain('lost');
    }));
});
