import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { verifyTaskspace } from '../../src/store/files/verify.js';
import { openDescriptors, temporaryFolder } from '../kit/files/temporary-folder.js';
import { ID, StoreOfOne, sha256Of, textOf } from './store-of-one.js';

const dataDir = temporaryFolder();
const MANY = { bytesMax: 1e9, sha256: null };
const GOOD = 'the bytes that were put';
const sha256 = sha256Of(GOOD);
const size = GOOD.length;

/** What may stand at an object's name instead of it; `outside` is a file outside the taskspace. */
const DAMAGES: readonly (readonly [string, (file: string, outside: string) => void])[] = [
  ['other bytes of the same size', (file) => fs.writeFileSync(file, GOOD.replace('put', 'rot'))],
  ['fewer bytes', (file) => fs.writeFileSync(file, GOOD.slice(0, 5))],
  ['more bytes', (file) => fs.writeFileSync(file, `${GOOD} and more`)],
  ['nothing', (file) => fs.rmSync(file)],
  [
    'a link to a file outside',
    (file, outside) => {
      fs.rmSync(file);
      fs.symlinkSync(outside, file);
    },
  ],
  [
    'a FIFO',
    (file) => {
      fs.rmSync(file);
      execFileSync('mkfifo', [file]);
    },
  ],
  [
    'an empty folder',
    (file) => {
      fs.rmSync(file);
      fs.mkdirSync(file);
    },
  ],
];

async function damagedBy(damage: (file: string, outside: string) => void): Promise<StoreOfOne> {
  const one = new StoreOfOne(dataDir());
  await one.create();
  await one.put('a', GOOD);
  fs.writeFileSync(path.join(dataDir(), 'outside'), GOOD);
  damage(one.at('.taskspace/objects', sha256), path.join(dataDir(), 'outside'));
  return one;
}

describe.each(DAMAGES)('an object in whose place stands %s', (_what, damage) => {
  it('is put right by a PUT of the same bytes, and nothing outside is changed', async () => {
    const one = await damagedBy(damage);
    const before = fs.statSync(path.join(dataDir(), 'outside'));
    const received = await one.folder.receive(Readable.from([Buffer.from(GOOD)]), MANY);
    expect(received).toEqual({ sha256, size });
    expect(fs.lstatSync(one.at('.taskspace/objects', sha256)).isFile()).toBe(true);
    expect(fs.readFileSync(one.at('.taskspace/objects', sha256), 'utf8')).toBe(GOOD);
    expect(await textOf(one.folder.readObject(received))).toBe(GOOD);
    const after = fs.statSync(path.join(dataDir(), 'outside'));
    expect([after.ino, after.mtimeMs, after.size]).toEqual([before.ino, before.mtimeMs, before.size]);
    expect(fs.readdirSync(one.at('.taskspace/tmp'))).toEqual([]);
    one.close();
    expect(openDescriptors(dataDir())).toBe(0);
  });

  it.each([
    ['whole', undefined],
    ['a range of it', { start: 2, end: 4 }],
  ])(
    'is never served, %s, nor taken for text, nor copied to a plain file, and is in the log',
    async (_how, range) => {
      const one = await damagedBy(damage);
      const reading = async (): Promise<string> => textOf(one.folder.readObject({ sha256, size }, range));
      await expect(reading()).rejects.toMatchObject({ code: 'damaged' });
      expect(one.skipped).toContainEqual(expect.objectContaining({ object: sha256 }));
      expect(one.folder.objectStart({ sha256, size }, 1024)).toBeNull();
      one.close();
      expect(openDescriptors(dataDir())).toBe(0);
    },
  );

  it('is found by verify', async () => {
    const one = await damagedBy(damage);
    const { findings } = await verifyTaskspace(dataDir(), ID);
    expect(findings).toContainEqual(expect.objectContaining({ severity: 'damage', part: 'object' }));
    one.close();
  });
});

describe('an object in whose place stands a folder with something in it', () => {
  it('stays as it is, and each PUT of the same bytes says what to do, until it is moved away', async () => {
    const one = await damagedBy((file) => {
      fs.rmSync(file);
      fs.mkdirSync(file);
      fs.writeFileSync(path.join(file, 'mine'), 'mine');
    });
    const object = one.at('.taskspace/objects', sha256);
    const put = () => one.folder.receive(Readable.from([Buffer.from(GOOD)]), MANY);
    for (let i = 0; i < 2; i++)
      await expect(put()).rejects.toMatchObject({
        code: 'damaged',
        message: expect.stringMatching(
          new RegExp(`${sha256}" in this taskspace's folder is a folder with something in it.* Move it away`),
        ),
      });
    expect(one.skipped).toContainEqual(expect.objectContaining({ object: sha256 }));
    expect(fs.readFileSync(path.join(object, 'mine'), 'utf8')).toBe('mine');
    expect(fs.readdirSync(one.at('.taskspace/tmp'))).toEqual([]);
    fs.renameSync(object, path.join(dataDir(), 'moved'));
    expect(await textOf(one.folder.readObject(await put()))).toBe(GOOD);
    one.close();
    expect(openDescriptors(dataDir())).toBe(0);
  });
});

describe('a range of a rotten object that is too long to be read for it', () => {
  it('is served until any read of the whole, in any process, has found it', async () => {
    const one = new StoreOfOne(dataDir());
    await one.create();
    const bytes = Buffer.alloc(9 * 1024 * 1024, 'x');
    await one.put('a', bytes.toString());
    const object = { sha256: sha256Of(bytes), size: bytes.length };
    const range = { start: 100, end: 102 };
    fs.writeFileSync(one.at('.taskspace/objects', object.sha256), bytes.fill('y', bytes.length - 1));
    expect(await textOf(one.folder.readObject(object, range))).toBe('xxx');
    await expect(textOf(one.folder.readObject(object))).rejects.toMatchObject({ code: 'damaged' });
    const other = one.store.open(ID);
    await other.catchUp();
    for (const folder of [one.folder, other])
      expect(() => folder.readObject(object, range)).toThrow(expect.objectContaining({ code: 'damaged' }));
    await one.put('a', bytes.fill('x').toString());
    expect(await textOf(other.readObject(object, range))).toBe('xxx');
    other.close();
    one.close();
    expect(openDescriptors(dataDir())).toBe(0);
  });
});

describe('an object that becomes shorter while it is read', () => {
  it('breaks the stream off, and gives back its descriptor', async () => {
    const one = new StoreOfOne(dataDir());
    await one.create();
    const bytes = Buffer.alloc(3 * 1024 * 1024, 'x');
    await one.put('a', bytes.toString());
    const object = { sha256: sha256Of(bytes), size: bytes.length };
    const stream = one.folder.readObject(object);
    let count = 0;
    const reading = (async () => {
      for await (const chunk of stream) {
        count += (chunk as Buffer).length;
        fs.truncateSync(one.at('.taskspace/objects', object.sha256), 1024 * 1024);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'damaged' });
    expect(count).toBeLessThan(bytes.length);
    one.close();
    expect(openDescriptors(dataDir())).toBe(0);
  });
});

describe('a folder of objects that is a link', () => {
  it('is not written through, read through, or listed', async () => {
    const one = new StoreOfOne(dataDir());
    await one.create();
    await one.put('a', GOOD);
    const outside = path.join(dataDir(), 'objects');
    fs.renameSync(one.at('.taskspace/objects'), outside);
    fs.symlinkSync(outside, one.at('.taskspace/objects'));
    const receiving = one.folder.receive(Readable.from([Buffer.from('new')]), MANY);
    await expect(receiving).rejects.toMatchObject({ code: 'damaged' });
    expect(fs.readdirSync(outside)).toEqual([sha256]);
    expect(() => one.folder.readObject({ sha256, size })).toThrow(
      expect.objectContaining({ code: 'damaged' }),
    );
    expect((await verifyTaskspace(dataDir(), ID)).findings.map(({ severity }) => severity)).toContain(
      'damage',
    );
    one.close();
  });

  it('does not get what a hash that is none would name', async () => {
    const one = new StoreOfOne(dataDir());
    await one.create();
    fs.writeFileSync(path.join(dataDir(), 'secret'), 'secret');
    for (const hash of ['../../../../secret', '', 'AB'.repeat(32), `${'a'.repeat(64)}\n`])
      expect(() => one.folder.readObject({ sha256: hash, size: 6 })).toThrow(
        expect.objectContaining({ code: 'damaged' }),
      );
    one.close();
  });
});
