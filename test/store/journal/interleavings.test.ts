import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { FileOp } from '../../kit/files/around-files.js';
import { everySchedule, letGo, STEP, stateOf } from '../../kit/files/stepped-files.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { seeded } from '../../kit/seed.js';
import { JournalProcess, journalFile } from './journal-process.js';
import { Ledger } from './ledger.js';
import { OUTCOME } from './outcome.js';

type Cells = readonly [Int32Array, Int32Array];

const folder = temporaryFolder();
const workers: Worker[] = [];
/** What two processes can notice of each other: a look, and an append. */
const COARSE: FileOp[] = ['stat', 'fstat', 'append'];
const FINE: FileOp[] = ['stat', 'fstat', 'append', 'read', 'open', 'fdatasync'];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A thread that runs TypeScript has to be told how to first. */
const BOOT = `
  const { workerData, parentPort } = require('node:worker_threads');
  import('tsx/esm/api')
    .then(({ register }) => (register(), import(workerData.module)))
    .then(() => parentPort.postMessage('ready'));
`;

async function start(name: string, steps: readonly FileOp[], overwrites = false): Promise<Int32Array> {
  const cell = new Int32Array(new SharedArrayBuffer(8));
  const module = new URL('./stepped-writer.ts', import.meta.url).href;
  const worker = new Worker(BOOT, {
    eval: true,
    workerData: { cell, name, folder: folder(), overwrites, steps, module },
  });
  workers.push(worker);
  await once(worker, 'message');
  return cell;
}

/**
 * Lets both writers write once, each going on whenever `choose` says so; what the ledger has against the
 * result.
 */
function complaintsOf(job: number, journal: Buffer, cells: Cells, choose: () => 0 | 1): string[] {
  const within = path.join(folder(), String(job));
  const file = journalFile(within);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, journal);
  for (const cell of cells) {
    if (stateOf(cell) !== STEP.finished) throw new Error('a writer has not ended');
    cell[1] = OUTCOME.pending;
    letGo(cell);
  }
  for (;;) {
    const [first, second] = cells.filter((cell) => stateOf(cell) === STEP.waiting);
    if (!first) break;
    letGo(second && choose() === 1 ? second : first);
  }
  const ledger = new Ledger();
  for (const text of ['one', 'two']) ledger.outcomes.set(text, 'acknowledged');
  for (const [n, cell] of cells.entries())
    ledger.outcomes.set(`writer ${n}`, cell[1] === OUTCOME.acknowledged ? 'acknowledged' : 'unknown');
  const refusal = path.join(folder(), `${job}.refusal`);
  const refused = fs.existsSync(refusal) ? [`refused: ${fs.readFileSync(refusal, 'utf8')}`] : [];
  const complaints = [...refused, ...ledger.complaints(file)];
  fs.rmSync(within, { recursive: true });
  return complaints;
}

async function journalOfTwo(): Promise<Buffer> {
  const within = path.join(folder(), 'model');
  fs.mkdirSync(within);
  const process = new JournalProcess({ within });
  await process.create();
  await process.post('one');
  await process.post('two');
  process.close();
  return fs.readFileSync(journalFile(within));
}

const tails: [string, (bytes: Buffer) => Buffer][] = [
  ['a whole tail', (bytes) => bytes],
  ['a torn tail', (bytes) => Buffer.concat([bytes, Buffer.from('{"crc":"torn')])],
  [
    'only the newline missing',
    (bytes) => Buffer.concat([bytes, bytes.subarray(bytes.lastIndexOf(10, -2) + 1, -1)]),
  ],
];

describe('two writers on one file, step by step', () => {
  it.each(tails)('lose nothing in any order of their looks and appends (%s)', async (_name, tail) => {
    const cells = [await start('writer 0', COARSE), await start('writer 1', COARSE)] as const;
    const journal = tail(await journalOfTwo());
    const complaints: string[] = [];
    let job = 0;
    const count = everySchedule(
      (choose) => complaints.push(...complaintsOf(job++, journal, cells, choose)),
      20_000,
    );
    expect(complaints).toEqual([]);
    expect(count).toBeGreaterThan(200);
  });

  it('lose nothing in a thousand chance orders of all of their calls', async () => {
    const chance = seeded('the orders of two writers');
    const cells = [await start('writer 0', FINE), await start('writer 1', FINE)] as const;
    const journal = await journalOfTwo();
    for (let job = 0; job < 1000; job++)
      expect(complaintsOf(job, journal, cells, () => (chance.below(2) === 0 ? 0 : 1))).toEqual([]);
  });

  it('lose updates when one of them writes where it believes the end to be', async () => {
    const cells = [await start('writer 0', COARSE), await start('writer 1', COARSE, true)] as const;
    const journal = await journalOfTwo();
    const complaints: string[] = [];
    let job = 0;
    everySchedule((choose) => {
      if (complaints.length === 0) complaints.push(...complaintsOf(job++, journal, cells, choose));
    }, 20_000);
    expect(complaints).toContain('writer 0 was acknowledged and is there 0 times');
  });
});
