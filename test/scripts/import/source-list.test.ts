import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFolder } from '../../../scripts/import/folder.js';
import { listSources } from '../../../scripts/import/source-list.js';
import { suffixed, taskspaceIdOf } from '../../../scripts/import/taskspace-id.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'taskspace-import-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function file(path: string, text = path): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

describe('what the named files and folders are', () => {
  it('takes a folder of runs as a list of them, and says what it left out', async () => {
    file('b.TRAJ');
    file('a.jsonl');
    file('c.json', '[{"role":"user","content":"a"}]');
    file('README.md');
    const { sources, notes } = await listSources([root], undefined);
    expect(sources.map(({ kind, name }) => [kind, name])).toEqual([
      ['recording', 'a.jsonl'],
      ['recording', 'b.TRAJ'],
      ['recording', 'c.json'],
    ]);
    expect(notes).toEqual([`${root}: a list of runs; left out README.md`]);
  });

  it('takes any other folder as one source, unless it is told otherwise', async () => {
    file('b.traj');
    file('package.json', '{"name":"x"}');
    expect((await listSources([root], undefined)).sources.map(({ kind }) => kind)).toEqual(['folder']);
    expect((await listSources([root], 'runs')).sources.map(({ name }) => name)).toEqual(['b.traj']);
  });

  it('takes a named file for a recording, or for what it is told', async () => {
    const text = file('notes.txt');
    expect((await listSources([text], undefined)).sources.map(({ kind }) => kind)).toEqual(['recording']);
    expect((await listSources([text], 'file')).sources.map(({ kind }) => kind)).toEqual(['file']);
  });

  it('names what is missing or cannot be, and goes on', async () => {
    const { sources, bad } = await listSources([join(root, 'none'), root, file('a.traj')], 'file');
    expect(sources).toHaveLength(1);
    expect(bad.map(({ reason }) => reason)).toEqual([
      'there is no such file or folder',
      'it is a folder; --as folder keeps all files in it',
    ]);
  });
});

describe('a folder', () => {
  it('gives every file as an artifact and leaves out repositories, packages and links', async () => {
    file('src/main.ts', 'main');
    file('Ä.txt', 'umlaut');
    file('.git/config');
    file('sub/node_modules/x/index.js');
    symlinkSync('/etc/passwd', join(root, 'link'));
    const { artifacts, notes, source } = await readFolder(root, basename(root));
    expect(artifacts.map(({ path, size }) => [path, size])).toEqual([
      ['src/main.ts', 4],
      ['Ä.txt', 6],
    ]);
    expect(notes).toHaveLength(1);
    for (const name of ['.git', 'sub/node_modules', 'link (symlink)']) expect(notes[0]).toContain(name);
    const list = artifacts.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');
    expect(source).toEqual({
      folder: basename(root),
      sha256: createHash('sha256').update(list).digest('hex'),
    });
  });

  it('is refused whole when a name cannot be a path, before anything is written', async () => {
    file('good.txt');
    file('bad\\name.txt');
    await expect(readFolder(root, 'x')).rejects.toThrow(/bad\\\\name.txt.*backslash/);
  });

  it('is refused when it is empty', async () => {
    mkdirSync(join(root, 'empty'));
    await expect(readFolder(root, 'x')).rejects.toThrow('there is no file in it');
  });
});

describe('the id of a taskspace', () => {
  it('is the lower-cased name without extension, cut to 64', () => {
    expect(taskspaceIdOf('Fix_Bug 12 (ä).traj', 'f'.repeat(64))).toBe('fix_bug-12----');
    expect(taskspaceIdOf(`${'x'.repeat(80)}.traj`, 'f'.repeat(64))).toBe('x'.repeat(64));
    expect(taskspaceIdOf('日本.traj', 'abcdef0123456789')).toBe('run-abcdef01');
  });

  it('has room for a suffix', () => {
    expect(suffixed('x'.repeat(64), 'abcdef0123456789')).toBe(`${'x'.repeat(55)}-abcdef01`);
  });
});
