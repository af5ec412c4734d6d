import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { openDescriptors, temporaryFolder } from '../kit/files/temporary-folder.js';
import { StoreOfOne, sha256Of, textOf } from './store-of-one.js';

const dataDir = temporaryFolder();
const MANY = { bytesMax: 1e9, sha256: null };

async function created(): Promise<StoreOfOne> {
  const one = new StoreOfOne(dataDir());
  await one.create();
  return one;
}

const objects = (one: StoreOfOne): string[] => list(one.at('.taskspace', 'objects'));
const temporaries = (one: StoreOfOne): string[] => list(one.at('.taskspace', 'tmp'));
const list = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);

async function* chunksThen(error: NodeJS.ErrnoException, ...chunks: string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
  throw error;
}

describe('an object', () => {
  it('holds what was streamed, under its hash, and gives any range of it', async () => {
    const one = await created();
    const bytes = randomBytes(300_000);
    const chunks = Array.from({ length: 30 }, (_, n) => bytes.subarray(n * 10_000, (n + 1) * 10_000));
    const received = await one.folder.receive(Readable.from(chunks), MANY);
    expect(received).toEqual({ sha256: sha256Of(bytes), size: bytes.length });
    expect(fs.readFileSync(one.at('.taskspace', 'objects', received.sha256)).equals(bytes)).toBe(true);
    const part = one.folder.readObject(received, { start: 5, end: 9 });
    expect(await textOf(part)).toBe(bytes.subarray(5, 10).toString());
    expect(temporaries(one)).toEqual([]);
    one.close();
  });

  it('of no bytes is an object too', async () => {
    const one = await created();
    expect(await one.folder.receive(Readable.from([]), MANY)).toEqual({ sha256: sha256Of(''), size: 0 });
    expect(objects(one)).toEqual([sha256Of('')]);
    one.close();
  });

  it('that came before is the same one, also when both come at once', async () => {
    const one = await created();
    const twice = () => one.folder.receive(Readable.from([Buffer.from('same')]), MANY);
    await Promise.all([twice(), twice(), twice()]);
    const before = fs.statSync(one.at('.taskspace', 'objects', sha256Of('same')));
    await twice();
    expect(fs.statSync(one.at('.taskspace', 'objects', sha256Of('same'))).ino).toBe(before.ino);
    expect(objects(one)).toHaveLength(1);
    expect(temporaries(one)).toEqual([]);
    one.close();
  });

  it.each([
    [
      'is too large',
      () => Readable.from(['12345', '67890'].map((text) => Buffer.from(text))),
      { bytesMax: 9, sha256: null },
      'too_large',
    ],
    [
      'has another digest',
      () => Readable.from([Buffer.from('x')]),
      { ...MANY, sha256: sha256Of('y') },
      'digest_mismatch',
    ],
    [
      'breaks off',
      () => Readable.from(chunksThen(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), 'half')),
      MANY,
      'incomplete_body',
    ],
    [
      'is destroyed',
      () =>
        Readable.from(
          chunksThen(Object.assign(new Error('x'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }), 'half'),
        ),
      MANY,
      'incomplete_body',
    ],
    [
      'comes when the disk is full',
      () => Readable.from(chunksThen(Object.assign(new Error('x'), { code: 'ENOSPC' }), 'half')),
      MANY,
      'insufficient_storage',
    ],
  ])('that %s leaves nothing behind', async (_name, stream, options, code) => {
    const one = await created();
    await expect(one.folder.receive(stream(), options)).rejects.toMatchObject({ code });
    expect(objects(one)).toEqual([]);
    expect(temporaries(one)).toEqual([]);
    one.close();
    expect(openDescriptors(dataDir())).toBe(0);
  });

  it('of exactly the limit is taken, and a right digest is', async () => {
    const one = await created();
    const options = { bytesMax: 4, sha256: sha256Of('four') };
    expect((await one.folder.receive(Readable.from([Buffer.from('four')]), options)).size).toBe(4);
    one.close();
  });

  it('is taken in after somebody has removed the folders of objects and of temporary files', async () => {
    const one = await created();
    const receive = (text: string) => one.folder.receive(Readable.from([Buffer.from(text)]), MANY);
    await receive('first');
    fs.rmSync(path.join(one.at(), '.taskspace'), { recursive: true });
    await receive('second');
    expect([objects(one), temporaries(one)]).toEqual([[sha256Of('second')], []]);
    one.close();
  });

  it('is on disk before it is told: its bytes before its name, and every folder that names it', async () => {
    const one = await created();
    const calls: string[] = [];
    const place = (fd: number): string =>
      fs
        .readlinkSync(`/proc/self/fd/${fd}`)
        .replace(one.at(), '.')
        .replace(/tmp\/.*/, 'tmp/…')
        .replace(/[0-9a-f]{64}/, '…');
    const sync = vi.spyOn(fs, 'fsync').mockImplementation((fd, done) => {
      calls.push(place(fd));
      done(null);
    });
    const link = fs.linkSync;
    const linked = vi.spyOn(fs, 'linkSync').mockImplementation((from, to) => {
      calls.push('link');
      link(from, to);
    });
    const receive = () => one.folder.receive(Readable.from([Buffer.from('x')]), MANY);
    await receive();
    expect(calls).toEqual(['./.taskspace/tmp/…', 'link', './.taskspace/objects', './.taskspace', '.']);
    calls.length = 0;
    await receive();
    expect(calls).toEqual(['./.taskspace/tmp/…', 'link', './.taskspace/objects/…', './.taskspace/objects']);
    sync.mockRestore();
    linked.mockRestore();
    one.close();
  });

  it('is taken in without holding it in memory', async () => {
    const one = await created();
    const chunk = Buffer.alloc(1024 * 1024);
    let most = 0;
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let n = 0; n < 128; n++) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield chunk;
      }
    }
    const before = process.memoryUsage().arrayBuffers;
    await one.folder.receive(Readable.from(chunks()), MANY);
    expect(most - before).toBeLessThan(32 * 1024 * 1024);
    one.close();
  });
});
