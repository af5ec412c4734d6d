/**
 * Objects: the bytes of artifact revisions, named by their SHA-256, never changed.
 *
 * Bytes are written under another name, fsynced, linked into place, and the folders that name them are fsynced before
 * `receive` resolves, also when the object was there already: whoever refers to an object makes sure of it himself.
 */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { TaskspaceError } from '../domain/errors.js';
import { storeFailure, writeFailure } from '../journal/failure.js';
import { nodeFiles } from '../journal/files.js';
import { GroupSync } from '../journal/group-sync.js';
import { inFolder } from './in-folder.js';
import { internalFolder, objectsFolder, temporaryFolder } from './paths.js';

export interface Received {
  readonly sha256: string;
  readonly size: number;
}

export class Objects {
  private readonly sync = new GroupSync(() => this.syncFolders());
  private foldersDurable = false;

  constructor(private readonly folder: string) {}

  /** Where the bytes with this hash stand. */
  path(sha256: string): string {
    return path.join(objectsFolder(this.folder), sha256);
  }

  /**
   * Streams bytes into an object; memory does not grow with their number. Errors: 413 `too_large` above `bytesMax`, 400
   * `incomplete_body` when the stream breaks off, 400 `digest_mismatch`, 507 `insufficient_storage`.
   */
  async receive(
    stream: Readable,
    { bytesMax, sha256 }: { bytesMax: number; sha256: string | null },
  ): Promise<Received> {
    const temporary = path.join(temporaryFolder(this.folder), randomBytes(12).toString('hex'));
    try {
      const handle = await this.openTemporary(temporary);
      try {
        const received = await pour(stream, handle, bytesMax);
        if (sha256 !== null && sha256 !== received.sha256) throw digestMismatch(sha256, received.sha256);
        await handle.sync();
        await this.link(temporary, received.sha256);
        return received;
      } finally {
        await handle.close();
        await fs.promises.unlink(temporary);
      }
    } catch (error) {
      throw error instanceof TaskspaceError
        ? error
        : writeFailure((error as NodeJS.ErrnoException).code, error);
    }
  }

  /**
   * The bytes from `start` to `end`, both inclusive. Errors: 500 `damaged` when there is no such object; later ones reach
   * the reader of the stream. A link in an object's place is not followed: a folder that was copied in may name any file with it.
   */
  read(sha256: string, range?: { start: number; end: number }): Readable {
    const fd = this.openObject(sha256);
    return fs.createReadStream('', { ...range, fd, highWaterMark: 256 * 1024 });
  }

  /** Up to `bytesMax` bytes from the beginning; null when there is no such object. For what can do without it. */
  start(sha256: string, bytesMax: number): Buffer | null {
    // A link in an object's place is not followed, here as elsewhere.
    if (fs.lstatSync(this.path(sha256), { throwIfNoEntry: false })?.isFile() !== true) return null;
    const fd = nodeFiles.open(this.path(sha256), 'read');
    if (fd === null) return null;
    try {
      const bytes = Buffer.allocUnsafe(Math.min(bytesMax, nodeFiles.fstat(fd).size));
      return bytes.subarray(0, nodeFiles.read(fd, bytes, bytes.length, 0));
    } finally {
      nodeFiles.close(fd);
    }
  }

  private openObject(sha256: string): number {
    try {
      return fs.openSync(this.path(sha256), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ELOOP') throw storeFailure(code, error);
      const detail = `The bytes ${sha256}, which the journal names, are not there. Restore .taskspace/objects from a backup; \`npm run verify\` tells what is missing.`;
      throw new TaskspaceError('damaged', detail, {}, { cause: error });
    }
  }

  private openTemporary(temporary: string): Promise<fs.promises.FileHandle> {
    return inFolder(temporaryFolder(this.folder), () => fs.promises.open(temporary, 'wx', 0o644));
  }

  private async link(temporary: string, sha256: string): Promise<void> {
    try {
      const folder = objectsFolder(this.folder);
      await inFolder(folder, () => fs.promises.link(temporary, this.path(sha256)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await this.sync.after();
  }

  private async syncFolders(): Promise<void> {
    await nodeFiles.syncFolder(objectsFolder(this.folder));
    if (this.foldersDurable) return;
    await nodeFiles.syncFolder(internalFolder(this.folder));
    await nodeFiles.syncFolder(this.folder);
    this.foldersDurable = true;
  }
}

async function pour(stream: Readable, handle: fs.promises.FileHandle, bytesMax: number): Promise<Received> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > bytesMax) throw tooLarge(bytesMax);
      hash.update(chunk);
      await writeAll(handle, chunk);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR')
      throw incomplete(error);
    throw error;
  }
  return { sha256: hash.digest('hex'), size };
}

async function writeAll(handle: fs.promises.FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, written);
    written += bytesWritten;
  }
}

function tooLarge(bytesMax: number): TaskspaceError {
  return new TaskspaceError(
    'too_large',
    `An artifact holds at most ${bytesMax} bytes. Split it, or raise ARTIFACT_MAX_BYTES.`,
  );
}

function incomplete(cause: unknown): TaskspaceError {
  return new TaskspaceError(
    'incomplete_body',
    'The body ended before its announced length. Nothing was changed.',
    {},
    { cause },
  );
}

function digestMismatch(announced: string, found: string): TaskspaceError {
  return new TaskspaceError(
    'digest_mismatch',
    `Repr-Digest announces sha-256 ${announced}, the bytes have ${found} (both in hex). Nothing was changed; send them again.`,
  );
}
