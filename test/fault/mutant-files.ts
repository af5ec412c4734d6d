/**
 * `Files` ports that do one thing wrong each: what would be left of a promise without the step that keeps it.
 *
 * They show that the tests beside them can turn red. Each is the smallest lie that takes the step away.
 */
import fs from 'node:fs';
import type { FileStat, Files } from '../../src/store/files/journal/files.js';
import { TAIL_GUARD } from '../../src/store/files/journal/record.js';
import type { Mutant } from '../kit/fault-control.js';

export function mutantFiles(inner: Files, mutant: Mutant): Files {
  switch (mutant) {
    case 'frozen-stat':
      return frozenStat(inner);
    case 'blind-stat':
      return blindStat(inner);
    case 'idle-sync':
      return { ...inner, fdatasync: async () => undefined };
    case 'retried-sync':
      return inner; // Where syncs fail: faulty-files.ts.
    case 'bare-newline':
      return bareNewline(inner);
    case 'seeking-append':
      return seekingAppend(inner);
    case 'unfolded-append':
      return unfoldedAppend(inner);
  }
}

/** Once a file has been there, it is for ever what it was. */
function frozenStat(inner: Files): Files {
  const first = new Map<string, FileStat>();
  return {
    ...inner,
    stat(path) {
      const stat = first.get(path) ?? inner.stat(path);
      if (stat) first.set(path, stat);
      return stat;
    },
  };
}

/** Only the size is looked at. */
function blindStat(inner: Files): Files {
  const blind = (stat: FileStat): FileStat => ({ dev: stat.dev, ino: 1, size: stat.size, ctimeMs: 1 });
  return {
    ...inner,
    stat(path) {
      const stat = inner.stat(path);
      return stat && blind(stat);
    },
    fstat: (fd) => blind(inner.fstat(fd)),
  };
}

/** Instead of `!` and a newline with the record behind it: the next attempt finds a whole line. */
function bareNewline(inner: Files): Files {
  return {
    ...inner,
    append(fd, bytes) {
      if (!bytes.subarray(0, TAIL_GUARD.length).equals(TAIL_GUARD)) return inner.append(fd, bytes);
      inner.append(fd, Buffer.from('\n'));
      return bytes.length;
    },
  };
}

/** Opened without O_APPEND; what others append between the look and the write is written over. */
function seekingAppend(inner: Files): Files {
  const ends = new Map<number, number>();
  const { O_CREAT, O_RDWR } = fs.constants;
  return {
    ...inner,
    open(path, mode, way) {
      if (mode === 'read') return inner.open(path, mode, way);
      if (way !== 'create' && !fs.existsSync(path)) return null;
      return fs.openSync(path, O_RDWR | (way === 'create' ? O_CREAT : 0), 0o644);
    },
    fstat(fd) {
      const stat = inner.fstat(fd);
      ends.set(fd, stat.size);
      return stat;
    },
    append: (fd, bytes) => fs.writeSync(fd, bytes, 0, bytes.length, ends.get(fd) ?? 0),
  };
}

/**
 * From its first append on, the writer sees the file as if nobody else had ever written since it had decided.
 */
function unfoldedAppend(inner: Files): Files {
  const paths = new Map<number, string>();
  const ends = new Map<number, number>();
  const worlds = new Map<string, { base: number; own: Buffer; stat: FileStat }>();
  const worldOf = (fd: number) => worlds.get(paths.get(fd) ?? '');
  return {
    ...inner,
    open(path, mode, create) {
      const fd = inner.open(path, mode, create);
      if (fd !== null) paths.set(fd, path);
      return fd;
    },
    stat: (path) => worlds.get(path)?.stat ?? inner.stat(path),
    fstat(fd) {
      const stat = worldOf(fd)?.stat ?? inner.fstat(fd);
      ends.set(fd, stat.size);
      return stat;
    },
    append(fd, bytes) {
      const world = worldOf(fd);
      const base = world?.base ?? ends.get(fd) ?? 0;
      const own = Buffer.concat([world?.own ?? Buffer.alloc(0), bytes]);
      const { dev, ino, ctimeMs } = inner.fstat(fd);
      worlds.set(paths.get(fd) ?? '', { base, own, stat: { dev, ino, ctimeMs, size: base + own.length } });
      return inner.append(fd, bytes);
    },
    read(fd, buffer, length, position) {
      const world = worldOf(fd);
      if (!world || position + length <= world.base) return inner.read(fd, buffer, length, position);
      const before = Math.max(0, world.base - position);
      const read = before > 0 ? inner.read(fd, buffer, before, position) : 0;
      const from = Math.max(0, position - world.base);
      return read + world.own.copy(buffer, before, from, from + length - before);
    },
  };
}
