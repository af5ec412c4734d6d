/**
 * The last record of a journal, read from the end of the file: whether the feed contains it shows without a
 * fold whether the feed contains them all.
 */
import { NEWLINE } from './checked-line.js';
import { type Files, readExactly } from './files.js';
import { decodeLink, type Link } from './record.js';

/** Most records end in the first of these; a longer one is left to a fold. */
const TAIL_BYTES = [4 * 1024, 64 * 1024] as const;

/**
 * Null when the file does not end with a whole record that may be valid: only a fold tells what it holds.
 * Whether the record is valid is not checked. Errors: OddPlace, those of the system.
 */
export function lastLinkOf(files: Files, file: string): Link | null {
  const fd = files.open(file, 'read', 'checked');
  if (fd === null) return null;
  try {
    const { size } = files.fstat(fd);
    for (const bytesMax of TAIL_BYTES) {
      const length = Math.min(size, bytesMax);
      const bytes = length < 2 ? null : readExactly(files, fd, size - length, length);
      if (bytes?.at(-1) !== NEWLINE) return null;
      const from = bytes.lastIndexOf(NEWLINE, length - 2) + 1;
      // Otherwise the line begins before these bytes.
      if (from > 0 || length === size) return linkAt(size - length + from, bytes.subarray(from, -1));
    }
    return null;
  } finally {
    files.close(fd);
  }
}

function linkAt(at: number, line: Buffer): Link | null {
  const link = decodeLink(line);
  return link?.at === at ? link : null;
}
