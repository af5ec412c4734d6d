/**
 * Fault 16: a POST with an Idempotency-Key has one effect and one answer, whoever dies or repeats it where.
 */

import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import type { Mutant } from '../kit/fault-control.js';
import { inForm } from '../kit/form.js';
import { type Connection, codeOf } from '../kit/http-connection.js';
import { api, demand, Recorder } from '../kit/recorder.js';
import { expectPass, type Scene, scene, violations } from './scene.js';

const ID = 'a';
const ROUNDS = inForm(40, 2000);
const HOUR_MS = 3_600_000;
const KILLED_AT = [
  { op: 'append', when: 'before' },
  { op: 'append', when: 'after' },
  { op: 'fdatasync', when: 'before' },
  { op: 'fdatasync', when: 'after' },
] as const;

describe('a repeated POST', () => {
  it.each(KILLED_AT)('whose answer was lost with its worker ($when $op) has one effect', (place) =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 2 });
      const [dying, living] = await cluster.pinned();
      if (!dying || !living) throw new Error('two workers are needed');
      const recorder = new Recorder();
      demand(await recorder.create(living, ID), 201);
      control.arm(1, { ...place, path: '/taskspaces/', act: { kind: 'kill' } });
      const value = recorder.mark();
      expect((await recorder.post(dying, ID, 'key', value)).status).toBe(0);
      const happened = place.op === 'fdatasync' || place.when === 'after';
      const answers: Answer[] = [];
      for (let n = 0; n < 3; n++) answers.push(demand(await recorder.post(living, ID, 'key', value), 201));
      control.disarm(1);
      answers.push(demand(await recorder.post(await cluster.pinnedTo(1), ID, 'key', value), 201));
      expect(answers.map(wasReplayed)).toEqual([happened, true, true, true]);
      expect(new Set(answers.map(({ body }) => body.toString())).size).toBe(1);
      const other = await recorder.post(living, ID, 'key', 'another body');
      expect(codeOf(other)).toBe('idempotency_key_reused');
      await expectPass(dataDir, recorder);
    }),
  );

  it('and its twins of the same moment on all workers have one effect and the same answer', () =>
    scene(async (stage) => {
      const { recorder, answers } = await twins(stage, []);
      for (const round of answers) {
        expect(round.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
        expect(new Set(round.map(({ body }) => body.toString())).size).toBe(1);
        expect(round.filter((answer) => !wasReplayed(answer))).toHaveLength(1);
      }
      await expectPass(stage.dataDir, recorder);
    }));

  it('would be seen to have two if a writer did not fold what came before its append (mutant)', () =>
    scene(async (stage) => {
      const { recorder } = await twins(stage, ['unfolded-append']);
      expect(violations(stage.dataDir, recorder).length).toBeGreaterThan(0);
    }));

  it('that creates a taskspace without an id creates one', () =>
    scene(async ({ start, dataDir }) => {
      const cluster = await start();
      const connections = await cluster.pinned();
      const ids = new Set<unknown>();
      for (let n = 0; n < 10; n++) {
        const headers = { 'Idempotency-Key': `new-${n}` };
        const answers = await Promise.all(
          connections.map((connection) => connection.ask('POST', '/api/taskspaces', { headers, body: {} })),
        );
        for (const answer of answers) ids.add(demand(answer, 201).json.id);
      }
      expect(ids.size).toBe(10);
      await expectPass(dataDir);
    }));

  it('runs again when its 24 hours are over, and not before', () =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 2 });
      const [one, other] = await cluster.pinned();
      if (!one || !other) throw new Error('two workers are needed');
      const recorder = new Recorder();
      demand(await recorder.create(one, ID), 201);
      const ask = (connection: Connection): Promise<Answer> =>
        connection.ask('POST', api(ID, '/messages'), {
          headers: { 'Idempotency-Key': 'daily' },
          body: { content: 'again' },
        });
      const first = demand(await ask(one), 201);
      for (const worker of [1, 2]) control.plan(worker, { clockAheadMs: 23.9 * HOUR_MS });
      const within = demand(await ask(other), 201);
      for (const worker of [1, 2]) control.plan(worker, { clockAheadMs: 24.1 * HOUR_MS });
      const after = demand(await ask(other), 201);
      const afterThat = demand(await ask(one), 201);
      expect([first, within, after, afterThat].map((answer) => answer.json.seq)).toEqual([1, 1, 2, 2]);
      expect([first, within, after, afterThat].map(wasReplayed)).toEqual([false, true, false, true]);
      await expectPass(dataDir);
    }));
});

/** The same POST on all workers at the same moment, again and again. */
async function twins(
  { start, control }: Scene,
  mutants: Mutant[],
): Promise<{ recorder: Recorder; answers: Answer[][] }> {
  for (const worker of [1, 2, 3, 4]) control.plan(worker, { mutants });
  const cluster = await start({ program: 'fault' });
  const connections = await cluster.pinned();
  const recorder = new Recorder();
  const [first] = connections;
  if (!first) throw new Error('no worker');
  demand(await recorder.create(first, ID), 201);
  const answers: Answer[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const value = recorder.mark();
    const posts = connections.map((connection) => recorder.post(connection, ID, `key-${round}`, value));
    answers.push(await Promise.all(posts));
  }
  return { recorder, answers };
}

function wasReplayed({ headers }: Answer): boolean {
  return headers['idempotency-replayed'] === 'true';
}
