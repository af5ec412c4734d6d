import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { patchTaskspace } from '../../src/domain/command.js';
import { addTask, putPlan } from '../../src/domain/plan-command.js';
import { Objects } from '../../src/store/files/blobs/objects.js';
import { Mirror } from '../../src/store/files/mirror/mirror.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';
import { ID, StoreOfOne } from './store-of-one.js';

const dataDir = temporaryFolder();

/** Ways in which a folder gets other times than it had. */
const COPIES: readonly (readonly [string, (from: string, to: string) => void])[] = [
  ['cp -r', (from, to) => void execFileSync('cp', ['-r', from, to])],
  [
    'tar -m',
    (from, to) => {
      fs.mkdirSync(to);
      const tar = execFileSync('tar', ['-C', from, '-cf', '-', '.']);
      execFileSync('tar', ['-C', to, '-xmf', '-'], { input: tar });
    },
  ],
  [
    'touch',
    (from, to) => {
      fs.cpSync(from, to, { recursive: true, preserveTimestamps: true });
      for (const name of ['plan.json', 'taskspace.json', 'artifacts/a/b', 'artifacts/gone'])
        if (fs.existsSync(path.join(to, name))) fs.utimesSync(path.join(to, name), 1e9, 1e9);
    },
  ],
  [
    'whole seconds, as some archives have',
    (from, to) => {
      fs.cpSync(from, to, { recursive: true });
      for (const name of ['plan.json', 'taskspace.json', 'artifacts/a/b']) {
        const seconds = Math.floor(fs.statSync(path.join(from, name)).mtimeMs / 1000);
        fs.utimesSync(path.join(to, name), seconds, seconds);
      }
    },
  ],
];

/** A taskspace with everything, and a store over a copy of it. */
async function copied(copy: (from: string, to: string) => void): Promise<StoreOfOne> {
  const one = new StoreOfOne(path.join(dataDir(), 'first'));
  await one.create();
  await one.put('a/b', 'v1');
  await one.write(putPlan({ goal: 'g', tasks: [{ id: 't', name: 'n' }] }, {}));
  one.close();
  fs.mkdirSync(path.join(dataDir(), 'second/taskspaces'), { recursive: true });
  copy(one.at(), path.join(dataDir(), 'second/taskspaces', ID));
  const two = new StoreOfOne(path.join(dataDir(), 'second'));
  await two.present();
  return two;
}

const textAt = (one: StoreOfOne, name: string): string => fs.readFileSync(one.at(name), 'utf8');

describe.each(COPIES)('the plain files of a taskspace that was copied by %s', (_how, copy) => {
  it('change with the next write, and go with a delete', async () => {
    const two = await copied(copy);
    await two.put('a/b', 'v2');
    await two.write(putPlan({ goal: 'other' }, {}));
    await two.write(patchTaskspace({ name: 'other' }, {}));
    expect(two.plain('a/b')).toBe('v2');
    expect(textAt(two, 'plan.json')).toContain('"goal": "other"');
    expect(textAt(two, 'taskspace.json')).toContain('"name": "other"');
    await two.delete();
    expect(fs.readdirSync(two.at()).filter((name) => name.endsWith('.json'))).toEqual([]);
    expect(two.plain('a/b')).toBeNull();
    expect(two.skipped).toEqual([]);
    two.close();
  });

  it('go with a delete that comes first', async () => {
    const two = await copied(copy);
    await two.delete();
    expect(fs.readdirSync(two.at()).filter((name) => name.endsWith('.json'))).toEqual([]);
    expect(two.plain('a/b')).toBeNull();
    two.close();
  });

  it('get their times back at the first look', async () => {
    const two = await copied(copy);
    await two.folder.repairMirror();
    await two.folder.repairMirror('a/b');
    const { metadata, artifacts } = await two.present();
    const mtime = (name: string): number => Math.round(fs.statSync(two.at(name)).mtimeMs);
    expect(mtime('taskspace.json')).toBe(Date.parse(metadata?.at ?? ''));
    expect(mtime('artifacts/a/b')).toBe(Date.parse(artifacts.get('a/b')?.revisions.at(-1)?.at ?? ''));
    expect(two.skipped).toEqual([]);
    two.close();
  });

  it('are left alone once a person has edited them', async () => {
    const two = await copied(copy);
    const plan = textAt(two, 'plan.json').replace('"g"', '"h"');
    fs.writeFileSync(two.at('plan.json'), plan);
    fs.writeFileSync(two.at('artifacts/a/b'), 'v3');
    await two.put('a/b', 'v2');
    await two.write(addTask({ name: 'x' }));
    await two.delete();
    expect(textAt(two, 'plan.json')).toBe(plan);
    expect(two.plain('a/b')).toBe('v3');
    expect(two.skipped.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['plan.json', 'artifacts/a/b']),
    );
    two.close();
  });
});

describe('a plan.json of an older revision under another time', () => {
  it('is one of ours as well', async () => {
    const one = new StoreOfOne(dataDir());
    await one.create();
    await one.write(putPlan({ goal: 'g' }, {}));
    const older = textAt(one, 'plan.json');
    for (let n = 0; n < 3; n++) await one.write(addTask({ name: `${n}` }));
    fs.writeFileSync(one.at('plan.json'), older);
    fs.utimesSync(one.at('plan.json'), 1e9, 1e9);
    await one.write(addTask({ name: 'last' }));
    expect(textAt(one, 'plan.json')).toContain('"last"');
    expect(one.skipped).toEqual([]);
    one.close();
  });
});

describe('a plain file that another process writes at the same moment', () => {
  it('is never called somebody else’s', async () => {
    const one = new StoreOfOne(dataDir());
    await one.create();
    await one.write(putPlan({ goal: 'first' }, {}));
    const two = new StoreOfOne(dataDir());
    await two.present();
    const skipped: string[] = [];
    let crossings = 1;
    const files = new Mirror({
      folder: one.at(),
      objects: new Objects(one.at()),
      // The other one commits, and writes the file, between this look at the journal and what is made of it.
      present: async () => {
        const state = structuredClone(await one.present());
        if (crossings-- > 0) await two.write(addTask({ name: `${crossings}` }));
        return state;
      },
      wasOnceText: () => Promise.resolve(false),
      onSkipped: (name, reason) => void skipped.push(`${name}: ${reason}`),
    });
    await files.update(['plan.json']);
    expect(skipped).toEqual([]);
    expect(textAt(one, 'plan.json')).toContain('"0"');
    one.close();
    two.close();
  });
});
