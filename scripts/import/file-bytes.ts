/**
 * A file as a stream of UTF-8: from its beginning to the size that was found, so that what is appended
 * meanwhile is not seen.
 */
import { createReadStream } from 'node:fs';

export interface SourceFile {
  readonly path: string;
  /** Bytes; what lies beyond is not read. */
  readonly size: number;
}

const CHUNK_BYTES = 256 * 1024;

/** @param onBytes called with how many bytes were read since the last call. */
export async function* utf8Of(
  { path, size }: SourceFile,
  onBytes: (count: number) => void = () => undefined,
): AsyncGenerator<Buffer, void, undefined> {
  if (size === 0) return;
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let isFirst = true;
  for await (const read of createReadStream(path, { end: size - 1, highWaterMark: CHUNK_BYTES })) {
    let chunk = read as Buffer;
    onBytes(chunk.length);
    if (isFirst) {
      isFirst = false;
      const encoding = markedEncoding(chunk);
      // What shells on Windows write by `>`.
      if (encoding === 'utf-8') chunk = chunk.subarray(3);
      else if (encoding !== null) decoder = new TextDecoder(encoding);
    }
    yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
  }
  if (decoder) yield Buffer.from(decoder.decode());
}

/** By the byte order mark; null without one. */
function markedEncoding(chunk: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' | null {
  if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) return 'utf-8';
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return 'utf-16le';
  return chunk[0] === 0xfe && chunk[1] === 0xff ? 'utf-16be' : null;
}
