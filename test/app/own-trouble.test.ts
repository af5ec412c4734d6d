/** Trouble of one taskspace, as a worker meets it, is named by the server at once. */
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TroubleReports } from '../../src/app/admin/trouble-reports.js';
import type { UseCases } from '../../src/app/use-cases.js';
import { eventually } from '../kit/eventually.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';
import { ANN, Crew } from './cache-scene.js';

const GOOD = 'the bytes that were put';
const dataDir = temporaryFolder();
let crew: Crew;
let steward: UseCases;
let worker: UseCases;
let reported: string[];

beforeEach(async () => {
  crew = new Crew(dataDir());
  steward = await crew.start(0, { housekeeping: true });
  worker = await crew.start(1);
  const { taskspaceTrouble } = crew.handlersOf(0);
  reported = [];
  vi.spyOn(crew.handlersOf(0), 'taskspaceTrouble').mockImplementation((question) => {
    reported.push(question.id);
    return taskspaceTrouble(question);
  });
  await worker.taskspaces.create(ANN, { id: 'a' }, null);
  await put();
});
afterEach(() => crew.close());

const at = (...names: string[]): string => path.join(dataDir(), 'taskspaces', 'a', ...names);

async function put(): Promise<void> {
  const stream = Readable.from([Buffer.from(GOOD)]);
  const fields = { length: null, sha256: null, contentType: 'text/plain', metadata: {}, message: '' };
  await worker.artifacts.put(ANN, 'a', 'file', { stream, ...fields }, {});
}

const get = async (): Promise<Buffer> =>
  buffer((await worker.artifacts.content(ANN, 'a', 'file', null)).open());

/** One of the worker, and perhaps one of the steward, which has met it too. */
function expectReportsOfEachProcess(): void {
  expect(new Set(reported)).toEqual(new Set(['a']));
  expect(reported.length).toBeLessThanOrEqual(2);
}

async function eventuallyReady(...reasons: RegExp[]): Promise<void> {
  for (const service of [steward, worker])
    await eventually(async () => {
      const found = (await service.readiness()).reasons;
      return found.length === reasons.length && reasons.every((reason, i) => reason.test(found[i] ?? ''));
    });
}

it('a damaged journal is reported by the first read that meets it, and not by each', async () => {
  await eventuallyReady();
  const bytes = fs.readFileSync(at('journal.jsonl'));
  fs.writeFileSync(
    at('journal.jsonl'),
    Buffer.from(bytes.toString('latin1').replace('"a"', '"b"'), 'latin1'),
  );
  for (let i = 0; i < 3; i++) await expect(worker.taskspaces.get(ANN, 'a')).rejects.toThrow();
  expectReportsOfEachProcess();
  await eventuallyReady(/^damaged: a: /);
  fs.writeFileSync(at('journal.jsonl'), bytes);
  await eventuallyReady();
});

it('a rotten object is named until it is put again, or repaired by hand, also by a new steward', async () => {
  const [object = ''] = fs.readdirSync(at('.taskspace/objects'));
  const rot = (): void => fs.writeFileSync(at('.taskspace/objects', object), GOOD.replace('put', 'rot'));
  rot();
  for (let i = 0; i < 3; i++) await expect(get()).rejects.toMatchObject({ code: 'damaged' });
  expectReportsOfEachProcess();
  await eventuallyReady(/^damaged artifacts: a: /);
  await put();
  await eventuallyReady();
  rot();
  await expect(get()).rejects.toMatchObject({ code: 'damaged' });
  await eventuallyReady(/^damaged artifacts: a: /);
  await crew.close();
  crew = new Crew(dataDir());
  fs.rmSync(path.join(dataDir(), 'catalog'), { recursive: true });
  steward = await crew.start(0, { housekeeping: true });
  worker = await crew.start(1);
  await eventuallyReady(/^damaged artifacts: a: /);
  fs.writeFileSync(at('.taskspace/objects', object), GOOD);
  await eventuallyReady();
});

it('reports are one in a while for each taskspace, and one for each end', () => {
  let now = 0;
  const reported: string[] = [];
  const reports = new TroubleReports(
    (id) => reported.push(id),
    () => now,
  );
  const steps: [id: string, isOver: boolean, afterMs: number, isReported: boolean][] = [
    ['a', false, 0, true],
    ['a', false, 4_999, false],
    ['b', false, 0, true],
    ['a', false, 1, true],
    ['a', true, 0, true],
    ['a', true, 0, true],
    ['a', false, 0, true],
    ['a', false, 0, false],
  ];
  for (const [id, isOver, afterMs, isReported] of steps) {
    now += afterMs;
    reports.met(id, isOver);
    expect([id, reported.splice(0)]).toEqual([id, isReported ? [id] : []]);
  }
});
