import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVERY_MESSAGE } from '../../../src/domain/message-filter.js';
import { nodeFiles } from '../../../src/store/files/journal/files.js';
import { aroundFiles } from '../../kit/files/around-files.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { StoreOfOne } from '../store-of-one.js';

const folder = temporaryFolder();
let dataDir: string;
let writer: StoreOfOne;
let reader: StoreOfOne;
let opened: number;

/** Another process that has folded the taskspace, and whose opening of files is counted. */
beforeEach(async () => {
  dataDir = folder();
  writer = new StoreOfOne(dataDir);
  await writer.create();
  const files = aroundFiles(nodeFiles, ({ op }, run) => {
    if (op === 'open') opened++;
    return run();
  });
  // Long after everything: a file that has just changed is opened to compare its last record.
  reader = new StoreOfOne(dataDir, { files, now: () => Date.now() + 60_000 });
  await reader.present();
});

afterEach(() => {
  writer.close();
  reader.close();
});

/**
 * What follows message `after`, and how many files had to be opened for it once the state was that of the
 * present.
 */
async function following(seq: number): Promise<{ contents: string[]; opened: number }> {
  await reader.present();
  opened = 0;
  const range = { after: seq, before: Number.MAX_SAFE_INTEGER, order: 'asc', limit: 1000 } as const;
  const messages = await reader.folder.messages(EVERY_MESSAGE, range);
  return { contents: messages.map(({ content }) => content.slice(0, 10)), opened };
}

async function post(...contents: string[]): Promise<void> {
  for (const content of contents) {
    await writer.post([{ content }]);
    await reader.present();
  }
}

describe('what has come since a journal was folded', () => {
  it('is read without opening its file, by message and by commit', async () => {
    await post('one', 'two', 'three');
    expect(await following(0)).toEqual({ contents: ['one', 'two', 'three'], opened: 0 });
    expect(await following(2)).toEqual({ contents: ['three'], opened: 0 });
    opened = 0;
    expect(await reader.folder.commits(3, 4, ({ number }) => number)).toEqual([3, 4]);
    expect(await reader.folder.commits(3, 9, ({ number }) => number)).toEqual([3, 4]);
    expect(opened).toBe(0);
  });

  it('is read from the file as far back as the fold of everything went', async () => {
    await post('one');
    const late = new StoreOfOne(dataDir);
    await late.present();
    await writer.post([{ content: 'two' }]);
    const range = { after: 0, before: Number.MAX_SAFE_INTEGER, order: 'asc', limit: 10 } as const;
    const messages = await late.folder.messages(EVERY_MESSAGE, range);
    expect(messages.map(({ content }) => content)).toEqual(['one', 'two']);
    expect(await late.folder.commits(1, 3, ({ number }) => number)).toEqual([1, 2, 3]);
    late.close();
  });

  it('has no gap where a large commit came, which is read from the file', async () => {
    await post('before', 'x'.repeat(20_000), 'behind');
    expect((await following(0)).contents).toEqual(['before', 'xxxxxxxxxx', 'behind']);
    expect((await following(1)).contents).toEqual(['xxxxxxxxxx', 'behind']);
    expect(await following(2)).toEqual({ contents: ['behind'], opened: 0 });
  });

  it('goes, the oldest first, when all of it takes more than its bound', async () => {
    const large = 'x'.repeat(15_000);
    await post('first', ...Array.from({ length: 75 }, () => large), 'last');
    expect((await following(0)).contents).toHaveLength(77);
    expect((await following(0)).opened).toBeGreaterThan(0);
    expect(await following(50)).toEqual({
      contents: [...Array(26).fill(large.slice(0, 10)), 'last'],
      opened: 0,
    });
  });

  it('is that of the file which stands there, when another one took its place', async () => {
    await post('one');
    const journal = path.join(dataDir, 'taskspaces', 'ts', 'journal.jsonl');
    const older = fs.readFileSync(journal);
    await post('two', 'three');
    writer.close();
    fs.writeFileSync(`${journal}.new`, older);
    fs.renameSync(`${journal}.new`, journal);
    const restored = new StoreOfOne(dataDir);
    await restored.post([{ content: 'another two' }]);
    expect((await following(0)).contents).toEqual(['one', 'another tw']);
    restored.close();
  });
});
