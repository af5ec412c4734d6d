/** Takes an artifact's bytes in: the refusals are those of every adapter, where the bytes go is its own. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { TaskspaceError } from '../domain/errors.js';
import type { ReceiveOptions, StoredObject } from './ports.js';

/**
 * Gives each piece of the stream to `keep`, the next one when that has resolved. Errors: 413 `too_large`
 * above `bytesMax`, 400 `incomplete_body` when the stream breaks off, 400 `digest_mismatch`; those of `keep`.
 */
export async function receiveBytes(
  stream: Readable,
  { bytesMax, sha256: announced }: ReceiveOptions,
  keep: (piece: Buffer) => Promise<void> | void,
): Promise<StoredObject> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > bytesMax) throw tooLarge(bytesMax);
      hash.update(piece);
      await keep(piece);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR')
      throw incomplete(error);
    throw error;
  }
  const sha256 = hash.digest('hex');
  if (announced !== null && announced !== sha256) throw digestMismatch(announced, sha256);
  return { sha256, size };
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
