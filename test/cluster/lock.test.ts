import { cpSync, existsSync, mkdirSync, renameSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDir } from '../../src/cluster/lock.js';
import { livenessOf, thisProcess } from '../../src/cluster/lock-owner.js';
import { StartError } from '../../src/config/start-error.js';
import { eventually } from '../kit/eventually.js';
import { ownedFolder } from '../kit/owned-folder.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

let folder: ReturnType<typeof ownedFolder>;

beforeEach(() => {
  folder = ownedFolder();
});

afterEach(() => folder.remove());

function leaveBehind(owner: object): void {
  mkdirSync(join(folder.path, 'primary.lock'));
  writeFileSync(join(folder.path, 'primary.json'), JSON.stringify(owner));
}

describe('the lock of a data folder', () => {
  it('is had by one at a time, and is free again after release', async () => {
    const first = await lockDataDir(folder.path, silent);
    const refused = lockDataDir(folder.path, silent);
    await expect(refused).rejects.toThrow(StartError);
    await expect(refused).rejects.toThrow(`process ${process.pid}`);
    await first.release();
    await (await lockDataDir(folder.path, silent)).release();
    expect(existsSync(join(folder.path, 'primary.lock'))).toBe(false);
  });

  it('goes to exactly one of several that find a dead one’s place', async () => {
    leaveBehind({ ...thisProcess(folder.path), startTicks: '1' });
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => lockDataDir(folder.path, silent)));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await Promise.all(won.map(({ value }) => value.release()));
  });

  it('is judged by its age when nobody can tell whether its holder lives', async () => {
    leaveBehind({ ...thisProcess(folder.path), namespace: 'pid:[1]' });
    const lock = await lockDataDir(folder.path, silent);
    expect(lock.held()).toBe(true);
    await lock.release();
  });

  it('that is lost is only marked and told: nothing ends', async () => {
    const change: string[] = [];
    const lock = await lockDataDir(folder.path, { ...silent, error: (_, message) => change.push(message) });
    rmdirSync(join(folder.path, 'primary.lock'));
    await eventually(() => expect(lock.held()).toBe(false));
    expect(change).toEqual([expect.stringContaining('lock of the data folder is lost')]);
    await lock.release();
  });
});

describe('the fate of a holder', () => {
  it('is told by process id and start time, within a boot, a namespace and a folder', () => {
    const dir = folder.path;
    const here = thisProcess(dir);
    expect(livenessOf(here, dir)).toBe('alive');
    expect(livenessOf({ ...here, pid: 0x3fffff }, dir)).toBe('dead');
    expect(livenessOf({ ...here, startTicks: '1' }, dir)).toBe('dead');
    expect(livenessOf({ ...here, boot: 'another' }, dir)).toBe('dead');
    expect(livenessOf({ ...here, namespace: 'pid:[1]' }, dir)).toBe('unknown');
    expect(livenessOf({ ...here, folder: '1:1' }, dir)).toBe('dead');
    // As earlier versions left it.
    expect(livenessOf({ ...here, folder: null }, dir)).toBe('alive');
  });
});

describe('a data folder in use', () => {
  it('is free as a copy, which both the holder and the one of the copy keep', async () => {
    const original = join(folder.path, 'original');
    const copy = join(folder.path, 'copy');
    mkdirSync(original);
    const first = await lockDataDir(original, silent);
    cpSync(original, copy, { recursive: true });
    const second = await lockDataDir(copy, silent);
    await expect(lockDataDir(copy, silent)).rejects.toThrow(StartError);
    await expect(lockDataDir(original, silent)).rejects.toThrow(StartError);
    expect([first.held(), second.held()]).toEqual([true, true]);
    await Promise.all([first.release(), second.release()]);
  });

  it('is refused under every other name: a link to it, and what it was renamed to', async () => {
    const original = join(folder.path, 'original');
    mkdirSync(original);
    const lock = await lockDataDir(original, silent);
    symlinkSync(original, join(folder.path, 'link'));
    await expect(lockDataDir(join(folder.path, 'link'), silent)).rejects.toThrow('is in use by');
    renameSync(original, join(folder.path, 'renamed'));
    await expect(lockDataDir(join(folder.path, 'renamed'), silent)).rejects.toThrow('is in use by');
    renameSync(join(folder.path, 'renamed'), original);
    await lock.release();
  });
});
