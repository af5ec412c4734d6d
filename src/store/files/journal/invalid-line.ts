/**
 * Lines that cannot be records, skipped in pieces and never held in memory: a journal that was copied in may
 * have a hole of gigabytes without a newline.
 */
import { COMMIT_BYTES_MAX } from '../../decision.js';
import { mayBeginLine, NEWLINE } from './checked-line.js';
import type { Files } from './files.js';

/** A longer line is no record. */
export const LINE_BYTES_MAX = COMMIT_BYTES_MAX;
const PIECE_BYTES = 256 * 1024;

/** Whether a line that begins with these bytes, its end unknown, cannot be a record whatever follows. */
export function cannotBeRecord(beginning: Buffer): boolean {
  return beginning.length >= LINE_BYTES_MAX || !mayBeginLine(beginning);
}

/** The offset after the next newline at or after `from` and before `size`; null when there is none. */
export async function endOfLine(
  files: Files,
  fd: number,
  from: number,
  size: number,
): Promise<number | null> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let at = from; at < size; ) {
    const count = files.read(fd, piece, Math.min(PIECE_BYTES, size - at), at);
    if (count === 0) return null;
    const newline = piece.subarray(0, count).indexOf(NEWLINE);
    if (newline >= 0) return at + newline + 1;
    at += count;
    await new Promise((resume) => setImmediate(resume));
  }
  return null;
}
