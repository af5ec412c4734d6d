/** Work on many megabytes with other work in between: zlib and Node process them all at once. */
import { crc32 } from 'node:zlib';

/** Some 5 ms of work. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** Like `crc32`. */
export async function crc32InTurns(bytes: Buffer): Promise<number> {
  let crc = 0;
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    if (from > 0) await turn();
    crc = crc32(bytes.subarray(from, from + PIECE_BYTES), crc);
  }
  return crc;
}

/** Like `Buffer.concat`, for pieces that are not long themselves. */
export async function concatInTurns(pieces: readonly Buffer[]): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  let copied = 0;
  for (const piece of pieces) {
    at += piece.copy(bytes, at);
    copied += piece.length;
    if (copied < PIECE_BYTES) continue;
    copied = 0;
    await turn();
  }
  return bytes;
}

function turn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}
