/** A mutant of the `Files` port: an append goes where the last `fstat` showed the end, and not to the end. */
import fs from 'node:fs';
import type { FileStat, Files } from '../../../src/store/files/journal/files.js';

export function overwritingFiles(inner: Files): Files {
  const ends = new Map<number, number>();
  return {
    ...inner,
    fstat(fd): FileStat {
      const stat = inner.fstat(fd);
      ends.set(fd, stat.size);
      return stat;
    },
    append(fd, bytes): number {
      const plain = fs.openSync(`/proc/self/fd/${fd}`, 'r+');
      try {
        return fs.writeSync(plain, bytes, 0, bytes.length, ends.get(fd) ?? 0);
      } finally {
        fs.closeSync(plain);
      }
    },
  };
}
