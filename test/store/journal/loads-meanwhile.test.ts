import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FileStat, nodeFiles } from '../../../src/store/files/journal/files.js';
import { aroundFiles } from '../../kit/files/around-files.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { JournalProcess, journalFile } from './journal-process.js';
import { plainFold, textsIn } from './plain-fold.js';

const folder = temporaryFolder();

describe('a writer whose commit has just counted', () => {
  it('does not decide again when a load, begun for another in the same turn, has not come to it yet', async () => {
    const within = folder();
    let touched = false;
    const files = aroundFiles(nodeFiles, ({ op }, run) => {
      const result = run();
      // As while a third process appends: its write has moved the time, and not yet the length.
      return op === 'stat' && touched ? { ...(result as FileStat), ctimeMs: 1 } : result;
    });
    const process = new JournalProcess({ within, files });
    await process.create();
    // So long that a load does not come to its end in one turn.
    const before = 'x'.repeat(600_000);
    await process.post(before);
    const first = process.post('first');
    touched = true;
    const second = process.post('second');
    touched = false;
    await Promise.all([first, second]);
    process.close();
    expect(textsIn(plainFold(readFileSync(journalFile(within))))).toEqual([before, 'first', 'second']);
  });
});
