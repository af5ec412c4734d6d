/** Lines of a stream of UTF-8, one at a time, each bounded: what is longer costs that line alone. */
import { isUtf8 } from 'node:buffer';
import type { Notes } from './notes.js';

/** Of one line, element or member: far above any real one, and what is held in memory at once. */
export const PIECE_BYTES_MAX = 64 * 1024 * 1024;

export interface Line {
  /** Without line end, NUL bytes and spaces around it; never empty. */
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  notes: Notes,
): AsyncGenerator<Line, void, undefined> {
  const gathered = new Gathered();
  let number = 1;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      gathered.add(chunk.subarray(start, end));
      const text = gathered.take(`line ${number}`, notes);
      if (text !== '') yield { text, number };
      number++;
      start = end + 1;
    }
    gathered.add(chunk.subarray(start));
  }
  const text = gathered.take(`line ${number}`, notes);
  if (text !== '') yield { text, number };
}

/** Bytes of one piece, which may lie in several chunks. */
export class Gathered {
  private chunks: Buffer[] = [];
  private bytes = 0;

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > PIECE_BYTES_MAX) this.chunks = [];
    else if (chunk.length > 0) this.chunks.push(chunk);
  }

  /**
   * The text, and begins anew. Empty for what is blank, too long, or nothing but NUL bytes; all but the first
   * is noted.
   */
  take(where: string, notes: Notes): string {
    const { chunks, bytes } = this;
    this.chunks = [];
    this.bytes = 0;
    if (bytes > PIECE_BYTES_MAX) {
      notes.add(where, `longer than ${PIECE_BYTES_MAX} bytes, left out`);
      return '';
    }
    const [first] = chunks;
    if (first === undefined) return '';
    const all = chunks.length === 1 ? first : Buffer.concat(chunks);
    const text = withoutNuls(all, where, notes);
    if (text.length > 0 && !isUtf8(text)) notes.add(where, 'has bytes that are not UTF-8, shown as U+FFFD');
    return text.toString('utf8').trim();
  }
}

/** NUL bytes are what a file system leaves where a writer has died. */
function withoutNuls(bytes: Buffer, where: string, notes: Notes): Buffer {
  let start = 0;
  let end = bytes.length;
  while (end > start && bytes[end - 1] === 0) end--;
  while (start < end && bytes[start] === 0) start++;
  if (end - start < bytes.length) {
    const rest =
      bytes.subarray(start, end).toString('latin1').trim() === '' ? 'nothing but' : 'surrounded by';
    notes.add(where, `${rest} NUL bytes, which are left out`);
  }
  return bytes.subarray(start, end);
}
