import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { idsIn } from '../../src/app/taskspaces/ids-in.js';
import { patchTaskspace } from '../../src/domain/command.js';
import { addTask, putPlan } from '../../src/domain/plan-command.js';
import { Objects } from '../../src/store/files/blobs/objects.js';
import { Mirror } from '../../src/store/files/mirror/mirror.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';
import { ID, StoreOfOne, sha256Of } from './store-of-one.js';

const dataDir = temporaryFolder();

async function created(): Promise<StoreOfOne> {
  const one = new StoreOfOne(dataDir());
  await one.create();
  return one;
}

/** Another handle, as another process has one. */
async function another(): Promise<StoreOfOne> {
  const two = new StoreOfOne(dataDir());
  await two.present();
  return two;
}

/** As if the process had been killed between its commit and the mirror that follows it. */
async function killedBeforeMirror(one: StoreOfOne, write: () => Promise<unknown>): Promise<void> {
  const real = Mirror.prototype.update;
  Mirror.prototype.update = () => Promise.resolve();
  try {
    await write();
  } finally {
    Mirror.prototype.update = real;
  }
  one.close();
}

describe('the mirror', () => {
  it('shows the newest revision of each artifact under the time of its commit', async () => {
    const one = await created();
    await one.put('a/b/c.txt', 'one');
    await one.put('a/b/c.txt', 'second');
    expect(one.plain('a/b/c.txt')).toBe('second');
    const { at } = (await one.present()).artifacts.get('a/b/c.txt')?.revisions.at(-1) ?? { at: '' };
    expect(Math.round(fs.statSync(one.at('artifacts/a/b/c.txt')).mtimeMs)).toBe(Date.parse(at));
    expect(one.skipped).toEqual([]);
    one.close();
  });

  it('shows metadata and plan as the bodies of their PUT, with their revision', async () => {
    const one = await created();
    await one.write(patchTaskspace({ name: 'n' }, {}));
    await one.write(putPlan({ goal: 'g', tasks: [{ id: 't', name: 'n' }] }, {}));
    expect(JSON.parse(fs.readFileSync(one.at('taskspace.json'), 'utf8'))).toMatchObject({
      revision: 2,
      name: 'n',
    });
    expect(JSON.parse(fs.readFileSync(one.at('plan.json'), 'utf8'))).toMatchObject({
      revision: 1,
      goal: 'g',
      tasks: [{ id: 't' }],
    });
    one.close();
  });

  it('loses a file with its artifact, and the folders that are empty then', async () => {
    const one = await created();
    await one.put('a/b/c', 'x');
    await one.put('a/d', 'y');
    await one.remove('a/b/c');
    expect(fs.existsSync(one.at('artifacts/a/b'))).toBe(false);
    expect(one.plain('a/d')).toBe('y');
    one.close();
  });

  it('goes with its taskspace, which keeps its folder, and comes back under the same paths', async () => {
    const one = await created();
    await one.put('a/b', 'old');
    await one.write(putPlan({ goal: 'g' }, {}));
    await one.delete();
    expect(fs.readdirSync(one.at()).filter((name) => !name.startsWith('.'))).toEqual([
      'artifacts',
      'journal.jsonl',
    ]);
    expect(fs.readdirSync(one.at('artifacts'))).toEqual([]);
    await one.create();
    await one.put('a/b', 'new');
    expect(one.plain('a/b')).toBe('new');
    expect(one.skipped).toEqual([]);
    one.close();
  });

  it('follows when a file becomes a folder, and back', async () => {
    const one = await created();
    await one.put('a', 'file');
    await one.remove('a');
    await one.put('a/b', 'below');
    expect(one.plain('a/b')).toBe('below');
    await one.remove('a/b');
    await one.put('a', 'file again');
    expect(one.plain('a')).toBe('file again');
    one.close();
  });
});

describe('what a killed writer left behind', () => {
  it('is put right: an older revision, a missing file, metadata and plan', async () => {
    const one = await created();
    await one.put('a', 'old');
    await killedBeforeMirror(one, async () => {
      await one.put('a', 'newer');
      await one.put('b', 'missing');
      await one.write(patchTaskspace({ name: 'n' }, {}));
      await one.write(addTask({ name: 'x' }));
    });
    const two = await another();
    await two.folder.repairMirror();
    await two.folder.repairMirror('a');
    await two.folder.repairMirror('b');
    expect([two.plain('a'), two.plain('b')]).toEqual(['newer', 'missing']);
    expect(fs.readFileSync(two.at('taskspace.json'), 'utf8')).toContain('"name": "n"');
    expect(fs.readFileSync(two.at('plan.json'), 'utf8')).toContain('"name": "x"');
    two.close();
  });

  it('is put right: the file of a deleted artifact goes', async () => {
    const one = await created();
    await one.put('a', 'old');
    await killedBeforeMirror(one, () => one.remove('a'));
    const two = await another();
    expect(two.plain('a')).toBe('old');
    await two.folder.repairMirror('a');
    expect(two.plain('a')).toBeNull();
    two.close();
  });

  it('is put right by the next write of the same path', async () => {
    const one = await created();
    await one.put('a', 'old');
    await killedBeforeMirror(one, () => one.put('a', 'lost between'));
    const two = await another();
    await two.put('a', 'newest');
    expect(two.plain('a')).toBe('newest');
    two.close();
  });

  it('of a deleted taskspace goes when its id is used again', async () => {
    const one = await created();
    await one.put('a/b', 'old');
    await killedBeforeMirror(one, () => one.delete());
    const two = await another();
    await two.create();
    expect(two.plain('a/b')).toBeNull();
    two.close();
  });
});

describe('what somebody else wrote', () => {
  const edits: [string, (file: string) => void][] = [
    ['in place', (file) => fs.writeFileSync(file, 'edited')],
    [
      'by rename',
      (file) => {
        fs.writeFileSync(`${file}~`, 'edited');
        fs.renameSync(`${file}~`, file);
      },
    ],
    [
      'under our time, with another size',
      (file) => {
        const { atime, mtime } = fs.statSync(file);
        fs.writeFileSync(file, 'edited');
        fs.utimesSync(file, atime, mtime);
      },
    ],
  ];

  it.each(edits)(
    '(%s) is never touched, while the artifact is served from its object',
    async (_name, edit) => {
      const one = await created();
      await one.put('a', 'ours');
      edit(one.at('artifacts/a'));
      await one.put('a', 'newer');
      expect(one.plain('a')).toBe('edited');
      await one.folder.repairMirror('a');
      await one.remove('a');
      expect(one.plain('a')).toBe('edited');
      expect(one.skipped.length).toBeGreaterThan(0);
      one.close();
    },
  );

  it('as plan.json or taskspace.json is never touched', async () => {
    const one = await created();
    fs.writeFileSync(one.at('plan.json'), 'mine');
    fs.writeFileSync(one.at('taskspace.json'), 'mine');
    await one.write(putPlan({ goal: 'g' }, {}));
    await one.write(patchTaskspace({ name: 'n' }, {}));
    await one.delete();
    expect(fs.readFileSync(one.at('plan.json'), 'utf8')).toBe('mine');
    expect(fs.readFileSync(one.at('taskspace.json'), 'utf8')).toBe('mine');
    one.close();
  });

  it('at a path that is new to us is never touched', async () => {
    const one = await created();
    fs.mkdirSync(one.at('artifacts'), { recursive: true });
    fs.writeFileSync(one.at('artifacts/a'), 'mine');
    await one.put('a', 'ours');
    expect(one.plain('a')).toBe('mine');
    one.close();
  });

  it('below a folder of ours keeps that folder when ours goes', async () => {
    const one = await created();
    await one.put('a/b', 'ours');
    fs.writeFileSync(one.at('artifacts/a/mine'), 'mine');
    await one.remove('a/b');
    expect(fs.readFileSync(one.at('artifacts/a/mine'), 'utf8')).toBe('mine');
    one.close();
  });

  it.each(['a', 'a/b', 'a/b/c'])(
    'as a symlink at %s is not followed: nothing outside is written, read or removed',
    async (where) => {
      const one = await created();
      const outside = path.join(dataDir(), 'outside');
      fs.mkdirSync(path.join(outside, 'b'), { recursive: true });
      for (const name of ['c', 'b/c', 'file'])
        if (!fs.existsSync(path.join(outside, name))) fs.writeFileSync(path.join(outside, name), 'outside');
      fs.mkdirSync(path.dirname(one.at('artifacts', where)), { recursive: true });
      fs.symlinkSync(where === 'a/b/c' ? path.join(outside, 'file') : outside, one.at('artifacts', where));
      const before = treeOf(outside);
      await one.put('a/b/c', 'ours');
      await one.folder.repairMirror('a/b/c');
      await one.remove('a/b/c');
      expect(treeOf(outside)).toEqual(before);
      expect(fs.lstatSync(one.at('artifacts', where)).isSymbolicLink()).toBe(true);
      one.close();
    },
  );

  it('as a folder, where a file of ours should be, stays', async () => {
    const one = await created();
    fs.mkdirSync(one.at('artifacts/a/sub'), { recursive: true });
    fs.mkdirSync(one.at('plan.json'));
    await one.put('a', 'ours');
    await one.write(putPlan({ goal: 'g' }, {}));
    await one.folder.repairMirror();
    expect(fs.statSync(one.at('artifacts/a/sub')).isDirectory()).toBe(true);
    expect(fs.statSync(one.at('plan.json')).isDirectory()).toBe(true);
    one.close();
  });

  it('as a FIFO blocks nobody', async () => {
    const one = await created();
    const { execFileSync } = await import('node:child_process');
    fs.mkdirSync(one.at('artifacts'), { recursive: true });
    execFileSync('mkfifo', [one.at('artifacts/a'), one.at('plan.json')]);
    await one.put('a', 'ours');
    await one.write(putPlan({ goal: 'g' }, {}));
    await one.folder.repairMirror('a');
    expect(fs.lstatSync(one.at('artifacts/a')).isFIFO()).toBe(true);
    one.close();
  });
});

describe('several handles', () => {
  it('that write the same path at once end with the newest', async () => {
    const one = await created();
    const others = [one, await another(), await another()];
    for (let round = 0; round < 15; round++) {
      await Promise.all(
        others.flatMap((other, n) => [
          other.put('a', `${round} ${n} first`),
          other.put('a', `${round} ${n}`),
        ]),
      );
      const newest = (await one.present()).artifacts.get('a')?.revisions.at(-1)?.sha256;
      expect(sha256Of(one.plain('a') ?? '')).toBe(newest);
      const { version } = (await one.present()).plan;
      expect(version).toBeNull();
    }
    expect(others.flatMap(({ skipped }) => skipped)).toEqual([]);
    for (const other of others) other.close();
  });

  it('that write and delete the same path at once end with what is true', async () => {
    const one = await created();
    const two = await another();
    for (let round = 0; round < 15; round++) {
      await one.put('a/b', `${round}`);
      await Promise.allSettled([
        one.remove('a/b'),
        two.put('a/b', `${round} again`),
        one.put('c', String(round)),
        two.remove('a/b'),
      ]);
      const newest = (await one.present()).artifacts.get('a/b')?.revisions.at(-1);
      const plain = one.plain('a/b');
      expect(plain === null ? null : sha256Of(plain)).toBe(newest?.sha256);
    }
    one.close();
    two.close();
  });

  it('of one process: a name that comes as the last one ends is not forgotten', async () => {
    const one = await created();
    await one.put('a', 'x');
    await one.put('b', 'y');
    const state = await one.present();
    for (let turns = 0; turns < 16; turns++) {
      let second: Promise<void> = Promise.resolve();
      let called = false;
      async function late(): Promise<void> {
        for (let turn = 0; turn < turns; turn++) await null;
        second = files.update(['artifacts/b']);
      }
      const files: Mirror = new Mirror({
        folder: one.at(),
        objects: new Objects(one.at()),
        present: () => {
          if (!called) {
            called = true;
            void late();
          }
          return Promise.resolve(state);
        },
        wasOnceText: () => Promise.resolve(false),
        onSkipped: (name, reason) => {
          throw new Error(`${name}: ${reason}`);
        },
      });
      fs.rmSync(one.at('artifacts/b'), { force: true });
      await files.update(['artifacts/a']);
      for (let turn = 0; turn < 20; turn++) await null;
      await second;
      expect(one.plain('b')).toBe('y');
    }
    one.close();
  });
});

function treeOf(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true })
    .map(String)
    .sort()
    .map((name) => {
      const stat = fs.statSync(path.join(folder, name));
      return `${name} ${stat.isFile() ? fs.readFileSync(path.join(folder, name), 'utf8') : 'folder'} ${stat.mtimeMs}`;
    });
}

describe('ids', () => {
  it('are those of folders, sorted; dot names and odd names are none', async () => {
    const one = await created();
    for (const name of ['.half', 'UPPER', 'z', 'a-b']) fs.mkdirSync(path.join(dataDir(), 'taskspaces', name));
    expect(await idsIn(one.store)).toEqual(['a-b', ID, 'z']);
    one.close();
  });
});
