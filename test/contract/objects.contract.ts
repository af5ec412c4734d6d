/** What every store promises of the bytes of artifacts. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store, StoredObject, Taskspace } from '../../src/store/ports.js';
import { begun, create, type StoreUnderTest, write } from './store-under-test.js';

const BYTES = randomBytes(700_000);
const SMALL = Buffer.from('some bytes');

export function objectsContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`objects of a store in ${name}`, () => {
    let made: StoreUnderTest;
    let store: Store;
    let other: Store;
    let taskspace: Taskspace;
    beforeEach(async () => {
      made = await make();
      [store, other] = [begun(made), begun(made)];
      taskspace = store.open('t');
      await write(taskspace, create);
    });
    afterEach(() => {
      for (const one of [store, other]) one.close();
      made.close();
    });

    it('are named by their bytes, and read by every process, from the beginning, or a range', async () => {
      const object = await receive(taskspace, BYTES);
      expect(object).toEqual({ sha256: sha256Of(BYTES), size: BYTES.length });
      for (const handle of [taskspace, other.open('t')]) {
        expect((await read(handle.readObject(object))).equals(BYTES)).toBe(true);
        const range = { start: 300_000, end: 699_999 };
        expect((await read(handle.readObject(object, range))).equals(BYTES.subarray(300_000))).toBe(true);
        expect(await read(handle.readObject(object, { start: 7, end: 7 }))).toEqual(BYTES.subarray(7, 8));
        expect(handle.objectStart(object, 100)?.equals(BYTES.subarray(0, 100))).toBe(true);
      }
    });

    it('may be empty, and may be received again', async () => {
      const empty = await receive(taskspace, Buffer.alloc(0));
      expect(empty.size).toBe(0);
      expect(await read(taskspace.readObject(empty))).toEqual(Buffer.alloc(0));
      expect(taskspace.objectStart(empty, 10)).toEqual(Buffer.alloc(0));
      const [first, second] = [await receive(taskspace, SMALL), await receive(other.open('t'), SMALL)];
      expect(second).toEqual(first);
      expect(await read(taskspace.readObject(first))).toEqual(SMALL);
      expect(taskspace.objectStart(first, 1000)).toEqual(SMALL);
    });

    it('of other bytes than were announced, of too many, or of a part are refused and not kept', async () => {
      const object = { sha256: sha256Of(SMALL), size: SMALL.length };
      const refused = (received: Promise<StoredObject>, code: string): Promise<void> =>
        expect(received).rejects.toMatchObject({ code });
      await refused(receive(taskspace, SMALL, { sha256: sha256Of(BYTES) }), 'digest_mismatch');
      await refused(receive(taskspace, SMALL, { bytesMax: SMALL.length - 1 }), 'too_large');
      await refused(taskspace.receive(broken(), { bytesMax: 100, sha256: null }), 'incomplete_body');
      expect(taskspace.objectStart(object, 10)).toBeNull();
      const exact = { bytesMax: SMALL.length, sha256: object.sha256 };
      expect(await receive(taskspace, SMALL, exact)).toEqual(object);
    });

    it('that are not there, or have another size, are no answer', async () => {
      const object = await receive(taskspace, SMALL);
      for (const wrong of [
        { ...object, size: 3 },
        { ...object, sha256: sha256Of(BYTES) },
      ]) {
        await expect(async () => read(taskspace.readObject(wrong))).rejects.toMatchObject({
          code: 'damaged',
        });
        expect(taskspace.objectStart(wrong, 10)).toBeNull();
      }
      await write(store.open('else'), create);
      expect(store.open('else').objectStart(object, 10)).toBeNull();
    });
  });
}

function receive(
  taskspace: Taskspace,
  bytes: Buffer,
  options: { bytesMax?: number; sha256?: string | null } = {},
): Promise<StoredObject> {
  const pieces = [bytes.subarray(0, 5), bytes.subarray(5)].filter(({ length }) => length > 0);
  return taskspace.receive(Readable.from(pieces), { bytesMax: 1e9, sha256: null, ...options });
}

/** Breaks off as a connection does. */
function broken(): Readable {
  return new Readable({
    read() {
      this.push('some');
      this.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    },
  });
}

async function read(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
