import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FOLD_VERSION } from '../../../src/domain/state.js';
import { nodeFiles } from '../../../src/store/files/journal/files.js';
import { failingFiles } from '../../kit/files/failing-files.js';
import { gatedFiles } from '../../kit/files/gated-files.js';
import { temporaryFolder } from '../../kit/files/temporary-folder.js';
import { JournalProcess, journalFile } from './journal-process.js';
import { plainFold } from './plain-fold.js';

const folder = temporaryFolder();
const snapshotFile = (): string => path.join(folder(), 'ts', '.taskspace', 'snapshot.json');

async function withSnapshot(): Promise<JournalProcess> {
  const process = new JournalProcess({ within: folder() });
  await process.create();
  for (const text of ['one', 'two', 'three']) await process.post(text);
  await process.journal.writeSnapshot(() => process.writer.durable());
  return process;
}

/** A cold fold, and how many bytes of the journal it read. */
async function cold(): Promise<{ process: JournalProcess; bytes: number }> {
  let bytes = 0;
  let journal: number | null = null;
  const open: typeof nodeFiles.open = (file, mode, create) => {
    const fd = nodeFiles.open(file, mode, create);
    if (file === journalFile(folder())) journal = fd;
    return fd;
  };
  const read: typeof nodeFiles.read = (fd, buffer, length, position) => {
    const count = nodeFiles.read(fd, buffer, length, position);
    if (fd === journal) bytes += count;
    return count;
  };
  const process = new JournalProcess({ within: folder(), files: { ...nodeFiles, open, read } });
  await process.journal.catchUp();
  return { process, bytes };
}

describe('a snapshot', () => {
  it('spares the cold fold and gives the same state, also with records after it', async () => {
    const process = await withSnapshot();
    await process.post('four');
    const { process: other, bytes } = await cold();
    expect(bytes).toBeLessThan(fs.statSync(journalFile(folder())).size);
    expect(other.journal.state).toEqual(process.journal.state);
    fs.rmSync(snapshotFile());
    expect((await cold()).process.journal.state).toEqual(process.journal.state);
    process.close();
  });

  it('is void with any byte changed, cut anywhere, or empty', async () => {
    const process = await withSnapshot();
    const good = fs.readFileSync(snapshotFile());
    const whole = fs.statSync(journalFile(folder())).size;
    const bad = [Buffer.alloc(0), Buffer.from('{}'), Buffer.from('00000000\n{}')];
    for (let at = 0; at < good.length; at += 7) {
      const flipped = Buffer.from(good);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      if (at !== 8) bad.push(flipped, good.subarray(0, at));
    }
    for (const bytes of bad) {
      fs.writeFileSync(snapshotFile(), bytes);
      const { process: other, bytes: read } = await cold();
      expect(other.journal.state).toEqual(process.journal.state);
      expect(read).toBeGreaterThanOrEqual(whole);
    }
    process.close();
  });

  it('of a journal that was cut, or replaced, is void', async () => {
    const process = await withSnapshot();
    const records = plainFold(fs.readFileSync(journalFile(folder())));
    fs.truncateSync(journalFile(folder()), records.at(-2)?.end ?? 0);
    expect(await (await cold()).process.lastSeq()).toBe(2);
    await process.post('instead of three');
    const { process: other } = await cold();
    expect(other.journal.state.head).toBe(process.journal.state.head);
    process.close();
  });

  it('of another version of the fold is void', async () => {
    const process = await withSnapshot();
    const { crc32 } = await import('node:zlib');
    const body = fs
      .readFileSync(snapshotFile(), 'utf8')
      .slice(9)
      .replace(`"fold":${FOLD_VERSION}`, `"fold":${FOLD_VERSION + 1}`)
      .replace('"lastSeq":3', '"lastSeq":9');
    fs.writeFileSync(snapshotFile(), `${crc32(Buffer.from(body)).toString(16).padStart(8, '0')}\n${body}`);
    expect(await (await cold()).process.lastSeq()).toBe(3);
    process.close();
  });

  it('is written only once its records are on disk, and not when they never come there', async () => {
    const process = new JournalProcess({ within: folder() });
    await process.create();
    const files = gatedFiles(nodeFiles);
    const other = new JournalProcess({ within: folder(), files });
    await other.journal.catchUp();
    const held = files.hold('fdatasync');
    const snapshot = other.journal.writeSnapshot(() => other.writer.durable());
    await held.reached;
    expect(fs.existsSync(snapshotFile())).toBe(false);
    held.letGo();
    await snapshot;
    expect(fs.existsSync(snapshotFile())).toBe(true);
    fs.rmSync(snapshotFile());
    await expect(other.journal.writeSnapshot(() => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
    expect(fs.existsSync(snapshotFile())).toBe(false);
    process.close();
    other.close();
  });

  it('that cannot be written leaves no file and no harm', async () => {
    const files = failingFiles(nodeFiles);
    const process = new JournalProcess({ within: folder(), files });
    await process.create();
    files.arm({ op: 'replace', errno: 'ENOSPC' });
    await expect(process.journal.writeSnapshot(() => process.writer.durable())).rejects.toThrow('ENOSPC');
    fs.mkdirSync(path.join(snapshotFile(), 'within'), { recursive: true });
    await expect(process.journal.writeSnapshot(() => process.writer.durable())).rejects.toThrow();
    expect(fs.readdirSync(path.join(folder(), 'ts', '.taskspace', 'tmp'))).toEqual([]);
    await process.post('one');
    expect(await (await cold()).process.lastSeq()).toBe(1);
    process.close();
  });
});
