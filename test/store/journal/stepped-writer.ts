/**
 * The thread of one writer in interleavings.test.ts. Each time it is let go it opens the journal of the next
 * job, gets ready to write, and then writes one message step by step. The outcome stands in the second cell:
 * 1 = acknowledged.
 */
import fs from 'node:fs';
import { workerData } from 'node:worker_threads';
import { nodeFiles } from '../../../src/store/files/journal/files.js';
import type { FileOp } from '../../kit/files/around-files.js';
import { overwritingFiles } from '../../kit/files/overwriting-files.js';
import { STEP, standAt, steppedFiles } from '../../kit/files/stepped-files.js';
import { JournalProcess } from './journal-process.js';
import { OUTCOME } from './outcome.js';

export interface SteppedWriter {
  readonly cell: Int32Array;
  readonly name: string;
  /** Where job n finds its journal: `<folder>/<n>`. */
  readonly folder: string;
  /** The mutant: what it appends stands where it believes the end to be. */
  readonly overwrites: boolean;
  /** The calls before which it stops. */
  readonly steps: readonly FileOp[];
}

const { cell, name, folder, overwrites, steps } = workerData as SteppedWriter;
/** Far enough ahead that a file never looks as if it had just changed: that would only add reads. */
const now = (): number => Date.now() + 60_000;

/** Once the thread that started this one knows that it runs. */
setImmediate(() => void performAll());

async function performAll(): Promise<never> {
  for (let job = 0; ; job++) {
    standAt(cell, STEP.finished);
    await perform(job);
  }
}

async function perform(job: number): Promise<void> {
  const inner = { ...nodeFiles, fdatasync: () => Promise.resolve(), syncFolder: () => Promise.resolve() };
  const files = steppedFiles(overwrites ? overwritingFiles(inner) : inner, cell, steps);
  const process = new JournalProcess({ within: `${folder}/${job}`, files, now });
  await process.write(() => []);
  files.start();
  const outcome = await process.post(name).then(
    () => OUTCOME.acknowledged,
    (error: Error) => {
      fs.writeFileSync(
        `${folder}/${job}.refusal`,
        `${error.stack} because of ${(error.cause as Error)?.stack}`,
      );
      return OUTCOME.refused;
    },
  );
  Atomics.store(cell, 1, outcome);
  files.stop();
  process.close();
}
