/**
 * A `Files` port on real files that knows what is on disk, and can cut the power.
 *
 * A file's bytes are on disk as they were when an fdatasync that has succeeded began; its name once its
 * folder was synced since it was made. `cutPower` writes that to the folder: optionally with some of the
 * later appends, each at its place, and zeros where an earlier one is lost, which is what a kernel may do
 * that wrote back only the later pages.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Files } from '../../../src/store/files/journal/files.js';
import { aroundFiles } from './around-files.js';

interface Append {
  readonly at: number;
  readonly bytes: Buffer;
}

interface Tracked {
  readonly path: string;
  synced: Buffer;
  named: boolean;
  unsynced: Append[];
}

export interface ForgetfulFiles extends Files {
  /** Files with appends that are not on disk. */
  readonly unsynced: readonly Append[];
  /** `keep` tells for each append that is not on disk, in order, whether it survives all the same. */
  cutPower(keep?: (append: Append, index: number) => boolean): void;
}

export interface Lies {
  /** fdatasync answers, and does nothing. */
  readonly fdatasync?: boolean;
  /** A folder's sync answers, and does nothing. */
  readonly syncFolder?: boolean;
}

export function forgetfulFiles(inner: Files, lies: Lies = {}): ForgetfulFiles {
  const tracked = new Map<string, Tracked>();
  const open = new Map<number, Tracked>();
  let off = false;

  const files = aroundFiles(inner, ({ op, args }, run) => {
    if (off && op !== 'close') throw new Error('the power is off');
    if (op === 'open') return opened(args, run);
    if (op === 'append') return appended(args, run);
    if (op === 'fdatasync') return lies.fdatasync ? Promise.resolve() : synced(args, run);
    if (op === 'syncFolder') return lies.syncFolder ? Promise.resolve() : named(args, run);
    if (op === 'close') open.delete(args[0] as number);
    return run();
  });

  function opened([file]: readonly unknown[], run: () => unknown): unknown {
    const name = file as string;
    const existed = fs.existsSync(name);
    const fd = run() as number | null;
    if (fd === null) return fd;
    let entry = tracked.get(name);
    if (!entry) {
      entry = {
        path: name,
        synced: existed ? fs.readFileSync(name) : Buffer.alloc(0),
        named: existed,
        unsynced: [],
      };
      tracked.set(name, entry);
    }
    open.set(fd, entry);
    return fd;
  }

  function appended([fd, bytes]: readonly unknown[], run: () => unknown): unknown {
    const at = fs.fstatSync(fd as number).size;
    const count = run() as number;
    open.get(fd as number)?.unsynced.push({ at, bytes: Buffer.from((bytes as Buffer).subarray(0, count)) });
    return count;
  }

  async function synced([fd]: readonly unknown[], run: () => unknown): Promise<void> {
    const entry = open.get(fd as number);
    const covered = entry ? [...entry.unsynced] : [];
    const content = entry ? fs.readFileSync(entry.path) : Buffer.alloc(0);
    await run();
    if (!entry || off) return;
    if (content.length > entry.synced.length) entry.synced = content;
    entry.unsynced = entry.unsynced.filter((append) => !covered.includes(append));
  }

  async function named([folder]: readonly unknown[], run: () => unknown): Promise<void> {
    const present = [...tracked.values()].filter((entry) => path.dirname(entry.path) === folder);
    await run();
    for (const entry of present) entry.named = true;
  }

  function cutPower(keep: (append: Append, index: number) => boolean = () => false): void {
    off = true;
    for (const entry of tracked.values()) {
      if (!entry.named) {
        fs.rmSync(entry.path, { force: true });
        continue;
      }
      const kept = entry.unsynced.filter(keep);
      const end = Math.max(entry.synced.length, ...kept.map(({ at, bytes }) => at + bytes.length));
      const content = Buffer.alloc(end);
      entry.synced.copy(content);
      for (const { at, bytes } of kept) bytes.copy(content, at);
      fs.writeFileSync(entry.path, content);
    }
  }

  return Object.defineProperty(Object.assign(files, { cutPower }), 'unsynced', {
    get: () => [...tracked.values()].flatMap((entry) => entry.unsynced),
  }) as unknown as ForgetfulFiles;
}
