/**
 * Fault 8: every errno at every file call of the journal, once and until further notice, and short writes.
 *
 * A documented problem, old data intact, what was refused has not happened, the other worker is not
 * concerned, and the service goes on once it is over. Only a failed fdatasync stays: it may be that bytes are
 * lost which the file shows.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import type { FileOp } from '../kit/files/around-files.js';
import { type Connection, codeOf } from '../kit/http-connection.js';
import { demand, Recorder } from '../kit/recorder.js';
import { expectPass, scene, violations } from './scene.js';
import { prepare } from './write-here-read-there.js';

const ERRNOS = ['EIO', 'ENOSPC', 'EMFILE', 'EACCES', 'EROFS'];
const OPS: readonly FileOp[] = ['stat', 'fstat', 'open', 'read', 'append'];
const REFUSALS = ['store_unavailable', 'insufficient_storage', 'outcome_unknown'];

describe('a file call of the journal that fails', () => {
  it('refuses with a documented problem, leaves the data as they were, and is forgotten when it is over', () =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 2 });
      const [sick, well] = await cluster.pinned();
      if (!sick || !well) throw new Error('two workers are needed');
      const recorder = new Recorder();
      const refused = new Map<string, number>();
      let taskspaces = 0;
      for (const op of OPS) {
        for (const errno of ERRNOS) {
          for (const times of [1, null]) {
            const id = `${op.toLowerCase()}-${errno.toLowerCase()}-${times ?? 'for-good'}`;
            await prepare(recorder, taskspaces++ % 2 === 0 ? sick : well, [id]);
            const path = `/${id}/journal`;
            control.arm(1, { op, when: 'before', times, path, act: { kind: 'fail', errno } });
            for (const answer of await writeAndRead(recorder, sick, id)) {
              const code = codeOf(answer);
              if (answer.status >= 300)
                expect([...REFUSALS, 'ok'], `${op} ${errno}`).toContain(code ?? 'none');
              if (code) refused.set(code, (refused.get(code) ?? 0) + 1);
            }
            for (const answer of await writeAndRead(recorder, well, id)) demand(answer, 200, 201);
            control.disarm(1);
            for (const answer of await writeAndRead(recorder, sick, id)) demand(answer, 200, 201);
          }
        }
      }
      console.log(Object.fromEntries(refused));
      expect(refused.get('insufficient_storage')).toBeGreaterThan(0);
      expect(descriptorsIn(cluster.pidOf(1), dataDir)).toBeLessThanOrEqual(2 * taskspaces);
      await expectPass(dataDir, recorder);
    }));

  it('closes what it has opened: failures again and again leave no descriptor behind', () =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 1 });
      const connection = await cluster.pinnedTo(1);
      const recorder = new Recorder();
      await prepare(recorder, connection, ['a']);
      const before = descriptorsIn(cluster.pidOf(1), dataDir);
      for (const op of OPS) {
        for (let nth = 1; nth <= 4; nth++) {
          control.arm(1, {
            op,
            when: 'before',
            nth,
            path: '/a/journal',
            act: { kind: 'fail', errno: 'EIO' },
          });
          await writeAndRead(recorder, connection, 'a');
        }
      }
      control.disarm(1);
      for (const answer of await writeAndRead(recorder, connection, 'a')) demand(answer, 200, 201);
      expect(descriptorsIn(cluster.pidOf(1), dataDir)).toBeLessThanOrEqual(before + 1);
      await expectPass(dataDir, recorder);
    }));

  it('at fdatasync leaves the outcome unknown, and that taskspace read-only everywhere, also after a restart', () =>
    scene(async ({ start, control }) => {
      const cluster = await start({ program: 'fault', workers: 2 });
      const [sick, well] = await cluster.pinned();
      if (!sick || !well) throw new Error('two workers are needed');
      const recorder = new Recorder();
      const ids = ERRNOS.map((errno) => errno.toLowerCase());
      await prepare(recorder, well, [...ids, 'other']);
      for (const [i, errno] of ERRNOS.entries()) {
        const id = ids[i] ?? '';
        control.arm(1, { op: 'fdatasync', when: 'before', path: `/${id}/`, act: { kind: 'fail', errno } });
        expect(codeOf(await recorder.post(sick, id)), errno).toBe('outcome_unknown');
        for (const connection of [sick, well]) await expectReadOnly(recorder, connection, id);
      }
      cluster.killTree();
      await cluster.exit;
      const next = await (await start({ workers: 1 })).connect();
      for (const id of ids) await expectReadOnly(recorder, next, id);
    }));

  it('is an append that is short: 507, and nothing has happened', () =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 2 });
      const [sick, well] = await cluster.pinned();
      if (!sick || !well) throw new Error('two workers are needed');
      const recorder = new Recorder();
      await prepare(recorder, well, ['a']);
      for (const missing of [1, 2, 50, 100_000]) {
        for (const next of [sick, well]) {
          control.arm(1, { op: 'append', when: 'before', path: '/a/', act: { kind: 'short', missing } });
          expect(codeOf(await recorder.post(sick, 'a')), `${missing} bytes short`).toBe(
            'insufficient_storage',
          );
          demand(await recorder.readMessages(well, 'a'), 200);
          demand(await recorder.post(next, 'a'), 201);
        }
      }
      await expectPass(dataDir, recorder);
    }));

  it('would be seen to lose a write if a failed fdatasync were asked for again (mutant)', () =>
    scene(async ({ start, control, dataDir }) => {
      const cluster = await start({ program: 'fault', workers: 1 });
      const connection = await cluster.connect();
      const recorder = new Recorder();
      await prepare(recorder, connection, ['a']);
      const fault = { op: 'fdatasync', when: 'before', act: { kind: 'fail', errno: 'EIO' } } as const;
      control.plan(1, { mutants: ['retried-sync'], faults: [fault] });
      demand(await recorder.post(connection, 'a'), 201);
      cluster.killTree();
      await cluster.exit;
      control.cutPower(dataDir);
      expect(violations(dataDir, recorder).map(({ rule }) => rule)).toContain('lost');
    }));

  it('would be seen to do what it has refused if a newline alone ended a torn tail (mutant)', () =>
    scene(async ({ start, control, dataDir }) => {
      control.plan(2, { mutants: ['bare-newline'] });
      const cluster = await start({ program: 'fault', workers: 2 });
      const [sick, mutant] = await cluster.pinned();
      if (!sick || !mutant) throw new Error('two workers are needed');
      const recorder = new Recorder();
      await prepare(recorder, sick, ['a']);
      control.arm(1, { op: 'append', when: 'before', path: '/a/', act: { kind: 'short', missing: 1 } });
      expect(codeOf(await recorder.post(sick, 'a'))).toBe('insufficient_storage');
      demand(await recorder.post(mutant, 'a'), 201);
      expect(violations(dataDir, recorder).map(({ rule }) => rule)).toContain('refused');
    }));
});

/** Reads go on, writes are refused, other taskspaces are not concerned. */
async function expectReadOnly(recorder: Recorder, connection: Connection, id: string): Promise<void> {
  expect(codeOf(await recorder.post(connection, id)), id).toBe('read_only');
  expect(codeOf(await recorder.patchMetadata(connection, id)), id).toBe('read_only');
  demand(await recorder.readMessages(connection, id), 200);
  demand(await recorder.readMetadata(connection, id), 200);
  demand(await recorder.post(connection, 'other'), 201);
}

async function writeAndRead(recorder: Recorder, connection: Connection, id: string): Promise<Answer[]> {
  return [
    await recorder.post(connection, id),
    await recorder.readMessages(connection, id),
    await recorder.patchMetadata(connection, id),
    await recorder.readMetadata(connection, id),
  ];
}

/** How many descriptors a process has open on files below a folder. */
function descriptorsIn(pid: number, folder: string): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}
