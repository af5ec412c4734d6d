/**
 * Faults 3 and 12 for those who wait: readers and streams get everything once and in order while workers are
 * killed, replaced and told to leave; and how long a delivery takes when none of that happens.
 *
 * In the long form 1,000 readers wait on 50 taskspaces (20 on each) and 200 streams are open (160 of single
 * taskspaces, 40 of the server) while 16 writers post 5,000 messages (100 to each taskspace) at 150 a second;
 * in the short form it is a fifth of them, and 400 messages.
 */
import { describe, expect, it } from 'vitest';
import { signal } from '../../scripts/process-table.js';
import type { Cluster } from '../kit/cluster.js';
import { finalState } from '../kit/final-state.js';
import { inForm } from '../kit/form.js';
import { shown, type Violation } from '../kit/ledger.js';
import { killingWorkers } from './load.js';
import { expectPass, type Scene, scene } from './scene.js';
import { Crowd, type CrowdForm, until } from './waiting/crowd.js';
import { delaysOf, Meter, shownDelays } from './waiting/figures.js';
import { judgeReaders, judgeStreams } from './waiting/verdict.js';

const FORM: CrowdForm = {
  taskspaces: inForm(10, 50),
  readersEach: 20,
  taskspaceStreams: inForm(32, 160),
  serverStreams: inForm(8, 40),
  messagesEach: inForm(25, 100),
  perSecond: 150,
};
const KILL_EVERY_MS = inForm(700, 1000);

describe('waiting readers and event streams', () => {
  it('get everything once and in order while workers are killed', () =>
    scene(async (stage) => {
      const { crowd, cluster } = await opened(stage, FORM);
      const kills = await killingWorkers(cluster, stage.chance, KILL_EVERY_MS, () => crowd.post());
      await crowd.settle();
      crowd.close();
      console.log({ kills, ...crowd.ends(), delivered: crowd.delivered() });
      expect(kills).toBeGreaterThan(0);
      expectDelivered(stage, crowd);
      await expectPass(stage.dataDir, crowd.recorder);
    }));

  it('get everything once and in order, and soon, when nothing is wrong', () =>
    scene(async (stage) => {
      const { crowd, cluster } = await opened(stage, FORM);
      const meter = new Meter(cluster.pid);
      await crowd.post();
      const cost = meter.shown();
      await crowd.settle();
      crowd.close();
      const { readers, taskspaceStreams, serverStreams } = delaysOf(crowd);
      console.log(
        [
          `${FORM.perSecond} posts a second; ${cost}`,
          `readers: ${shownDelays(readers)}`,
          `streams of taskspaces: ${shownDelays(taskspaceStreams)}`,
          `streams of the server: ${shownDelays(serverStreams)}`,
        ].join('\n'),
      );
      expect(crowd.ends()).toEqual({ broken: 0, refused: {}, resumed: 0 });
      expectDelivered(stage, crowd);
      await expectPass(stage.dataDir, crowd.recorder);
    }));

  it('meet no failed request while all workers are replaced and one is told to leave', () =>
    scene(async (stage) => {
      const { crowd, cluster } = await opened(stage, { ...FORM, perSecond: inForm(60, 150) });
      const posted = crowd.post();
      const before = pids(cluster);
      signal(cluster.pidOf(2), 'SIGTERM');
      await replaced(cluster, before.slice(1, 2));
      signal(cluster.pid, 'SIGHUP');
      await replaced(cluster, before);
      await posted;
      await crowd.settle();
      crowd.close();
      const { broken, refused, resumed } = crowd.ends();
      console.log({ broken, refused, resumed, delivered: crowd.delivered() });
      expect({ broken, refused }).toEqual({ broken: 0, refused: {} });
      expect(resumed).toBeGreaterThan(crowd.followers.length / 2);
      expect(crowd.recorder.history.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
      expectDelivered(stage, crowd);
      await expectPass(stage.dataDir, crowd.recorder);
    }));
});

async function opened(stage: Scene, form: CrowdForm): Promise<{ crowd: Crowd; cluster: Cluster }> {
  const cluster = await stage.start();
  return { cluster, crowd: await Crowd.open(cluster, form, stage.chance) };
}

function judged({ dataDir }: Scene, { readers, streams }: Crowd): Violation[] {
  const final = finalState(dataDir);
  return [...judgeReaders(readers, final), ...judgeStreams(streams, final)];
}

function expectDelivered(stage: Scene, crowd: Crowd): void {
  const broken = judged(stage, crowd);
  if (broken.length > 0) throw new Error(shown(broken));
}

function pids(cluster: Cluster): number[] {
  return cluster
    .workerProcesses()
    .sort((a, b) => a.worker - b.worker)
    .map(({ pid }) => pid);
}

/** Resolves when none of these processes runs any more, and every worker's place is filled. */
async function replaced(cluster: Cluster, old: readonly number[]): Promise<void> {
  await until(() => {
    const now = pids(cluster);
    return now.length >= cluster.workers && !now.some((pid) => old.includes(pid));
  });
}
