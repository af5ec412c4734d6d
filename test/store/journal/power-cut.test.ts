import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/store/files/journal/files.js';
import { type ForgetfulFiles, forgetfulFiles, type Lies } from '../../kit/files/forgetful-files.js';
import { gatedFiles } from '../../kit/files/gated-files.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { JournalProcess, journalFile } from './journal-process.js';
import { Ledger } from './ledger.js';

const folder = temporaryFolder();

interface Plan {
  /** For each write, which of the processes does it, and after how many turns of the loop. */
  readonly writes: readonly { readonly process: number; readonly turns: number; readonly bytes: number }[];
  /** After how many turns of the loop the power is cut. */
  readonly cutAfter: number;
  /** For each append that is not on disk then, whether it survives. */
  readonly survivors: readonly boolean[];
}

const plans: fc.Arbitrary<Plan> = fc.record({
  writes: fc.array(
    fc.record({
      process: fc.integer({ min: 0, max: 2 }),
      turns: fc.integer({ min: 0, max: 12 }),
      bytes: fc.constantFrom(3, 300, 9000),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  cutAfter: fc.integer({ min: 0, max: 30 }),
  survivors: fc.array(fc.boolean(), { maxLength: 12 }),
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resume) => setImmediate(resume));
}

let runs = 0;

/** Writes, cuts the power, starts again, writes on: what the ledger has against it. */
async function complaintsAfterCut({ writes, cutAfter, survivors }: Plan, lies: Lies = {}): Promise<string[]> {
  const within = path.join(folder(), `run-${++runs}`);
  fs.mkdirSync(within);
  const files: ForgetfulFiles = forgetfulFiles(nodeFiles, lies);
  const ledger = new Ledger();
  const processes = [0, 1, 2].map(() => new JournalProcess({ within, files }));
  await processes[0]?.create();
  const running = writes.map(async ({ process, turns: wait, bytes }, n) => {
    await turns(wait);
    if (!ledger.closed)
      await ledger.enter(`${n}${'x'.repeat(bytes)}`, async () =>
        processes[process]?.post(`${n}${'x'.repeat(bytes)}`),
      );
  });
  await turns(cutAfter);
  ledger.closed = true;
  files.cutPower((_append, index) => survivors[index] ?? false);
  await Promise.allSettled(running);
  for (const process of processes) process.close();

  const started = new JournalProcess({ within });
  const unreadable = await started.journal.catchUp().then(
    () => [],
    (error) => [`the journal cannot be read after the cut: ${error.code}`],
  );
  if (unreadable.length > 0) return unreadable;
  const after = new Ledger();
  for (const [text, outcome] of ledger.outcomes) after.outcomes.set(text, outcome);
  if (started.journal.state.metadata === null) return ['the creation was acknowledged and is lost'];
  await after.enter('after the cut', () => started.post('after the cut'));
  await after.enter('and once more', () => started.post('and once more'));
  started.close();
  const cold = await new JournalProcess({ within }).lastSeq();
  const complaints = after.complaints(journalFile(within));
  return cold === started.journal.state.messages.lastSeq
    ? complaints
    : [...complaints, 'a cold fold differs'];
}

describe('a power cut', () => {
  it('takes nothing that was acknowledged, whatever else survives it, and the journal goes on', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        expect(await complaintsAfterCut(plan)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('is seen by the judge when fdatasync does nothing', async () => {
    const found = await fc.check(
      fc.asyncProperty(
        plans,
        async (plan) => (await complaintsAfterCut(plan, { fdatasync: true })).length === 0,
      ),
      { numRuns: 100 },
    );
    expect(found.failed).toBe(true);
  });

  it('is seen by the judge when the folders are not synced', async () => {
    const plan = { writes: [{ process: 0, turns: 0, bytes: 3 }], cutAfter: 30, survivors: [] };
    expect(await complaintsAfterCut(plan, { syncFolder: true })).toEqual([
      'the creation was acknowledged and is lost',
    ]);
    expect(await complaintsAfterCut(plan)).toEqual([]);
  });

  it('that keeps a later record and loses an earlier one leaves no record behind a hole', async () => {
    const within = folder();
    const files = forgetfulFiles(nodeFiles);
    const gate = gatedFiles(files);
    const one = new JournalProcess({ within, files: gate });
    const two = new JournalProcess({ within, files: gate });
    await one.create();
    await one.post('kept');
    const first = gate.hold('fdatasync');
    one.post('lost'.repeat(5000)).catch(() => {});
    await first.reached;
    const second = gate.hold('fdatasync');
    two.post('decided on top of it').catch(() => {});
    await second.reached;
    expect(files.unsynced).toHaveLength(2);
    files.cutPower((_append, index) => index === 1);
    const started = new JournalProcess({ within });
    expect(await started.lastSeq()).toBe(1);
    await started.post('next');
    expect(await new JournalProcess({ within }).lastSeq()).toBe(2);
    started.close();
  });

  it('that takes a record which others knew to be on disk is damage', async () => {
    const within = folder();
    const process = new JournalProcess({ within });
    await process.create();
    await process.post('lost'.repeat(3000));
    await process.post('two');
    await process.post('three');
    process.close();
    const bytes = fs.readFileSync(journalFile(within));
    bytes.fill(0, 4096, 8192);
    fs.writeFileSync(journalFile(within), bytes);
    await expect(new JournalProcess({ within }).journal.catchUp()).rejects.toMatchObject({ code: 'damaged' });
  });
});
