import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/store/files/journal/files.js';
import { failingFiles } from '../../kit/files/failing-files.js';
import { gatedFiles } from '../../kit/files/gated-files.js';
import { openDescriptors, temporaryFolder } from '../../kit/files/temporary-folder.js';
import { JournalProcess, journalFile } from './journal-process.js';
import { plainFold, textsIn } from './plain-fold.js';

const folder = temporaryFolder();
const KEY = { key: 'k', body: 'b' };

/** Whether a promise has settled once everything that is ready has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  promise.then(
    () => (pending = false),
    () => (pending = false),
  );
  for (let turn = 0; turn < 20; turn++) await new Promise((resume) => setImmediate(resume));
  return pending;
}

describe('an answer', () => {
  const answers = {
    'of the write itself': (process: JournalProcess) => process.post('more'),
    'of a repeated key': (process: JournalProcess) => process.post('one', KEY),
    'of a write that changes nothing': (process: JournalProcess) => process.write(() => []),
    'of a refused command': (process: JournalProcess) => process.create(),
    'of a key used with another body': (process: JournalProcess) =>
      process.post('one', { ...KEY, body: 'c' }),
  };

  it.each(Object.keys(answers))(
    '%s waits until what it rests on is on disk, in the process that wrote it',
    async (name) => {
      const files = gatedFiles(nodeFiles);
      const process = new JournalProcess({ within: folder(), files });
      await process.create();
      const held = files.hold('fdatasync');
      const first = process.post('one', KEY);
      await held.reached;
      const second = answers[name as keyof typeof answers](process);
      second.catch(() => {});
      expect(await isPending(second)).toBe(true);
      held.letGo();
      await Promise.allSettled([first, second]);
      expect(await isPending(second)).toBe(false);
      process.close();
    },
  );

  it.each(Object.keys(answers))('%s waits in another process for a sync of its own', async (name) => {
    const firstFiles = gatedFiles(nodeFiles);
    const secondFiles = gatedFiles(nodeFiles);
    const one = new JournalProcess({ within: folder(), files: firstFiles });
    const two = new JournalProcess({ within: folder(), files: secondFiles });
    await one.create();
    const stopped = firstFiles.hold('fdatasync');
    const first = one.post('one', KEY);
    await stopped.reached;
    const held = secondFiles.hold('fdatasync');
    const second = answers[name as keyof typeof answers](two);
    second.catch(() => {});
    await held.reached;
    expect(await isPending(second)).toBe(true);
    held.letGo();
    await Promise.allSettled([second]);
    expect(await isPending(first)).toBe(true);
    stopped.letGo();
    await first;
    one.close();
    two.close();
  });

  it('of a missing taskspace makes no folder', async () => {
    const process = new JournalProcess({ within: folder() });
    await expect(process.post('one')).rejects.toMatchObject({ code: 'not_found' });
    expect(fs.readdirSync(folder())).toEqual([]);
  });
});

describe('group commit', () => {
  it('lets everybody who appended before a sync began share it', async () => {
    const files = gatedFiles(nodeFiles);
    const process = new JournalProcess({ within: folder(), files });
    await process.create();
    const before = files.count('fdatasync');
    const held = files.hold('fdatasync');
    const first = process.post('first');
    await held.reached;
    const others = Array.from({ length: 100 }, (_, n) => process.post(`other ${n}`));
    held.letGo();
    await Promise.all([first, ...others]);
    expect(files.count('fdatasync') - before).toBe(2);
    process.close();
  });

  it('keeps the order of decisions: one commit each, no gap', async () => {
    const process = new JournalProcess({ within: folder() });
    await process.create();
    const written = await Promise.all(Array.from({ length: 50 }, (_, n) => process.post(String(n))));
    expect(written.map(({ commit }) => commit)).toEqual(Array.from({ length: 50 }, (_, n) => n + 2));
    process.close();
  });
});

describe('a failed sync', () => {
  it('poisons: its writes are unknown, later ones refused, in every process, and reads go on', async () => {
    const files = failingFiles(nodeFiles);
    const one = new JournalProcess({ within: folder(), files });
    const two = new JournalProcess({ within: folder() });
    await one.create();
    await two.post('kept');
    files.arm({ op: 'fdatasync', errno: 'EIO' });
    const outcomes = await Promise.allSettled([one.post('a'), one.post('b'), one.post('c')]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'outcome_unknown' } });
    await expect(one.post('d')).rejects.toMatchObject({ code: 'read_only' });
    await expect(two.post('e')).rejects.toMatchObject({ code: 'read_only' });
    await expect(new JournalProcess({ within: folder() }).post('f')).rejects.toMatchObject({
      code: 'read_only',
    });
    expect(await two.lastSeq()).toBeGreaterThanOrEqual(1);
    const types = plainFold(fs.readFileSync(journalFile(folder()))).flatMap(({ events }) =>
      events.map(({ type }) => type),
    );
    expect(types.filter((type) => type === 'journal.poisoned')).toHaveLength(1);
    one.close();
    two.close();
  });

  it('is over once a copy without the poisoned line stands in the place of the journal', async () => {
    const files = failingFiles(nodeFiles);
    const one = new JournalProcess({ within: folder(), files });
    await one.create();
    files.arm({ op: 'fdatasync', errno: 'EIO' });
    await Promise.allSettled([one.post('a')]);
    await expect(one.post('b')).rejects.toMatchObject({ code: 'read_only' });
    const path = journalFile(folder());
    const lines = fs.readFileSync(path, 'utf8').split('\n');
    fs.writeFileSync(`${path}.new`, lines.filter((line) => !line.includes('"journal.poisoned"')).join('\n'));
    fs.renameSync(`${path}.new`, path);
    await one.post('c');
    const two = new JournalProcess({ within: folder() });
    await two.post('d');
    expect(textsIn(plainFold(fs.readFileSync(path))).slice(-2)).toEqual(['c', 'd']);
    one.close();
    two.close();
  });

  it('of one process reaches a writer of another that waits for its own', async () => {
    const failing = failingFiles(nodeFiles);
    const gated = gatedFiles(nodeFiles);
    const one = new JournalProcess({ within: folder(), files: failing });
    const two = new JournalProcess({ within: folder(), files: gated });
    await one.create();
    await two.post('kept');
    const held = gated.hold('fdatasync');
    const waiting = two.post('waiting');
    waiting.catch(() => {});
    await held.reached;
    failing.arm({ op: 'fdatasync', errno: 'EIO' });
    await expect(one.post('fails')).rejects.toMatchObject({ code: 'outcome_unknown' });
    held.letGo();
    await expect(waiting).rejects.toMatchObject({ code: 'outcome_unknown' });
    one.close();
    two.close();
  });

  it('of one process keeps another from answering what writes nothing', async () => {
    const failing = failingFiles(nodeFiles);
    const gated = gatedFiles(nodeFiles);
    const one = new JournalProcess({ within: folder(), files: failing });
    const two = new JournalProcess({ within: folder(), files: gated });
    await one.create();
    const held = gated.hold('fdatasync');
    const noop = two.write(() => []);
    noop.catch(() => {});
    await held.reached;
    failing.arm({ op: 'fdatasync', errno: 'EIO' });
    await expect(one.post('fails')).rejects.toMatchObject({ code: 'outcome_unknown' });
    held.letGo();
    await expect(noop).rejects.toMatchObject({ code: 'read_only' });
    one.close();
    two.close();
  });

  it('is not hidden by a folder that could not be opened at the same moment', async () => {
    const files = failingFiles(nodeFiles);
    const both = {
      ...files,
      syncFolder: () =>
        Promise.reject(Object.assign(new Error('EMFILE: open'), { code: 'EMFILE', syscall: 'open' })),
    };
    const process = new JournalProcess({ within: folder(), files: both });
    files.arm({ op: 'fdatasync', errno: 'EIO' });
    await expect(process.create()).rejects.toMatchObject({ code: 'outcome_unknown' });
    await expect(process.create()).rejects.toMatchObject({ code: 'read_only' });
    process.close();
    expect(openDescriptors(folder())).toBe(0);
  });

  it('refuses in this process even when the journal could not be marked', async () => {
    const files = failingFiles(nodeFiles);
    const process = new JournalProcess({ within: folder(), files });
    await process.create();
    const both = {
      ...files,
      fdatasync: () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })),
    };
    const broken = new JournalProcess({ within: folder(), files: both });
    await broken.journal.catchUp();
    files.arm({ op: 'append', errno: 'EIO', after: 1, times: Number.POSITIVE_INFINITY });
    await expect(broken.post('one')).rejects.toMatchObject({ code: 'outcome_unknown' });
    await expect(broken.post('two')).rejects.toMatchObject({ code: 'read_only' });
    // Also through a handle that was opened later, whose descriptor was told nothing.
    files.disarm();
    const later = new JournalProcess({ within: folder() });
    await expect(later.post('three')).rejects.toMatchObject({ code: 'read_only' });
    expect(await later.lastSeq()).toBe(1);
    process.close();
    broken.close();
  });

  it('does not poison another file that was put in its place', async () => {
    const gated = gatedFiles(nodeFiles);
    const files = {
      ...gated,
      fdatasync: (fd: number) => gated.fdatasync(fd).then(() => Promise.reject(new Error('EIO'))),
    };
    const healthy = new JournalProcess({ within: folder() });
    await healthy.create();
    await healthy.post('kept');
    const copy = fs.readFileSync(journalFile(folder()));
    const process = new JournalProcess({ within: folder(), files });
    const held = gated.hold('fdatasync');
    const write = process.post('lost');
    await held.reached;
    fs.writeFileSync(`${journalFile(folder())}.new`, copy);
    fs.renameSync(`${journalFile(folder())}.new`, journalFile(folder()));
    held.letGo();
    await expect(write).rejects.toMatchObject({ code: 'outcome_unknown' });
    await healthy.post('goes on');
    expect(textsIn(plainFold(fs.readFileSync(journalFile(folder()))))).toEqual(['kept', 'goes on']);
    healthy.close();
    process.close();
  });
});

describe('descriptors', () => {
  it('are given back, also when closing comes during a sync', async () => {
    const files = gatedFiles(nodeFiles);
    const process = new JournalProcess({ within: folder(), files });
    await process.create();
    const held = files.hold('fdatasync');
    const write = process.post('one');
    await held.reached;
    process.close();
    expect(openDescriptors(folder())).toBe(1);
    held.letGo();
    await write;
    expect(openDescriptors(folder())).toBe(0);
    await process.post('two');
    expect(openDescriptors(folder())).toBe(1);
    process.close();
    expect(openDescriptors(folder())).toBe(0);
  });
});
