import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { processStart } from '../../src/platform/live-process.js';
import { temporaryName } from '../../src/store/files/journal/temporary-name.js';
import { LeftOvers, removeLeftOvers } from '../../src/store/files/left-overs.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();
const folder = (): string => path.join(dataDir(), 'taskspaces/ts');
const tmp = (...names: string[]): string => path.join(folder(), '.taskspace/tmp', ...names);
const DAY_MS = 86_400_000;

/** As of a process that ran a moment ago. */
function nameOfDead(): string {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return `${pid}-${processStart(process.pid)?.startTicks}-0123456789abcdef`;
}

beforeEach(() => {
  fs.mkdirSync(tmp(), { recursive: true });
});

describe('what is left in the folder of temporary files', () => {
  it('goes when the process that wrote it is gone, however short ago, and stays while it lives', () => {
    const own = path.basename(temporaryName());
    const ofAnother = `${process.pid}-1-0123456789abcdef`;
    for (const name of [own, nameOfDead(), ofAnother]) fs.writeFileSync(tmp(name), 'half');
    removeLeftOvers(folder(), Date.now());
    expect(fs.readdirSync(tmp())).toEqual([own]);
  });

  it('goes after a day when its name does not say whose it is', () => {
    for (const name of ['0123456789abcdef01234567', 'snapshot-0123456789abcdef'])
      fs.writeFileSync(tmp(name), 'x');
    removeLeftOvers(folder(), Date.now());
    expect(fs.readdirSync(tmp())).toHaveLength(2);
    removeLeftOvers(folder(), Date.now() + DAY_MS + 1_000);
    expect(fs.readdirSync(tmp())).toEqual([]);
  });

  it('is not looked for behind a link, and nothing but files goes', () => {
    const outside = path.join(dataDir(), 'outside');
    fs.mkdirSync(outside);
    fs.writeFileSync(path.join(outside, nameOfDead()), 'outside');
    fs.symlinkSync(outside, tmp(nameOfDead()));
    fs.mkdirSync(tmp('999999-1-0123456789abcdef'));
    removeLeftOvers(folder(), Date.now());
    expect(fs.readdirSync(tmp())).toHaveLength(2);
    fs.rmSync(tmp(), { recursive: true });
    fs.symlinkSync(outside, tmp());
    expect(() => removeLeftOvers(folder(), Date.now())).toThrow();
    expect(fs.readdirSync(outside)).toHaveLength(1);
  });
});

describe('the rounds', () => {
  it('go on behind a taskspace that is odd, and come when they are asked for', async () => {
    const second = path.join(dataDir(), 'taskspaces/second/.taskspace/tmp');
    fs.mkdirSync(second, { recursive: true });
    fs.rmSync(tmp(), { recursive: true });
    fs.symlinkSync(second, tmp());
    async function* someIds(): AsyncGenerator<string[]> {
      yield ['ts', 'none', 'second'];
    }
    const onTrouble = vi.fn();
    const leftOvers = new LeftOvers(dataDir(), { someIds }, onTrouble, 1e9);
    fs.writeFileSync(path.join(second, nameOfDead()), 'half');
    leftOvers.begin();
    leftOvers.begin();
    await vi.waitFor(() => expect(fs.readdirSync(second)).toEqual([]));
    expect(onTrouble).not.toHaveBeenCalled();
    await leftOvers.close();
  });
});
