/** Identifies a journal's content as far as `stat` can show. */
import type { Mark } from '../ports.js';
import type { FileStat } from './journal/files.js';

export function markOf({ dev, ino, size, ctimeMs }: FileStat): Mark {
  return `${dev}.${ino}.${size}.${ctimeMs}`;
}

/** Whether what bears `after` may be what bore `before`, and records behind it. */
export function mayContinue(before: Mark, after: Mark): boolean {
  const [dev, ino, size] = before.split('.');
  const [devNow, inoNow, sizeNow] = after.split('.');
  return dev === devNow && ino === inoNow && Number(sizeNow) > Number(size);
}
