/**
 * The segments of the feed as files: which exist, which of them lead to the current one, how one is made and
 * how old ones are removed. A file's first line says what it is; its name alone is never trusted.
 */
import fs from 'node:fs';
import path from 'node:path';
import { NEWLINE } from '../journal/checked-line.js';
import type { Files } from '../journal/files.js';
import { readExactly } from '../journal/files.js';
import {
  decodeFeedLine,
  decodeHead,
  encodeHead,
  HEAD_BYTES_MAX,
  madeIn,
  type ReachedHeads,
  type SegmentHead,
  type SegmentId,
  segmentNumber,
} from './segment.js';

/** A segment that is kept, and that leads to the current one. */
export interface KeptSegment extends SegmentId {
  readonly name: string;
}

const TEMPORARY = /^\.\d{8}-[0-9a-f]{8}\.log\.\d+\.tmp$/;
/** A seal is shorter than this. */
const SEAL_BYTES_MAX = 300;
const READ_BYTES = 256 * 1024;

export class FeedFolder {
  /** The last result of `kept`, and the listing that it was made for. */
  private known: { readonly listing: string; readonly kept: readonly KeptSegment[] } | null = null;
  /** Bytes of first lines. */
  private readonly headBytes = new Map<string, number>();

  constructor(
    readonly path: string,
    private readonly files: Files,
  ) {}

  /** Names of the files that may be segments, in the order of their numbers; none when there is no folder. */
  names(): string[] {
    try {
      return fs.readdirSync(this.path).filter(isName).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  fileOf(name: string): string {
    return path.join(this.path, name);
  }

  /** The head in a file's first line; null when it does not exist, or is no segment. */
  headOf(name: string): SegmentHead | null {
    const bytes = this.bytesAt(name, 0, HEAD_BYTES_MAX);
    return bytes && decodeHead(bytes);
  }

  /** The same for an open file. */
  headIn(fd: number): SegmentHead | null {
    const bytes = this.bytesIn(fd, 0, HEAD_BYTES_MAX);
    return bytes && decodeHead(bytes);
  }

  /** Makes a segment, whole or not at all. False: there is one of this name. */
  make(name: string, head: SegmentHead, change: ReachedHeads): boolean {
    this.files.makeFolder(this.path);
    const temporary = this.fileOf(`.${name}.${process.pid}.tmp`);
    try {
      fs.writeFileSync(temporary, encodeHead(head, change));
      fs.linkSync(temporary, this.fileOf(name));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return false;
    } finally {
      fs.rmSync(temporary, { force: true });
    }
  }

  /**
   * Whether the segment `next` was made already behind the open one, whose seal is at `at`: its maker notes
   * it there.
   */
  wasMade(next: string, fd: number, at: number): boolean {
    for (let from = at, length = READ_BYTES; ; length *= 2) {
      const bytes = this.bytesIn(fd, from, length);
      if (bytes === null) return false;
      for (let newline = bytes.indexOf(NEWLINE), start = 0; newline >= 0; ) {
        if (madeIn(bytes.subarray(start, newline)) === next) return true;
        start = newline + 1;
        newline = bytes.indexOf(NEWLINE, start);
      }
      if (bytes.length < length) return false;
      from += bytes.lastIndexOf(NEWLINE) + 1;
    }
  }

  /** Removes what killed makers have left. No other process may use the feed. */
  tidy(): void {
    if (!fs.existsSync(this.path)) return;
    for (const name of fs.readdirSync(this.path))
      if (TEMPORARY.test(name)) fs.rmSync(this.fileOf(name), { force: true });
  }

  /**
   * The segment named `present` and those before it that lead to it without a gap, oldest first: each is
   * continued by the next one at its seal. Other files in the folder are no part of the feed.
   */
  kept(present: string): readonly KeptSegment[] {
    const names = this.names();
    const listing = `${present} ${names.join(' ')}`;
    if (this.known?.listing === listing) return this.known.kept;
    const there = new Set(names);
    const kept: KeptSegment[] = [];
    for (let name = present; there.has(name); ) {
      const head = this.headOf(name);
      if (head?.segment !== segmentNumber(name)) break;
      kept.unshift({ name, epoch: head.epoch, segment: head.segment });
      const [before, at] = head.after ?? [];
      if (before === undefined || at === undefined || before >= name || !this.leadsTo(name, before, at))
        break;
      name = before;
    }
    this.known = { listing, kept };
    return kept;
  }

  /**
   * Removes the oldest files until the publications in the rest take at most `bytesMax`. First lines are not
   * included, since they grow with the number of taskspaces and not with what happens. Those from number
   * `present` on stay.
   */
  retain(bytesMax: number, present: number): void {
    let bytes = 0;
    for (const name of this.names().reverse()) {
      const size = this.files.stat(this.fileOf(name))?.size ?? 0;
      bytes += Math.max(0, size - this.headBytesOf(name));
      if (bytes <= bytesMax || (segmentNumber(name) ?? 0) >= present) continue;
      fs.rmSync(this.fileOf(name), { force: true });
      this.headBytes.delete(name);
    }
  }

  private headBytesOf(name: string): number {
    const known = this.headBytes.get(name);
    if (known !== undefined) return known;
    for (let at = 0; ; at += READ_BYTES) {
      const bytes = this.bytesAt(name, at, READ_BYTES);
      const newline = bytes?.indexOf(NEWLINE) ?? 0;
      if (newline < 0) continue;
      const length = bytes === null ? at : at + newline + 1;
      this.headBytes.set(name, length);
      return length;
    }
  }

  /** Whether a segment contains a seal that names `next`. */
  private leadsTo(next: string, name: string, at: number): boolean {
    const bytes = this.bytesAt(name, at, SEAL_BYTES_MAX);
    const newline = bytes?.indexOf(NEWLINE) ?? -1;
    const line = bytes && newline >= 0 ? decodeFeedLine(bytes.subarray(0, newline)) : null;
    return line?.kind === 'seal' && line.next === next && !line.cut;
  }

  /** Up to `length` bytes, as many as there are; null when there are none. */
  private bytesAt(name: string, at: number, length: number): Buffer | null {
    const fd = this.files.open(this.fileOf(name), 'read');
    if (fd === null) return null;
    try {
      return this.bytesIn(fd, at, length);
    } finally {
      this.files.close(fd);
    }
  }

  private bytesIn(fd: number, at: number, length: number): Buffer | null {
    const { size } = this.files.fstat(fd);
    return size > at ? readExactly(this.files, fd, at, Math.min(length, size - at)) : null;
  }
}

function isName(name: string): boolean {
  return segmentNumber(name) !== null;
}
