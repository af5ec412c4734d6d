/** Identifies a journal's content as far as `stat` can show. */
import type { Mark } from '../ports.js';
import type { FileStat } from './journal/files.js';

export function markOf({ dev, ino, size, ctimeMs }: FileStat): Mark {
  return `${dev}.${ino}.${size}.${ctimeMs}`;
}
