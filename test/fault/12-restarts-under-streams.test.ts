/**
 * Fault 12, event streams: workers are killed, sent SIGTERM and replaced one by one while messages are
 * posted. A client that comes back with the last id it was given sees every commit once and in order, and so
 * the same as everybody else.
 */
import { describe, expect, it } from 'vitest';
import { signal } from '../../scripts/process-table.js';
import type { Cluster } from '../kit/cluster.js';
import { eventually } from '../kit/eventually.js';
import { finalState } from '../kit/final-state.js';
import { inForm } from '../kit/form.js';
import type { Connection } from '../kit/http-connection.js';
import { api, demand, Recorder } from '../kit/recorder.js';
import { appendAll, killingWorkers } from './load.js';
import { expectPass, type Scene, scene } from './scene.js';
import { StreamFollower } from './stream-follower.js';

const IDS = ['a', 'b', 'c', 'd'];
const STREAMS_OF_EACH = inForm(6, 40);
const STREAMS_OF_SERVER = inForm(8, 40);
const POSTS = inForm(500, 20_000);
const ROUNDS = inForm(3, 12);
const PATIENCE_MS = 60_000;

/** Something that is done to the workers, again and again, while `load` goes on. Gives how often. */
type Trouble = (
  stage: Scene,
  cluster: Cluster,
  load: (rounds: () => number) => Promise<void>,
) => Promise<number>;

const kills: Trouble = ({ chance }, cluster, load) => killingWorkers(cluster, chance, 300, load);

const terminations: Trouble = ({ chance }, cluster, load) =>
  repeating(cluster, load, async (serving) => {
    const before = serving();
    signal(chance.pick(before), 'SIGTERM');
    await eventually(() => expect(isReplaced(1, before, serving())).toBe(true), PATIENCE_MS);
  });

const rollingRestarts: Trouble = (_stage, cluster, load) =>
  repeating(cluster, load, async (serving) => {
    const before = serving();
    await eventually(() => {
      // One that comes while the last one is still under way is not taken.
      if (!isReplaced(1, before, serving())) signal(cluster.pid, 'SIGHUP');
      expect(isReplaced(cluster.workers, before, serving())).toBe(true);
    }, PATIENCE_MS);
  });

const nothing: Trouble = async (_stage, _cluster, load) => {
  await load(() => ROUNDS);
  return 0;
};

describe('event streams', () => {
  it('bring every commit to everybody on all workers', () =>
    scene(async (stage) => {
      const { faults, followers, recorder } = await follow(stage, nothing);
      console.log({ streams: followers.length, ...delays(recorder, followers) });
      expect(faults).toEqual([]);
      expect(followers.every(({ ends }) => ends.whole + ends.broken === 0)).toBe(true);
    }));

  it.each<[string, Trouble]>([
    ['workers are killed', kills],
    ['workers are sent SIGTERM', terminations],
    ['all workers are replaced', rollingRestarts],
  ])('lose and repeat nothing while %s', (_name, trouble) =>
    scene(async (stage) => {
      const { faults, followers, rounds, recorder } = await follow(stage, trouble);
      const sum = (how: 'whole' | 'broken') => followers.reduce((total, { ends }) => total + ends[how], 0);
      console.log({ streams: followers.length, rounds, whole: sum('whole'), broken: sum('broken') });
      expect(faults).toEqual([]);
      expect(sum('whole') + sum('broken')).toBeGreaterThan(0);
      if (trouble !== kills) expect(sum('broken')).toBe(0);
      await expectPass(stage.dataDir, recorder);
    }),
  );

  it('would be seen to lose something if a client came back without its last id (mutant)', () =>
    scene(async (stage) => {
      const { faults } = await follow(stage, kills, true);
      expect(faults.length).toBeGreaterThan(0);
    }));
});

interface Followed {
  readonly faults: readonly string[];
  readonly followers: readonly StreamFollower[];
  readonly rounds: number;
  readonly recorder: Recorder;
}

async function follow(stage: Scene, trouble: Trouble, forgetful = false): Promise<Followed> {
  const cluster = await stage.start();
  const recorder = new Recorder();
  const clients = await Promise.all(Array.from({ length: 8 }, () => cluster.connect()));
  const [first] = clients as [Connection, ...Connection[]];
  for (const id of IDS) demand(await recorder.create(first, id), 201);
  const paths = IDS.flatMap((id) => Array<string>(STREAMS_OF_EACH).fill(api(id, '/events')));
  paths.push(...Array<string>(STREAMS_OF_SERVER).fill('/api/events'));
  const followers = paths.map((path) => new StreamFollower(cluster.port, path, forgetful));
  await Promise.all(followers.map((follower) => follower.start()));
  const rounds = await trouble(stage, cluster, (done) =>
    Promise.all(
      IDS.map((id, i) =>
        appendAll(
          recorder,
          clients.slice(2 * i, 2 * i + 2),
          id,
          (posted) => posted < POSTS / IDS.length || done() < ROUNDS,
        ),
      ),
    ).then(() => undefined),
  );
  // Who was cut by the last trouble may be on his way back: what he lacks, if anything, is what is judged.
  const expected = dueOf(stage.dataDir);
  const total = [...expected.values()].reduce((sum, due) => sum + due.length, 0);
  const due = paths.map((path, i) => {
    const id = IDS.find((one) => path === api(one, '/events'));
    return {
      path,
      follower: followers[i] as StreamFollower,
      count: id ? (expected.get(id)?.length ?? 0) : total,
    };
  });
  const allThere = () => due.every(({ follower, count }) => follower.seen.length >= count);
  if (!forgetful) await eventually(() => expect(allThere()).toBe(true), PATIENCE_MS).catch(() => undefined);
  await Promise.all(followers.map((follower) => follower.close()));
  const faults = due.flatMap(({ path, follower }) => faultsOf(path, follower, expected));
  const orders = new Set(
    due.filter(({ path }) => path === '/api/events').map(({ follower }) => follower.seen.join()),
  );
  if (orders.size > 1) faults.push(`followers of the server saw ${orders.size} orders`);
  return { faults, followers, rounds, recorder };
}

/** The commits of each taskspace after its creation, which was before the streams. */
function dueOf(dataDir: string): Map<string, string[]> {
  const { commits } = finalState(dataDir, IDS);
  return new Map(IDS.map((id) => [id, (commits.get(id) ?? []).slice(1).map((commit) => `${id} ${commit}`)]));
}

function faultsOf(
  path: string,
  { seen, trouble }: StreamFollower,
  expected: Map<string, string[]>,
): string[] {
  const faults = trouble.map((what) => `${path}: ${what}`);
  for (const [id, due] of expected) {
    if (path !== '/api/events' && path !== api(id, '/events')) continue;
    const came = seen.filter((one) => one.startsWith(`${id} `));
    const at = due.findIndex((one, i) => came[i] !== one);
    if (at >= 0) faults.push(`${path}: ${due[at]} was due, ${came[at] ?? 'nothing'} came`);
    else if (came.length > due.length) faults.push(`${path}: ${came[due.length]} came twice or from nowhere`);
  }
  return faults;
}

/** Milliseconds from the answer of a post to the arrival of its event at each stream. */
function delays({ history }: Recorder, followers: readonly StreamFollower[]): object {
  const answeredAt = new Map(
    history.map(({ resource, commit, end }) => [`${resource.split('/')[0]} ${commit}`, end]),
  );
  const found = followers.flatMap(({ seen, arrivedAt }) =>
    seen.flatMap((change, i) => {
      const answered = answeredAt.get(change);
      return answered === undefined ? [] : [(arrivedAt[i] ?? Number.NaN) - answered];
    }),
  );
  found.sort((one, other) => one - other);
  const quantile = (q: number) => Number(found[Math.floor(q * found.length)]?.toFixed(1));
  return { deliveries: found.length, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

/** Does it again and again while the load goes on. */
async function repeating(
  cluster: Cluster,
  load: (rounds: () => number) => Promise<void>,
  round: (serving: () => number[]) => Promise<void>,
): Promise<number> {
  let rounds = 0;
  let loading = true;
  // Number 0 is the steward.
  const serving = () => cluster.workerProcesses().flatMap(({ worker, pid }) => (worker > 0 ? [pid] : []));
  const troubling = (async () => {
    for (; loading; rounds++) await round(serving);
  })();
  const loaded = load(() => rounds).finally(() => {
    loading = false;
  });
  await Promise.all([troubling, loaded]);
  return rounds;
}

/** Whether all workers are there, and at least so many of them are others than before. */
function isReplaced(count: number, before: readonly number[], now: readonly number[]): boolean {
  return now.length === before.length && now.filter((pid) => !before.includes(pid)).length >= count;
}
