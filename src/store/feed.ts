/**
 * The feed: one append-only log for the server that says which journal has reached which commit (DESIGN.md section 3).
 *
 * A writer tells before it acknowledges, a reader before it serves what nobody has told yet. A line stands for every
 * commit after the highest one told before; one that tells nothing new is skipped. Every process reads the same lines
 * in the same order, so all agree on what each line told. The feed is never the truth: it can be told again.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { NEWLINE } from '../journal/checked-line.js';
import { type Files, nodeFiles } from '../journal/files.js';
import { readExactly } from '../journal/journal.js';
import {
  decodeFeedLine,
  encodeHead,
  encodeSeal,
  encodeTelling,
  type FeedLine,
  Reaches,
  segmentName,
  segmentNumber,
  type Telling,
  type Told,
} from './feed-segment.js';
import { takeStopMark, writeFeedStart } from './feed-start.js';
import { feedFolder } from './paths.js';
import type { Reached } from './told-before.js';

export interface FeedPlace {
  readonly segment: number;
  readonly offset: number;
}

export interface FeedListener {
  onTold(told: Told): void;
  /** A line could not be read: everything may have changed. */
  onUnreadable(): void;
}

const READ_BYTES_MAX = 1024 * 1024;
/** Not named after its maker, so that two that begin at the same moment make the same one. */
const FIRST_SEGMENT = segmentName(1, '00000000');

/** Begins a new segment: once for every start of the server, by the one who holds the lock of the data folder. */
export function beginFeed(dataDir: string): void {
  const clean = takeStopMark(dataDir);
  const feed = new Feed(feedFolder(dataDir), nodeFiles);
  const first = !fs.existsSync(feedFolder(dataDir)) || feed.segments().length === 0;
  feed.open();
  // Also when it has told nothing: after a power cut the same place may have named another state before.
  if (!first) feed.rotate();
  writeFeedStart(dataDir, { segment: feed.place.segment, clean });
  feed.close();
}

export class Feed {
  private readonly told = new Reaches();
  private readonly listeners = new Set<FeedListener>();
  private fd: number | null = null;
  private name = '';
  private segment = 0;
  /** Offset after the last whole line taken in. */
  private offset = 0;

  constructor(
    private readonly folder: string,
    private readonly files: Files,
    /** 8 hex digits, new for every process: names the segments that it makes. */
    private readonly boot = randomBytes(4).toString('hex'),
  ) {}

  /** Reads the newest segment; makes the first one. */
  open(): void {
    this.files.makeFolder(this.folder);
    const newest = this.segments().at(-1);
    if (newest === undefined) this.create(FIRST_SEGMENT);
    this.enter(newest ?? FIRST_SEGMENT);
    this.look();
  }

  close(): void {
    if (this.fd !== null) this.files.close(this.fd);
    this.fd = null;
  }

  listen(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What has been told of this taskspace as of the last look. */
  reached(id: string): Reached | undefined {
    return this.told.get(id);
  }

  /** Where the last look ended. It only grows, and is the version of everything that spans taskspaces. */
  get place(): FeedPlace {
    return { segment: this.segment, offset: this.offset };
  }

  /** The present segment's name: no other segment of any start has the same. */
  get segmentName(): string {
    return this.name;
  }

  /** Called when this process has told something: the moment to wake the others. */
  onTell: ((telling: Omit<Telling, 'from'>) => void) | undefined;
  /** When the last look was, in ms of `performance.now()`. */
  lookedAt = Number.NEGATIVE_INFINITY;

  /** Takes in what was told since. One `fstat` when that is nothing. */
  look(): FeedPlace {
    const now = performance.now();
    for (;;) {
      const fd = this.opened();
      const { size } = this.files.fstat(fd);
      if (size > this.offset && this.takeIn(fd, size)) continue;
      this.lookedAt = now;
      return this.place;
    }
  }

  /** Tells, unless it has been told; when this returns, every later `look` of any process sees it. */
  tell(telling: Omit<Telling, 'from'>): void {
    if (this.told.covers(telling)) return;
    while (!this.told.covers(telling)) {
      const from = (this.reached(telling.id)?.to ?? 0) + 1;
      const own = { ...telling, from: Math.min(from, telling.to) };
      const line = encodeTelling(own);
      const fd = this.opened();
      this.files.append(fd, line);
      // Nobody else has told anything since the last look: the line stands right behind it, and need not be read.
      if (this.files.fstat(fd).size === this.offset + line.length) this.takeOwn(own, line.length);
      // Else reads on to its own line: a seal before it makes it void, and it is told again in the next segment.
      else this.look();
    }
    this.onTell?.(telling);
  }

  /** Ends the present segment: what comes next is told in a new one. */
  rotate(): void {
    const { segment } = this;
    while (this.segment === segment) {
      this.files.append(this.opened(), encodeSeal(segmentName(segment + 1, this.boot)));
      this.look();
    }
  }

  /** Names of the segments that are kept, oldest first. */
  segments(): string[] {
    const numbered = fs.readdirSync(this.folder).filter((name) => segmentNumber(name) !== null);
    return numbered.sort();
  }

  /** Removes the oldest segments until the rest takes at most `bytesMax`; the present one always stays. */
  retain(bytesMax: number): void {
    const kept = this.segments().reverse();
    let bytes = 0;
    for (const name of kept) {
      const file = path.join(this.folder, name);
      bytes += this.files.stat(file)?.size ?? 0;
      if (bytes > bytesMax && (segmentNumber(name) ?? 0) < this.segment) fs.rmSync(file, { force: true });
    }
  }

  /** False when the lines went into the next segment: look again there. */
  private takeIn(fd: number, size: number): boolean {
    const length = Math.min(size - this.offset, READ_BYTES_MAX);
    let bytes = readExactly(this.files, fd, this.offset, length);
    if (bytes && bytes.indexOf(NEWLINE) < 0)
      bytes = readExactly(this.files, fd, this.offset, size - this.offset);
    if (!bytes) return false;
    const before = this.offset;
    const next = this.takeLines(bytes);
    if (next !== null) this.follow(next);
    return next !== null || this.offset > before;
  }

  /** The name of the next segment when a seal was met; what follows it does not count. */
  private takeLines(bytes: Buffer): string | null {
    const base = this.offset;
    let from = 0;
    for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, from)) {
      const line = decodeFeedLine(bytes.subarray(from, newline));
      const at = base + from;
      from = newline + 1;
      this.offset = base + from;
      if (line?.kind === 'seal') return line.next;
      if (line) this.take(line, at);
    }
    return null;
  }

  private take(line: FeedLine, at: number): void {
    if (line.kind === 'head') this.told.takeHead(line.told);
    if (line.kind === 'unreadable') for (const listener of this.listeners) listener.onUnreadable();
    if (line.kind !== 'telling') return;
    const told = this.told.take(line.telling, this.segment, at);
    if (told) for (const listener of this.listeners) listener.onTold(told);
  }

  private takeOwn(telling: Telling, bytes: number): void {
    const at = this.offset + 1;
    this.offset += bytes;
    this.take({ kind: 'telling', telling }, at);
  }

  /** Everybody who meets a seal has read the same lines, so whoever comes first may make the next segment. */
  private follow(next: string): void {
    if (this.files.stat(path.join(this.folder, next)) === null) this.create(next);
    this.enter(next);
  }

  private create(name: string): void {
    const temporary = path.join(this.folder, `.${name}.${process.pid}.tmp`);
    fs.writeFileSync(temporary, encodeHead(segmentNumber(name) ?? 0, this.told));
    try {
      fs.linkSync(temporary, path.join(this.folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      fs.rmSync(temporary, { force: true });
    }
  }

  private enter(name: string): void {
    this.close();
    this.name = name;
    this.segment = segmentNumber(name) ?? 0;
    this.offset = 0;
    this.fd = this.files.open(path.join(this.folder, name), 'append');
  }

  private opened(): number {
    this.fd ??= this.files.open(path.join(this.folder, this.name), 'append');
    if (this.fd === null) throw new Error(`the feed segment ${this.name} is gone`);
    return this.fd;
  }
}
