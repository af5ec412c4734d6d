/** SHA-256 as lower-case hex, of bytes and of files, which are read as streams. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @param size bytes from the beginning, all when absent. */
export async function sha256OfFile(path: string, size?: number): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, size ? { end: size - 1 } : {}), hash);
  return hash.digest('hex');
}
