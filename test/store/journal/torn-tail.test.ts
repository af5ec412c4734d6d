import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Files, nodeFiles } from '../../../src/store/files/journal/files.js';
import { aroundFiles } from '../../kit/files/around-files.js';
import { cuttingFiles } from '../../kit/files/failing-files.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { JournalProcess, journalFile } from './journal-process.js';
import { Ledger } from './ledger.js';
import { plainFold, textsIn } from './plain-fold.js';

const folder = temporaryFolder();

async function journalOf(within: string, texts: readonly string[]): Promise<Buffer> {
  const process = new JournalProcess({ within });
  await process.create();
  for (const text of texts) await process.post(text);
  process.close();
  return fs.readFileSync(journalFile(within));
}

function put(within: string, bytes: Buffer): void {
  fs.mkdirSync(path.dirname(journalFile(within)), { recursive: true });
  fs.writeFileSync(journalFile(within), bytes);
}

/** A second copy of the journal, so that nothing is remembered of the first. */
function place(name: string, bytes: Buffer): string {
  const within = path.join(folder(), name);
  put(within, bytes);
  return within;
}

describe('a torn tail', () => {
  it('cut at every byte of the last three records: what stood whole counts, the next write spoils the rest', async () => {
    const bytes = await journalOf(folder(), ['one', 'two', 'three', 'four']);
    const records = plainFold(bytes);
    const from = records.at(-3)?.at ?? 0;
    for (let length = from; length <= bytes.length; length++) {
      const within = place(`cut-${length}`, bytes.subarray(0, length));
      const whole = records.filter(({ end }) => end <= length);
      const process = new JournalProcess({ within });
      expect(await process.lastSeq()).toBe(whole.length - 1);
      const { commit } = await process.post('next');
      expect(commit).toBe(whole.length + 1);
      await process.post('and another');
      const texts = textsIn(plainFold(fs.readFileSync(journalFile(within))));
      expect(texts).toEqual([...textsIn(whole), 'next', 'and another']);
      expect((await new JournalProcess({ within }).journal.catchUp()).commit).toBe(whole.length + 2);
      process.close();
    }
  });

  it('is spoiled for a process that saw it whole: a late newline completes nothing', async () => {
    const bytes = await journalOf(folder(), ['one', 'two']);
    const within = place('late', bytes.subarray(0, -1));
    const process = new JournalProcess({ within });
    await process.post('instead of two');
    const after = fs.readFileSync(journalFile(within));
    expect(after.subarray(bytes.length - 1, bytes.length + 1).toString()).toBe('!\n');
    expect(textsIn(plainFold(after))).toEqual(['one', 'instead of two']);
    process.close();
  });

  it('goes wrong without the "!": the judge sees a writer that ends it with a newline alone', async () => {
    const bytes = await journalOf(folder(), ['one', 'two']);
    const within = place('mutant', bytes.subarray(0, -1));
    const ledger = new Ledger();
    for (const text of ['one', 'two']) ledger.outcomes.set(text, text === 'one' ? 'acknowledged' : 'failed');
    const process = new JournalProcess({ within, files: withoutSpoiler(nodeFiles) });
    await process.journal.catchUp();
    await ledger.enter('three', () => process.post('three'));
    expect(ledger.complaints(journalFile(within))).toContain('two failed (undefined) and is there');
    process.close();
  });

  it('a write cut short at every byte is 507 and has not happened, unless all of it arrived', async () => {
    fs.mkdirSync(path.join(folder(), 'model'));
    const length = (await journalOf(path.join(folder(), 'model'), ['one', 'two'])).length;
    for (let cut = 0; cut <= 330; cut++) {
      const within = path.join(folder(), `short-${cut}`);
      fs.mkdirSync(within);
      const files = cuttingFiles(nodeFiles);
      const process = new JournalProcess({ within, files });
      const other = new JournalProcess({ within });
      const ledger = new Ledger();
      await process.create();
      await ledger.enter('one', () => process.post('one'));
      await other.journal.catchUp();
      files.cut(cut);
      await ledger.enter('two', () => process.post('two'));
      const arrived = fs.statSync(journalFile(within)).size >= length;
      expect(ledger.codes.get('two')).toBe(arrived ? undefined : 'insufficient_storage');
      await ledger.enter('three', () => other.post('three'));
      await ledger.enter('four', () => process.post('four'));
      expect(ledger.complaints(journalFile(within))).toEqual([]);
      expect(ledger.count('acknowledged')).toBe(arrived ? 4 : 3);
      process.close();
      other.close();
    }
  });

  it('garbage appended by somebody else, with and without a newline, is void', async () => {
    for (const garbage of [
      'x',
      'garbage\n',
      '{"crc":"00000000","at":1}\n',
      '\n\n\n',
      '\0'.repeat(9000),
      '{"crc":"',
    ]) {
      const within = path.join(folder(), Buffer.from(garbage.slice(0, 20)).toString('hex'));
      fs.mkdirSync(within);
      const process = new JournalProcess({ within });
      await process.create();
      await process.post('one');
      fs.appendFileSync(journalFile(within), garbage);
      expect(await process.lastSeq()).toBe(1);
      await process.post('two');
      fs.appendFileSync(journalFile(within), garbage);
      const other = new JournalProcess({ within });
      expect(await other.lastSeq()).toBe(2);
      await other.post('three');
      expect(textsIn(plainFold(fs.readFileSync(journalFile(within))))).toEqual(['one', 'two', 'three']);
      process.close();
      other.close();
    }
  });
});

function withoutSpoiler(inner: Files): Files {
  return aroundFiles(inner, (call, run) => {
    if (call.op !== 'append') return run();
    const [fd, bytes] = call.args as [number, Buffer];
    if (bytes.subarray(0, 2).toString() !== '!\n') return run();
    return inner.append(fd, bytes.subarray(1)) + 1;
  });
}
