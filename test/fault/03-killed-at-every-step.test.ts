/**
 * Fault 3, the other half: a worker is killed at every single step of a write, by itself, so that nothing
 * lies between.
 *
 * The steps are its calls on the taskspace's files, one after the other: before and after the append, before
 * and after the fdatasync, between object and commit, between commit and plain file, before the answer.
 */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { signal } from '../../scripts/process-table.js';
import type { Cluster } from '../kit/cluster.js';
import { eventually } from '../kit/eventually.js';
import type { Connection } from '../kit/http-connection.js';
import { api, demand, Recorder } from '../kit/recorder.js';
import { expectPass, type Scene, scene } from './scene.js';
import { prepare } from './write-here-read-there.js';

const STEPS_MAX = 60;

/** @param looker a connection to a worker that lives. */
type WriteOnce = (
  recorder: Recorder,
  connection: Connection,
  id: string,
  looker: Connection,
) => Promise<Answer>;

/** One for each worker: they are killed side by side. The last worker only looks. */
const WRITES: readonly (readonly [string, WriteOnce])[] = [
  ['a message', (recorder, connection, id) => recorder.post(connection, id)],
  [
    'a task patched under If-Match',
    async (recorder, connection, id, looker) => {
      const { headers } = await looker.ask('GET', api(id, '/plan/tasks/a'));
      return recorder.patchTask(connection, id, 'a', headers.etag);
    },
  ],
  ['an artifact', (recorder, connection, id) => recorder.putArtifact(connection, id, 'x.txt')],
  ['metadata', (recorder, connection, id) => recorder.patchMetadata(connection, id)],
];

describe('a worker that is killed', () => {
  it('at any step of any write leaves it whole or undone, and everybody sees the same', () =>
    scene(async (stage) => {
      const creator = WRITES.length + 1;
      const cluster = await stage.start({ program: 'fault', workers: WRITES.length + 2 });
      const looker = await cluster.pinnedTo(WRITES.length + 2);
      const recorder = new Recorder();
      const lanes = WRITES.map(async ([name, write], i) => {
        const id = `t${i + 1}`;
        await prepare(recorder, looker, [id]);
        const struck = await killedAtEveryStep(stage, cluster, i + 1, (connection) =>
          settled(recorder, looker, id, () => write(recorder, connection, id, looker)),
        );
        return [name, struck] as const;
      });
      let made = 0;
      const creation = killedAtEveryStep(stage, cluster, creator, (connection) =>
        created(recorder, looker, `new-${++made}`, connection),
      );
      const all = [...(await Promise.all(lanes)), ['a creation', await creation] as const];
      for (const [name, struck] of all) {
        console.log(`${struck.length} kills in ${name}: ${struck.join(' ')}`);
        expect(struck).toEqual(expect.arrayContaining(['append', 'fdatasync', 'stat']));
      }
      expect(await creation).toContain('syncFolder');
      await expectPass(stage.dataDir, recorder);
    }));
});

/** A creation, a look, and the same again where nobody is killed. */
async function created(
  recorder: Recorder,
  looker: Connection,
  id: string,
  connection: Connection,
): Promise<Answer> {
  const answer = await recorder.create(connection, id);
  await recorder.readMetadata(looker, id);
  if (answer.status === 0) demand(await recorder.create(looker, id), 200, 201);
  await recorder.readMetadata(looker, id);
  return answer;
}

/**
 * The write, then a look through the other worker, then the same write there: it must find a journal that
 * takes it.
 */
async function settled(
  recorder: Recorder,
  looker: Connection,
  id: string,
  write: () => Promise<Answer>,
): Promise<Answer> {
  const answer = await write();
  await recorder.readMessages(looker, id);
  await recorder.readMetadata(looker, id);
  await recorder.readTask(looker, id, 'a');
  await recorder.readArtifact(looker, id, 'x.txt');
  demand(await recorder.post(looker, id), 201);
  return answer;
}

/**
 * Kills the worker before each call of a write that leaves something behind, and before each last look.
 * Between two of them the folder does not change, so that kills in between would be the same once more. Gives
 * the calls.
 */
async function killedAtEveryStep(
  { control }: Scene,
  cluster: Cluster,
  worker: number,
  write: (connection: Connection) => Promise<Answer>,
): Promise<string[]> {
  const struck: string[] = [];
  const fresh = await cluster.pinnedTo(worker);
  control.plan(worker, { listCalls: true });
  demand(await write(fresh), 200, 201);
  const calls = control.calls(worker).map((call) => call.split(' ')[0]);
  const looks = calls.slice(0, calls.indexOf('append')).filter((op) => op === 'stat').length;
  for (const op of ['syncFolder', 'append', 'fdatasync', 'stat'] as const) {
    // One that has served before does not sync folders again, and looks less often.
    if (op === 'syncFolder' || op === 'stat') await restart(cluster, worker);
    for (let nth = op === 'stat' ? looks + 1 : 1; ; nth++) {
      const connection = await cluster.pinnedTo(worker);
      const pid = cluster.pidOf(worker);
      control.arm(worker, { op, when: 'before', nth, act: { kind: 'kill' } });
      const answer = await write(connection);
      connection.close();
      if (control.fired(worker) === 0) {
        demand(answer, 200, 201);
        break;
      }
      if (answer.status !== 0) throw new Error(`${answer.status} from a worker that was killed`);
      if (struck.push(op) > STEPS_MAX) throw new Error(`more than ${STEPS_MAX} steps`);
      control.disarm(worker);
      await replaced(cluster, worker, pid);
    }
  }
  return struck;
}

async function restart(cluster: Cluster, worker: number): Promise<void> {
  const pid = cluster.pidOf(worker);
  signal(pid, 'SIGKILL');
  await replaced(cluster, worker, pid);
}

function replaced(cluster: Cluster, worker: number, pid: number): Promise<void> {
  return eventually(() => {
    if (cluster.pidOf(worker) === pid) throw new Error('not replaced yet');
  });
}
