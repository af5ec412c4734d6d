/**
 * Fault 2: a write crosses a slow load; who comes after its acknowledgement never gets what the load had
 * begun with.
 */
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isStopped, signal } from '../../scripts/process-table.js';
import { eventually } from '../kit/eventually.js';
import type { Mutant } from '../kit/fault-control.js';
import { journalFile } from '../kit/final-state.js';
import type { Connection } from '../kit/http-connection.js';
import { api, demand, Recorder } from '../kit/recorder.js';
import { expectPass, type Scene, scene, violations } from './scene.js';

const STEPS_MAX = 60;
const FILLING_BATCHES = 4;

describe('a read that begins while an older load is still under way', () => {
  it.each([
    ['the journal alone', false],
    ['a snapshot', true],
  ])('does not get what that load began with, wherever it was stopped (%s)', (_from, withSnapshot) =>
    scene(async (stage) => {
      const { recorder, steps } = await crossings(stage, withSnapshot, []);
      console.log(`${steps} places of a load were crossed by a write`);
      expect(steps).toBeGreaterThan(4);
      await expectPass(stage.dataDir, recorder);
    }),
  );

  it('would be seen to get it if the load were not checked afterwards (mutant)', () =>
    scene(async (stage) => {
      const { recorder } = await crossings(stage, false, ['frozen-stat']);
      expect(violations(stage.dataDir, recorder).map(({ rule }) => rule)).toContain('stale');
    }));
});

/** Stops the second worker at each call of a cold load in turn, and writes and reads meanwhile. */
async function crossings(
  { start, control, dataDir }: Scene,
  withSnapshot: boolean,
  mutants: Mutant[],
): Promise<{ recorder: Recorder; steps: number }> {
  control.plan(2, { mutants });
  const cluster = await start({ program: 'fault', workers: 2 });
  const [here, there] = await cluster.pinned();
  const alsoThere = await cluster.pinnedTo(2);
  if (!here || !there) throw new Error('two workers are needed');
  const recorder = new Recorder();
  demand(await here.ask('PUT', api('model'), { body: {} }), 201);
  for (let n = 0; n < FILLING_BATCHES; n++) await fill(here);
  let steps = 0;
  for (; steps < STEPS_MAX; steps++) {
    const id = `copy-${steps + 1}`;
    copy(dataDir, id, withSnapshot);
    const path = `/${id}/`;
    control.plan(2, {
      mutants,
      faults: [{ op: '*', when: 'before', nth: steps + 1, path, act: { kind: 'stop' } }],
    });
    const pid = cluster.pidOf(2);
    let answered = false;
    const first = recorder.readMetadata(there, id).then(() => {
      answered = true;
    });
    await eventually(() => {
      if (!answered && !isStopped(pid)) throw new Error('neither answered nor stopped');
    });
    if (answered) break;
    demand(await recorder.patchMetadata(here, id), 200);
    const second = recorder.readMetadata(alsoThere, id);
    await turn();
    await turn();
    signal(pid, 'SIGCONT');
    await Promise.all([first, second]);
    await recorder.readMetadata(there, id);
  }
  return { recorder, steps };
}

/** So much that a load takes several pieces. */
async function fill(connection: Connection): Promise<void> {
  const messages = Array.from({ length: 400 }, () => ({ content: 'x'.repeat(400) }));
  demand(await connection.ask('POST', api('model', '/messages'), { body: { messages } }), 201);
}

function copy(dataDir: string, id: string, withSnapshot: boolean): void {
  const model = dirname(journalFile(dataDir, 'model'));
  const hidden = join(dirname(model), `.${id}`);
  mkdirSync(hidden);
  cpSync(join(model, 'journal.jsonl'), join(hidden, 'journal.jsonl'));
  if (withSnapshot) cpSync(join(model, '.taskspace'), join(hidden, '.taskspace'), { recursive: true });
  renameSync(hidden, join(dirname(model), id));
}
