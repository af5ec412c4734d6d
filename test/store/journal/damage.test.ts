import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/store/files/journal/files.js';
import { retrying } from '../../../src/store/files/journal/reader.js';
import { encodeSnapshot } from '../../../src/store/files/journal/snapshot.js';
import { readMessages } from '../../../src/store/files/messages.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { JournalProcess, journalFile } from './journal-process.js';
import { plainFold, textsIn } from './plain-fold.js';

const folder = temporaryFolder();
const TEXTS = ['one', 'two', 'three', 'four', 'five'];
const EVERYTHING = { conversation: null, from: null, to: null, role: null };

async function written(within: string, texts: readonly string[] = TEXTS): Promise<Buffer> {
  const process = new JournalProcess({ within });
  await process.create();
  for (const text of texts) await process.post(text);
  process.close();
  return fs.readFileSync(journalFile(within));
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at);
  return copy;
}

describe('damage', () => {
  it('a bit flipped at every byte of a record in the middle is damage: 500, never guessed', async () => {
    const bytes = await written(folder());
    const middle = plainFold(bytes)[2];
    if (!middle) throw new Error('no record');
    const file = journalFile(folder());
    for (let at = middle.at; at < middle.end; at++) {
      fs.writeFileSync(file, flipped(bytes, at, at % 8));
      const process = new JournalProcess({ within: folder() });
      await expect(process.journal.catchUp()).rejects.toMatchObject({ code: 'damaged' });
      await expect(process.post('more')).rejects.toMatchObject({ code: 'damaged' });
      expect(fs.statSync(file).size).toBe(bytes.length);
    }
  });

  it('a bit flipped at every byte of the last record makes that one void, and nothing else', async () => {
    const bytes = await written(folder());
    const last = plainFold(bytes).at(-1);
    if (!last) throw new Error('no record');
    const file = journalFile(folder());
    for (let at = last.at; at < last.end; at++) {
      fs.writeFileSync(file, flipped(bytes, at, at % 8));
      const process = new JournalProcess({ within: folder() });
      expect(await process.lastSeq()).toBe(TEXTS.length - 1);
      await process.post('instead');
      expect(textsIn(plainFold(fs.readFileSync(file)))).toEqual([...TEXTS.slice(0, -1), 'instead']);
      process.close();
    }
  });

  it('a record cut out of the middle, overwritten with zeros or pushed from its place is damage', async () => {
    const bytes = await written(folder());
    const middle = plainFold(bytes)[2];
    if (!middle) throw new Error('no record');
    const pieces = [
      [bytes.subarray(0, middle.at), bytes.subarray(middle.end)],
      [bytes.subarray(0, middle.at), Buffer.alloc(middle.end - middle.at), bytes.subarray(middle.end)],
      [bytes.subarray(0, middle.at), Buffer.from('x'), bytes.subarray(middle.at)],
    ];
    for (const parts of pieces) {
      fs.writeFileSync(journalFile(folder()), Buffer.concat(parts));
      const outcome = await new JournalProcess({ within: folder() }).journal
        .catchUp()
        .catch((error) => error.code);
      // The records after it are whole and knew of more than what counts before them.
      expect(outcome).toBe('damaged');
    }
  });

  it('that comes while the state is warm is never passed over in a page: 500 after a look at the whole file', async () => {
    const bytes = await written(folder(), [...TEXTS, 'x'.repeat(400_000), 'last']);
    const process = new JournalProcess({ within: folder() });
    await process.journal.catchUp();
    fs.mkdirSync(path.join(folder(), 'ts', '.taskspace'), { recursive: true });
    fs.writeFileSync(
      path.join(folder(), 'ts', '.taskspace', 'snapshot.json'),
      await encodeSnapshot(process.journal.folded),
    );
    const middle = plainFold(bytes)[3];
    const at = (middle?.at ?? 0) + 100;
    fs.writeFileSync(journalFile(folder()), flipped(bytes, at, 0));
    // As if the disk had done it: nothing that `stat` shows has moved.
    process.journal.seen = nodeFiles.stat(journalFile(folder()));
    const page = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 100 } as const;
    for (const order of ['asc', 'desc'] as const) {
      const read = retrying(process.journal, () =>
        readMessages(process.journal, EVERYTHING, { ...page, order }),
      );
      await expect(read).rejects.toMatchObject({ code: 'damaged' });
    }
  });

  it('a newer format or an unknown event is not folded and not skipped: 503, and nothing is written', async () => {
    const bytes = await written(folder());
    const newer = bytes.toString().replace('"type":"message.posted"', '"type":"message.recall"');
    const { crc32 } = await import('node:zlib');
    const lines = newer.split('\n').map((line) => {
      const crc = crc32(Buffer.from(line).subarray(18)).toString(16).padStart(8, '0');
      return line === '' ? '' : `{"crc":"${crc}${line.slice(16)}`;
    });
    fs.writeFileSync(journalFile(folder()), lines.join('\n'));
    const process = new JournalProcess({ within: folder() });
    await expect(process.journal.catchUp()).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(process.post('more')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(fs.readFileSync(journalFile(folder()), 'utf8')).toBe(lines.join('\n'));
  });
});
