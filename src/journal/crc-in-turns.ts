/** CRC-32 of many megabytes, with other work in between: zlib's own takes all of them at once. */
import { crc32 } from 'node:zlib';

/** Some 5 ms of work. */
const PIECE_BYTES = 4 * 1024 * 1024;

export async function crc32InTurns(bytes: Buffer): Promise<number> {
  let crc = 0;
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    if (from > 0) await new Promise((resume) => setImmediate(resume));
    crc = crc32(bytes.subarray(from, from + PIECE_BYTES), crc);
  }
  return crc;
}
