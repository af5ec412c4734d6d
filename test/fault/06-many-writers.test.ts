/**
 * Fault 6: many writers change one value, each from what it has read; whatever looks like a lock is removed
 * meanwhile.
 */

import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inForm } from '../kit/form.js';
import type { Connection } from '../kit/http-connection.js';
import { api, demand, Recorder } from '../kit/recorder.js';
import { expectPassWithPlainFiles, scene } from './scene.js';

const ID = 'counter';
const INCREMENTS = inForm(320, 5000);
const COUNTERS = 4;

describe('writers on one taskspace', () => {
  it.each([8, 16, 64])('%i of them lose no update', (writers) =>
    scene(async ({ start, dataDir, chance }) => {
      const cluster = await start();
      const clients = await Promise.all(Array.from({ length: writers }, () => cluster.connect()));
      const recorder = new Recorder();
      const [first] = clients;
      if (!first) throw new Error('no client');
      demand(await recorder.create(first, ID), 201);
      demand(await first.ask('PUT', api(ID, '/plan'), { body: { goal: '', tasks: tasks() } }), 200);
      let left = INCREMENTS;
      let conflicts = 0;
      await Promise.all(
        clients.map(async (connection) => {
          while (left-- > 0) {
            const task = `t${chance.below(COUNTERS)}`;
            while (!(await increment(connection, task, true))) conflicts++;
            demand(await recorder.post(connection, ID), 201);
            if (left % 40 === 0) removeLocks(dataDir);
          }
        }),
      );
      console.log(`${writers} writers: ${conflicts} conflicts`);
      expect(conflicts).toBeGreaterThan(0);
      expect(await counted(first)).toBe(INCREMENTS);
      await expectPassWithPlainFiles(dataDir, recorder);
    }),
  );

  it('bring plan.json up to date again, however many commits it has stayed behind meanwhile', () =>
    scene(async ({ start, dataDir }) => {
      const cluster = await start({ workers: 2 });
      const [one, other] = await cluster.pinned();
      if (!one || !other) throw new Error('two workers are needed');
      const recorder = new Recorder();
      demand(await recorder.create(one, ID), 201);
      demand(await one.ask('PUT', api(ID, '/plan'), { body: { goal: '', tasks: tasks() } }), 200);
      const folder = join(dataDir, 'taskspaces', ID);
      const temporary = join(folder, '.taskspace', 'tmp');
      rmSync(temporary, { recursive: true });
      writeFileSync(temporary, 'in the way of everything that is written beside');
      for (let n = 0; n < 100; n++) demand(await recorder.patchTask(one, ID, 't0'), 200);
      rmSync(temporary);
      demand(await recorder.patchTask(other, ID, 't0'), 200);
      await expectPassWithPlainFiles(dataDir, recorder);
    }));

  it('would be seen to lose some if a write did not say what it rests on (mutant)', () =>
    scene(async ({ start, chance }) => {
      const cluster = await start();
      const clients = await Promise.all(Array.from({ length: 16 }, () => cluster.connect()));
      const [first] = clients;
      if (!first) throw new Error('no client');
      demand(await first.ask('PUT', api(ID), { body: {} }), 201);
      demand(await first.ask('PUT', api(ID, '/plan'), { body: { goal: '', tasks: tasks() } }), 200);
      await Promise.all(
        clients.map(async (connection) => {
          for (let n = 0; n < 10; n++) await increment(connection, `t${chance.below(COUNTERS)}`, false);
        }),
      );
      expect(await counted(first)).toBeLessThan(160);
    }));
});

/** Reads, adds one, writes under the ETag that was read. False: somebody was first. */
async function increment(connection: Connection, task: string, guarded: boolean): Promise<boolean> {
  const path = api(ID, `/plan/tasks/${task}`);
  const seen = demand(await connection.ask('GET', path), 200);
  const { etag } = seen.headers;
  if (etag === undefined) throw new Error('no ETag');
  const headers = guarded ? { 'If-Match': etag } : {};
  const answer = await connection.ask('PATCH', path, {
    headers,
    body: { result: Number(seen.json.result) + 1 },
  });
  return demand(answer, 200, 412).status === 200;
}

async function counted(connection: Connection): Promise<number> {
  const { tasks: all } = demand(await connection.ask('GET', api(ID, '/plan')), 200).json as {
    tasks: { result: number }[];
  };
  return all.reduce((sum, { result }) => sum + result, 0);
}

function tasks(): object[] {
  return Array.from({ length: COUNTERS }, (_, n) => ({ id: `t${n}`, name: `T${n}`, result: 0 }));
}

function removeLocks(dataDir: string): void {
  for (const name of readdirSync(dataDir, { recursive: true }).map(String)) {
    if (/lock|guard/.test(name)) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}
