/**
 * Fault 5: workers are stopped in the middle of a write for longer than any lock lives, others write, they
 * wake up.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { isStopped, signal } from '../../scripts/process-table.js';
import { eventually } from '../kit/eventually.js';
import type { Mutant } from '../kit/fault-control.js';
import { type Connection, codeOf } from '../kit/http-connection.js';
import { api, artifactText, demand, Recorder } from '../kit/recorder.js';
import { expectPassWithPlainFiles, type Scene, scene, violations } from './scene.js';
import { prepare } from './write-here-read-there.js';

/**
 * Above the stale time of every lock (src/cluster/lock.ts: 5 s), below what counts as hung
 * (src/cluster/worker-slot.ts: 10 s).
 */
const STOPPED_MS = 5500;
const ID = 'a';

interface Woken {
  readonly recorder: Recorder;
  readonly patch: Answer;
  readonly undecided: Answer;
  readonly appended: Answer;
  readonly seqsMeanwhile: readonly number[];
  readonly newestArtifact: string;
}

describe('a worker that was stopped in the middle of a write', () => {
  it('gets a conflict when it wakes up, and never overwrites what others have written', () =>
    scene(async (stage) => {
      const woken = await stopAndWake(stage, []);
      const [first = 0, last = 0] = [woken.seqsMeanwhile[0], woken.seqsMeanwhile.at(-1)];
      console.log(`${woken.seqsMeanwhile.length} messages were posted meanwhile`);
      expect(codeOf(woken.patch)).toBe('precondition_failed');
      expect(Number(demand(woken.undecided, 201).json.seq)).toBeGreaterThan(last);
      expect(Number(demand(woken.appended, 201).json.seq)).toBeLessThan(first);
      const file = join(stage.dataDir, 'taskspaces', ID, 'artifacts', 'x.txt');
      expect(readFileSync(file, 'utf8')).toBe(artifactText(woken.newestArtifact));
      await expectPassWithPlainFiles(stage.dataDir, woken.recorder);
    }));

  it('would be seen to take a place that is taken if it did not fold what was appended (mutant)', () =>
    scene(async (stage) => {
      const { recorder } = await stopAndWake(stage, ['unfolded-append']);
      expect(violations(stage.dataDir, recorder).map(({ rule }) => rule)).toContain('twin');
    }));
});

/** Four workers are stopped at four places; the fifth writes until they have been stopped for long enough. */
async function stopAndWake({ start, control }: Scene, mutants: Mutant[]): Promise<Woken> {
  for (const worker of [1, 2, 3, 4]) control.plan(worker, { mutants });
  const cluster = await start({ program: 'fault', workers: 5 });
  const connections = await cluster.pinned();
  const writer = connections[4];
  if (!writer) throw new Error('five workers are needed');
  const recorder = new Recorder();
  await prepare(recorder, writer, [ID]);
  const { headers } = await writer.ask('GET', api(ID, '/plan/tasks/a'));
  for (const connection of connections) await recorder.readArtifact(connection, ID, 'x.txt');

  const path = '/taskspaces/';
  const stop = { kind: 'stop' } as const;
  const stopped = [
    // Decided, not yet appended.
    { op: 'append', when: 'before', path, act: stop },
    { op: 'append', when: 'before', path, act: stop },
    // Appended, not yet on disk.
    { op: 'append', when: 'after', path, act: stop },
    // On disk, its plain file not yet written.
    { op: 'stat', when: 'after', nth: 3, path, act: stop },
  ] as const;
  const calls: ((connection: Connection) => Promise<Answer>)[] = [
    (connection) => recorder.patchTask(connection, ID, 'a', headers.etag),
    (connection) => recorder.post(connection, ID),
    (connection) => recorder.post(connection, ID),
    (connection) => recorder.putArtifact(connection, ID, 'x.txt'),
  ];
  const answers: Promise<Answer>[] = [];
  const pids: number[] = [];
  // The one that appends comes last, or it would be a conflict for those that have decided.
  for (const i of [3, 0, 1, 2]) {
    const [fault, call, connection] = [stopped[i], calls[i], connections[i]];
    if (!fault || !call || !connection) throw new Error('a place without a call');
    control.plan(i + 1, { mutants, faults: [fault] });
    pids[i] = cluster.pidOf(i + 1);
    answers[i] = call(connection);
    await eventually(() => expect(isStopped(pids[i] ?? 0)).toBe(true));
  }

  const since = performance.now();
  const seqsMeanwhile: number[] = [];
  let newestArtifact = '';
  while (performance.now() - since < STOPPED_MS) {
    seqsMeanwhile.push(Number(demand(await recorder.post(writer, ID), 201).json.seq));
    demand(await recorder.patchTask(writer, ID, 'a'), 200);
    newestArtifact = String(demand(await recorder.putArtifact(writer, ID, 'x.txt'), 200).json.message);
  }
  for (const pid of pids) signal(pid, 'SIGCONT');
  const [patch, undecided, appended] = await Promise.all(answers);
  if (!patch || !undecided || !appended) throw new Error('an answer is missing');
  for (const connection of connections) {
    await recorder.readMessages(connection, ID);
    await recorder.readTask(connection, ID, 'a');
    await recorder.readArtifact(connection, ID, 'x.txt');
  }
  return { recorder, patch, undecided, appended, seqsMeanwhile, newestArtifact };
}
