import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileStat, type Files, nodeFiles } from '../../../src/store/files/journal/files.js';
import { gatedFiles } from '../../kit/files/gated-files.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { JournalProcess, journalFile } from './journal-process.js';
import { plainFold, textsIn } from './plain-fold.js';

const folder = temporaryFolder();

/** Another journal of the same length: same ids and places, other texts. */
async function twins(within: string): Promise<{ file: string; other: Buffer; otherTexts: string[] }> {
  const elsewhere = path.join(within, 'elsewhere');
  fs.mkdirSync(elsewhere);
  const model = new JournalProcess({ within: elsewhere });
  await model.create();
  for (const text of ['aaa', 'bbb', 'ccc']) await model.post(text);
  model.close();
  const process = new JournalProcess({ within });
  await process.create();
  for (const text of ['one', 'two', 'six']) await process.post(text);
  process.close();
  return {
    file: journalFile(within),
    other: fs.readFileSync(journalFile(elsewhere)),
    otherTexts: ['aaa', 'bbb', 'ccc'],
  };
}

const replacements = {
  'a rename over it': (file: string, other: Buffer) => {
    fs.writeFileSync(`${file}.new`, other);
    fs.renameSync(`${file}.new`, file);
  },
  'cp in place': (file: string, other: Buffer) => {
    fs.writeFileSync(`${file}.source`, other);
    execFileSync('cp', [`${file}.source`, file]);
  },
  'rsync --inplace': (file: string, other: Buffer) => {
    const fd = fs.openSync(file, 'r+');
    fs.writeSync(fd, other, 0, other.length, 0);
    fs.ftruncateSync(fd, other.length);
    fs.closeSync(fd);
  },
  'removal and a new file, often with the same inode number': (file: string, other: Buffer) => {
    fs.rmSync(file);
    fs.writeFileSync(file, other);
  },
  'truncation and another writer': (file: string, other: Buffer) => {
    fs.truncateSync(file, 0);
    fs.appendFileSync(file, other);
  },
};

function textsOf(file: string): string[] {
  return textsIn(plainFold(fs.readFileSync(file)));
}

describe.each(Object.entries(replacements))('a journal replaced by %s', (_name, replace) => {
  it('is read anew by the next read', async () => {
    const { file, other } = await twins(folder());
    const reader = new JournalProcess({ within: folder() });
    const { head } = await reader.journal.catchUp();
    replace(file, other);
    const state = await reader.journal.catchUp();
    expect(state.head).not.toBe(head);
    expect(state.head).toBe(plainFold(other).at(-1)?.id);
  });

  it('takes the next write of one who had the old one open', async () => {
    const { file, other, otherTexts } = await twins(folder());
    const process = new JournalProcess({ within: folder() });
    await process.post('old');
    replace(file, other);
    await process.post('new');
    expect(textsOf(file)).toEqual([...otherTexts, 'new']);
    process.close();
  });

  it.each(['stat', 'fstat', 'append', 'fdatasync'] as const)(
    'just before the %s of a write: what is acknowledged is in the new one',
    async (op) => {
      const { file, other, otherTexts } = await twins(folder());
      const files = gatedFiles(nodeFiles);
      const process = new JournalProcess({ within: folder(), files });
      await process.post('old');
      files.before(op, () => replace(file, other));
      await process.post('new');
      expect(textsOf(file)).toEqual([...otherTexts, 'new']);
      process.close();
    },
  );

  it.each(['append', 'read'] as const)(
    'just after the %s of a write: what is acknowledged is in the new one',
    async (op) => {
      const { file, other, otherTexts } = await twins(folder());
      const files = gatedFiles(nodeFiles);
      const process = new JournalProcess({ within: folder(), files });
      await process.post('old');
      files.after(op, () => replace(file, other));
      await process.post('new');
      expect(textsOf(file)).toEqual([...otherTexts, 'new']);
      process.close();
    },
  );

  it('by a copy that holds the write already: it is not written twice', async () => {
    const { file } = await twins(folder());
    const files = gatedFiles(nodeFiles);
    const process = new JournalProcess({ within: folder(), files });
    await process.post('old');
    files.before('fdatasync', () => replace(file, fs.readFileSync(file)));
    await process.post('new');
    expect(textsOf(file)).toEqual(['one', 'two', 'six', 'old', 'new']);
    process.close();
  });
});

describe('a journal replaced in place by one of the same size', () => {
  const replace = replacements['rsync --inplace'];

  it.each(['stat', 'fstat', 'append'] as const)(
    'just before the %s of a write: what is acknowledged is in the new one',
    async (op) => {
      const { file, other, otherTexts } = await twins(folder());
      expect(other.length).toBe(fs.statSync(file).size);
      const files = gatedFiles(nodeFiles);
      const process = new JournalProcess({ within: folder(), files });
      await process.write(() => []);
      files.before(op, () => replace(file, other));
      await process.post('new');
      expect(textsOf(file)).toEqual([...otherTexts, 'new']);
      process.close();
    },
  );

  it('is noticed although the clock of the file system stands still', async () => {
    const { file, other } = await twins(folder());
    const ctimeMs = Date.now();
    const still = ({ dev, ino, size }: FileStat): FileStat => ({ dev, ino, size, ctimeMs });
    const files: Files = {
      ...nodeFiles,
      stat: (name) => {
        const stat = nodeFiles.stat(name);
        return stat && still(stat);
      },
      fstat: (fd) => still(nodeFiles.fstat(fd)),
    };
    const reader = new JournalProcess({ within: folder(), files, now: () => ctimeMs + 5 });
    await reader.journal.catchUp();
    replace(file, other);
    expect((await reader.journal.catchUp()).head).toBe(plainFold(other).at(-1)?.id);
  });

  it('and something more that does not count is noticed', async () => {
    const { file, other } = await twins(folder());
    const reader = new JournalProcess({ within: folder() });
    await reader.journal.catchUp();
    replace(file, Buffer.concat([other, Buffer.from('what does not count\n')]));
    expect((await reader.journal.catchUp()).head).toBe(plainFold(other).at(-1)?.id);
  });
});

describe('a journal', () => {
  it('removed under a reader and a writer is gone, and nothing brings it back but a creation', async () => {
    const { file } = await twins(folder());
    const files = gatedFiles(nodeFiles);
    const process = new JournalProcess({ within: folder(), files });
    await process.post('old');
    files.before('fdatasync', () => fs.rmSync(path.dirname(file), { recursive: true }));
    await expect(process.post('new')).rejects.toMatchObject({ code: 'not_found' });
    expect((await process.journal.catchUp()).commit).toBe(0);
    expect(fs.existsSync(path.dirname(file))).toBe(false);
    await process.create();
    await process.post('again');
    expect(textsOf(file)).toEqual(['again']);
    process.close();
  });

  it('cut to a part of itself is that part', async () => {
    const { file } = await twins(folder());
    const process = new JournalProcess({ within: folder() });
    await process.journal.catchUp();
    const [, , second] = plainFold(fs.readFileSync(file));
    fs.truncateSync(file, second?.end ?? 0);
    expect(await process.lastSeq()).toBe(2);
    await process.post('new');
    expect(textsOf(file)).toEqual(['one', 'two', 'new']);
    process.close();
  });

  it('touched by chmod and by links is read on without another answer', async () => {
    const { file } = await twins(folder());
    const process = new JournalProcess({ within: folder() });
    await process.journal.catchUp();
    fs.chmodSync(file, 0o600);
    fs.linkSync(file, `${file}.link`);
    expect(await process.lastSeq()).toBe(3);
    await expect(process.post('into both')).rejects.toMatchObject({ code: 'read_only' });
    expect(await process.lastSeq()).toBe(3);
    fs.rmSync(`${file}.link`);
    await process.post('new');
    expect(await process.lastSeq()).toBe(4);
    process.close();
  });
});
