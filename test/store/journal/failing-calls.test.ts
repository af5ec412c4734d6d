import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TaskspaceError } from '../../../src/domain/errors.js';
import { nodeFiles } from '../../../src/store/files/journal/files.js';
import { type FileOp, isAsync } from '../../kit/files/around-files.js';
import { failingFiles, systemError } from '../../kit/files/failing-files.js';
import { openDescriptors, temporaryFolder } from '../../kit/files/temporary-folder.js';
import { JournalProcess, journalFile } from './journal-process.js';
import { Ledger } from './ledger.js';

const folder = temporaryFolder();
const ERRNOS = ['EIO', 'ENOSPC', 'EMFILE', 'EACCES', 'EROFS'];
const WRITE_OPS: FileOp[] = [
  'stat',
  'fstat',
  'open',
  'read',
  'append',
  'fdatasync',
  'syncFolder',
  'makeFolder',
];
const DOCUMENTED = [
  'insufficient_storage',
  'store_unavailable',
  'outcome_unknown',
  'read_only',
  'EIO',
  'ENOSPC',
  'EMFILE',
  'EACCES',
  'EROFS',
];

const cases = WRITE_OPS.flatMap((op) => ERRNOS.map((errno) => ({ op, errno })));

/** What a caller of the store would be told: errnos are translated there. */
async function told(write: Promise<unknown>): Promise<unknown> {
  try {
    return await write;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof TaskspaceError || code === undefined || !ERRNOS.includes(code)) throw error;
    throw new TaskspaceError(code === 'ENOSPC' ? 'insufficient_storage' : 'store_unavailable', code);
  }
}

describe('a file call that fails', () => {
  it.each(cases)(
    '$op with $errno, at every place of a write, once: the answer is true, and the next write works',
    async ({ op, errno }) => {
      for (let after = 0; ; after++) {
        const within = `${folder()}/${op}-${errno}-${after}`;
        fs.mkdirSync(within);
        const files = failingFiles(nodeFiles);
        const process = new JournalProcess({ within, files });
        const ledger = new Ledger();
        files.arm({ op, errno, after });
        await told(process.create()).catch(() => {});
        await ledger.enter('one', () => told(process.post('one')));
        await ledger.enter('two', () => told(process.post('two')));
        const { failed } = files;
        files.disarm();
        const other = new JournalProcess({ within });
        const { poisoned, metadata } = await other.journal.catchUp();
        expect(ledger.complaints(journalFile(within))).toEqual([]);
        for (const code of ledger.codes.values())
          if (code !== 'not_found') expect(DOCUMENTED).toContain(code);
        if (poisoned === null) {
          if (metadata === null) await other.create();
          await process.post('three');
          await other.post('four');
        } else {
          expect(op === 'fdatasync' || op === 'syncFolder').toBe(true);
          await expect(process.post('three')).rejects.toMatchObject({ code: 'read_only' });
          await expect(other.post('four')).rejects.toMatchObject({ code: 'read_only' });
        }
        expect(await process.lastSeq()).toBe(await other.lastSeq());
        process.close();
        other.close();
        expect(openDescriptors(within)).toBe(0);
        if (failed === 0) break;
      }
    },
  );

  it.each(cases)(
    '$op with $errno, for good: no answer is wrong, and the service goes on once it is over',
    async ({ op, errno }) => {
      const within = folder();
      const files = failingFiles(nodeFiles);
      const process = new JournalProcess({ within, files });
      const ledger = new Ledger();
      await process.create();
      await ledger.enter('one', () => process.post('one'));
      files.arm({ op, errno, times: Number.POSITIVE_INFINITY });
      await ledger.enter('two', () => told(process.post('two')));
      await ledger.enter('three', () => told(process.post('three')));
      expect(ledger.complaints(journalFile(within))).toEqual([]);
      for (const code of ledger.codes.values()) expect(DOCUMENTED).toContain(code);
      files.disarm();
      const { poisoned } = await process.journal.catchUp();
      if (poisoned === null) await process.post('four');
      else await expect(process.post('four')).rejects.toMatchObject({ code: 'read_only' });
      process.close();
      expect(openDescriptors(within)).toBe(0);
    },
  );

  it('an append that fails although its bytes arrived is known by them: committed', async () => {
    const within = folder();
    const files = failingFiles(nodeFiles);
    const process = new JournalProcess({ within, files });
    await process.create();
    for (const errno of [...ERRNOS, 'EPIPE']) {
      files.arm({ op: 'append', errno, carriedOut: true });
      await process.post(errno);
    }
    expect(await new JournalProcess({ within }).lastSeq()).toBe(ERRNOS.length + 1);
    process.close();
  });

  it.each(['stat', 'fstat', 'read', 'open'] as const)(
    '%s that fails between append and answer makes the outcome unknown, never "not happened"',
    async (op) => {
      const within = folder();
      const files = failingFiles(nodeFiles);
      const process = new JournalProcess({ within, files });
      await process.create();
      const ledger = new Ledger();
      let append = false;
      const armed = failingFiles(nodeFiles);
      const crossing = new JournalProcess({
        within,
        files: new Proxy(armed, {
          get(target, name, receiver) {
            if (name !== 'append') return Reflect.get(target, name, receiver);
            return (fd: number, bytes: Buffer) => {
              const count = target.append(fd, bytes);
              append = true;
              armed.arm({ op, errno: 'EIO', times: Number.POSITIVE_INFINITY });
              return count;
            };
          },
        }),
      });
      await ledger.enter('one', () => told(crossing.post('one')));
      expect(append).toBe(true);
      if (armed.failed > 0) expect(ledger.codes.get('one')).toBe('outcome_unknown');
      expect(ledger.complaints(journalFile(within))).toEqual([]);
      process.close();
      armed.disarm();
      crossing.close();
    },
  );

  it('a snapshot that cannot be read is as good as none', async () => {
    const within = folder();
    const first = new JournalProcess({ within });
    await first.create();
    await first.journal.writeSnapshot(() => first.writer.durable());
    for (const errno of ERRNOS) {
      const open: typeof nodeFiles.open = (file, mode, create) => {
        if (file.endsWith('snapshot.json')) throw systemError(errno, { op: 'open' });
        return nodeFiles.open(file, mode, create);
      };
      const process = new JournalProcess({ within, files: { ...nodeFiles, open } });
      expect((await process.journal.catchUp()).commit).toBe(1);
    }
  });

  it('asynchronous calls are told apart', () => {
    expect(WRITE_OPS.filter(isAsync)).toEqual(['fdatasync', 'syncFolder']);
  });
});
