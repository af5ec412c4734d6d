/**
 * Objects: the bytes of artifact revisions, named by their SHA-256, never changed.
 *
 * Bytes are written under another name, fsynced and linked into place, and the folders that name them are
 * fsynced before `receive` resolves. This also holds when the object exists already: each writer makes
 * durable what it refers to. An existing object is accepted for its bytes, not for its name; other bytes are
 * replaced.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { Readable } from 'node:stream';
import { TaskspaceError } from '../../../domain/errors.js';
import type { ObjectRange, ReceiveOptions, StoredObject } from '../../ports.js';
import { receiveBytes } from '../../receive.js';
import { storeFailure, writeFailure } from '../journal/failure.js';
import { GroupCommit } from '../journal/group-commit.js';
import {
  copyPlain,
  createPlain,
  OddPlace,
  type OpenedFile,
  openPlain,
  placePlain,
  removePlain,
  renamePlain,
  syncFile,
  syncFolder,
} from '../journal/opener.js';
import { temporaryName } from '../journal/temporary-name.js';
import { OBJECTS, objectName } from '../paths.js';
import { hashOf, ObjectStream } from './object-stream.js';

/** Told of objects that are damaged or put in place, and asked for those that were found damaged. */
export interface ObjectListener {
  damaged(sha256: string, what: string): void;
  placed(sha256: string, replaced: boolean): void;
  isDamaged(sha256: string): boolean;
}

const NOBODY: ObjectListener = {
  damaged: () => undefined,
  placed: () => undefined,
  isDamaged: () => false,
};

export class Objects {
  private readonly sync = new GroupCommit(() => this.syncFolders());
  private foldersDurable = false;

  constructor(
    private readonly folder: string,
    private readonly listener: ObjectListener = NOBODY,
  ) {}

  /**
   * Streams bytes into an object; memory does not grow with their number. Errors: 413 `too_large` above
   * `bytesMax`, 400 `incomplete_body` when the stream breaks off, 400 `digest_mismatch`, 500 `damaged` when
   * no object can be placed there, 507 `insufficient_storage`.
   */
  async receive(stream: Readable, options: ReceiveOptions): Promise<StoredObject> {
    const temporary = temporaryName();
    let stands = true;
    try {
      const fd = createPlain(this.folder, temporary);
      try {
        const received = await receiveBytes(stream, options, (piece) => writeAll(fd, piece));
        await syncFile(fd);
        stands = !(await this.place(temporary, received));
        await this.sync.after();
        return received;
      } finally {
        fs.closeSync(fd);
        if (stands) removePlain(this.folder, temporary);
      }
    } catch (error) {
      throw error instanceof TaskspaceError
        ? error
        : writeFailure((error as NodeJS.ErrnoException).code, error);
    }
  }

  /**
   * The bytes of an object, or of a range of them: all that were asked for, or an error (see ObjectStream).
   * Errors: 500 `damaged` when there is no such object of this size; later ones reach the reader of the
   * stream.
   */
  read({ sha256, size }: StoredObject, range?: ObjectRange): Readable {
    const wrong = (what: string): TaskspaceError => this.damaged(sha256, what);
    const file = this.open(sha256);
    const isFit = file.stat.size === size;
    // A long object is not read whole for a range of it: what a whole read has found holds for the range.
    if (isFit && (range === undefined || !this.listener.isDamaged(sha256)))
      return new ObjectStream(file, sha256, range, wrong);
    fs.closeSync(file.fd);
    throw wrong(isFit ? 'was found damaged' : `has ${file.stat.size} bytes instead of ${size}`);
  }

  /**
   * Up to `bytesMax` bytes from the beginning; null when they are missing or damaged. For callers that can do
   * without them.
   */
  start({ sha256, size }: StoredObject, bytesMax: number): Buffer | null {
    try {
      const { fd, stat } = this.open(sha256);
      try {
        if (stat.size !== size) throw this.damaged(sha256, `has ${stat.size} bytes instead of ${size}`);
        const bytes = Buffer.allocUnsafe(Math.min(bytesMax, size));
        const count = fs.readSync(fd, bytes, 0, bytes.length, 0);
        if (count === size && createHash('sha256').update(bytes).digest('hex') !== sha256)
          throw this.damaged(sha256, 'has other bytes');
        return bytes.subarray(0, count);
      } finally {
        fs.closeSync(fd);
      }
    } catch (error) {
      if (error instanceof TaskspaceError && error.code === 'damaged') return null;
      throw error;
    }
  }

  /** Copies an object to a new file. Errors: 500 `damaged` when there is no such object of this size. */
  async copyTo({ sha256, size }: StoredObject, at: string): Promise<void> {
    if (!(await copyPlain(this.folder, objectName(sha256), size, at)))
      throw this.damaged(sha256, `is missing, or has not ${size} bytes`);
  }

  private open(sha256: string): OpenedFile {
    let file: OpenedFile | null;
    try {
      file = openPlain(this.folder, objectName(sha256));
    } catch (error) {
      if (error instanceof OddPlace) this.listener.damaged(sha256, error.message);
      throw error instanceof TaskspaceError
        ? error
        : storeFailure((error as NodeJS.ErrnoException).code, error);
    }
    if (file === null) throw this.damaged(sha256, 'is missing');
    return file;
  }

  private damaged(sha256: string, what: string): TaskspaceError {
    this.listener.damaged(sha256, what);
    return new TaskspaceError(
      'damaged',
      `The object ${sha256}, which the journal names, ${what}. Put the same bytes again, or restore .taskspace/objects from a backup; \`npm run verify\` tells what is missing.`,
    );
  }

  /** Whether the temporary file has become the object; otherwise the object existed. */
  private async place(temporary: string, received: StoredObject): Promise<boolean> {
    const name = objectName(received.sha256);
    const isNew = placePlain(this.folder, temporary, name);
    const replaced = !isNew && !(await this.stands(name, received));
    if (replaced) this.replace(temporary, name, received.sha256);
    if (isNew || replaced) this.listener.placed(received.sha256, replaced);
    return isNew || replaced;
  }

  private replace(temporary: string, name: string, sha256: string): void {
    try {
      renamePlain(this.folder, temporary, name);
    } catch (error) {
      if (error instanceof OddPlace) this.listener.damaged(sha256, error.message);
      throw error;
    }
  }

  /** Whether the name holds these very bytes. They are synced, since a copied file may not be on disk. */
  private async stands(name: string, { sha256, size }: StoredObject): Promise<boolean> {
    try {
      const file = openPlain(this.folder, name);
      if (file === null) return false;
      try {
        if (file.stat.size !== size || (await hashOf(file.fd, size)) !== sha256) return false;
        await syncFile(file.fd);
        return true;
      } finally {
        fs.closeSync(file.fd);
      }
    } catch (error) {
      // A link or a FIFO at the name is itself replaced; the target of a link is not changed.
      if (error instanceof OddPlace) return false;
      throw error;
    }
  }

  private async syncFolders(): Promise<void> {
    await syncFolder(this.folder, OBJECTS);
    if (this.foldersDurable) return;
    await syncFolder(this.folder, '.taskspace');
    await syncFolder(this.folder, '');
    this.foldersDurable = true;
  }
}

async function writeAll(fd: number, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += await new Promise<number>((resolve, reject) => {
      fs.write(fd, chunk, written, (error, count) => (error ? reject(error) : resolve(count)));
    });
  }
}
