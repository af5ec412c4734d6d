/**
 * Bodies of tiers outside this process, compressed above a threshold with brotli at quality 1.
 *
 * Measured on recorded runs as JSON, against deflate at level 1: half its time at 2 to 16 KiB for about 5 %
 * more bytes; from 64 KiB on fewer bytes, down to half at 256 KiB, because its window is wider than deflate's
 * 32 KiB. Small bodies are compressed at once; large ones in libuv's threads, so that no request waits. What
 * would not shrink stays as it is.
 */
import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
} from 'node:zlib';

/** Below this a body fits into a packet or two: compressing costs more than it saves. */
export const COMPRESS_FROM_BYTES = 2048;
const SYNC_BYTES_MAX = 32 * 1024;
/** Least share of bytes that compression must save; else the body stays as it is. */
const SAVING_MIN = 0.1;

const later = { compress: promisify(brotliCompress), decompress: promisify(brotliDecompress) };

/** The compressed body, or null when it is better sent as it is. */
export async function compressed(body: Buffer): Promise<Buffer | null> {
  if (body.length < COMPRESS_FROM_BYTES) return null;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 1,
    [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
  };
  const packed =
    body.length <= SYNC_BYTES_MAX
      ? brotliCompressSync(body, { params })
      : await later.compress(body, { params });
  return packed.length <= body.length * (1 - SAVING_MIN) ? packed : null;
}

/** The body of a known length. Errors: when the bytes are not a compressed body of exactly that length. */
export async function decompressed(packed: Buffer, bytes: number): Promise<Buffer> {
  const bound = { maxOutputLength: Math.max(bytes, 1) };
  const body =
    bytes <= SYNC_BYTES_MAX ? brotliDecompressSync(packed, bound) : await later.decompress(packed, bound);
  if (body.length !== bytes) throw new Error(`a packed body of ${bytes} bytes has ${body.length}`);
  return body;
}
