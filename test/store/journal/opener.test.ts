import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createPlain,
  holdFolder,
  listFolder,
  lookAt,
  openPlain,
  placePlain,
  removeEmptyFolder,
  removePlain,
  renamePlain,
  syncFolder,
} from '../../../src/store/files/journal/opener.js';
import { openDescriptors, temporaryFolder } from '../../kit/files/temporary-folder.js';

const root = temporaryFolder();
const folder = (...names: string[]): string => path.join(root(), 'ts', ...names);
const outside = (...names: string[]): string => path.join(root(), 'outside', ...names);

beforeEach(() => {
  fs.mkdirSync(folder('a/b'), { recursive: true });
  fs.writeFileSync(folder('a/b/file'), 'inside');
  fs.mkdirSync(outside('b'), { recursive: true });
  for (const name of ['file', 'b/file']) fs.writeFileSync(outside(name), 'outside');
});

const CALLS: readonly (readonly [string, (name: string) => unknown])[] = [
  ['open', (name) => openPlain(folder(), name)],
  ['create', (name) => createPlain(folder(), `${name}-new`)],
  ['rename to it', (name) => renamePlain(folder(), 'own', `${name}-new`)],
  ['rename from it', (name) => renamePlain(folder(), name, 'own')],
  ['place', (name) => placePlain(folder(), 'own', `${name}-new`)],
  ['remove', (name) => removePlain(folder(), name)],
  ['remove its folder', (name) => removeEmptyFolder(folder(), path.dirname(`${name}/x`))],
  ['list', (name) => listFolder(folder(), path.dirname(name))],
  ['sync', (name) => syncFolder(folder(), path.dirname(name))],
];

describe.each(CALLS)('to %s', (_name, call) => {
  it.each([
    ['a link in the middle of the way', 'a', 'a/b/file'],
    ['a link at the end of the way', 'a/b', 'a/b/file'],
    ['a link to the taskspace itself', '', 'a/b/file'],
  ])('does nothing behind %s', async (_where, linked, name) => {
    fs.writeFileSync(folder('own'), 'own');
    if (linked === '') fs.writeFileSync(outside('own'), 'own');
    fs.rmSync(folder(linked), { recursive: true });
    if (linked === '') fs.mkdirSync(outside('a/b'), { recursive: true });
    fs.symlinkSync(outside(linked === 'a/b' ? 'b' : ''), folder(linked).replace(/\/$/, ''));
    const before = treeOf(outside());
    await expect((async () => call(name))()).rejects.toMatchObject({ code: 'damaged' });
    expect(treeOf(outside())).toEqual(before);
    expect(openDescriptors(root())).toBe(0);
  });

  it.each(['../outside/file', 'a/../../outside/file', '/etc/passwd', 'a//file', './x/y'])(
    'takes %s for no name below the folder',
    async (name) => {
      fs.writeFileSync(folder('own'), 'own');
      const before = treeOf(outside());
      await expect((async () => call(name))()).rejects.toMatchObject({ code: 'damaged' });
      expect(treeOf(outside())).toEqual(before);
    },
  );
});

describe('to open', () => {
  it('takes regular files alone, and waits for nobody', () => {
    execFileSync('mkfifo', [folder('fifo')]);
    fs.symlinkSync('a/b/file', folder('link'));
    for (const name of ['fifo', 'link', 'a'])
      expect(() => openPlain(folder(), name)).toThrow(expect.objectContaining({ code: 'damaged' }));
    for (const name of ['fifo', 'link', 'a', 'a/b/file/x']) expect(lookAt(folder(), name)).toBe('odd');
    expect(openPlain(folder(), 'none')).toBeNull();
    expect(openPlain(folder(), 'none/none')).toBeNull();
    expect(lookAt(folder(), 'none/none')).toBeNull();
  });
});

describe('a held folder', () => {
  it('stays the one that it was when a link is put at its name', () => {
    const held = holdFolder(folder(), 'a/b');
    fs.renameSync(folder('a/b'), folder('a/away'));
    fs.symlinkSync(outside(), folder('a/b'));
    expect(fs.readFileSync(`${held?.at}/file`, 'utf8')).toBe('inside');
    held?.close();
  });

  it('is reached without links where open folders have no paths', () => {
    const held = holdFolder(folder(), 'a/b', { descriptors: null });
    expect(held?.at).toBe(folder('a/b'));
    held?.close();
    fs.symlinkSync(outside(), folder('a/link'));
    expect(() => holdFolder(folder(), 'a/link/b', { descriptors: null })).toThrow(
      expect.objectContaining({ code: 'damaged' }),
    );
  });
});

function treeOf(of: string): string[] {
  const names = fs.readdirSync(of, { recursive: true }).map(String).sort();
  return names.map((name) => `${name} ${fs.lstatSync(path.join(of, name)).ctimeMs}`);
}
