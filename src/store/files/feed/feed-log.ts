/**
 * The feed: one append-only log for the server that says which journal has reached which commit (DESIGN.md
 * section 3).
 *
 * A writer publishes before it acknowledges; a reader publishes what is unpublished before it serves it. A
 * line covers every commit after the highest one published before; a line with nothing new is skipped. Every
 * process reads the same lines in the same order, so all agree on what each line has published. The feed is
 * never the truth: it can be published again.
 *
 * A process that reads a seal continues in the segment that it names, and makes that segment when it does not
 * exist. It makes none when later segments exist: it joins the newest one and reports that it has missed
 * something. A segment that vanished, or was cut short, without a seal was changed from outside: then a feed
 * begins that continues none, under a new epoch.
 */
import { randomBytes } from 'node:crypto';
import type { FeedListener } from '../../ports.js';
import type { Position } from '../../position.js';
import { NEWLINE } from '../journal/checked-line.js';
import { type Files, readExactly } from '../journal/files.js';
import { FeedFolder, type KeptSegment } from './folder.js';
import {
  decodeFeedLine,
  encodeMade,
  encodePublication,
  encodeSeal,
  type FeedLine,
  type Publication,
  type PublicationLine,
  ReachedHeads,
  type Seal,
  type SegmentHead,
  segmentName,
  segmentNumber,
} from './segment.js';
import type { Reached } from './segment-checkpoint.js';

export interface SegmentListener extends FeedListener {
  /**
   * After `onUnreadable`, when something was missed: what is published from now on does not continue what
   * came before.
   */
  onCut?(): void;
}

const READ_BYTES_MAX = 1024 * 1024;
/** Not named after its maker, so that two processes that begin at the same moment make the same file. */
const FIRST_SEGMENT = segmentName(1, '00000000');
/** Number of segments whose epochs are remembered, the latest. */
const PASSED_MAX = 1_000;

export class FeedLog {
  private readonly heads = new ReachedHeads();
  private readonly listeners = new Set<SegmentListener>();
  private readonly publishListeners = new Set<(id: string) => void>();
  protected readonly folder: FeedFolder;
  /** Epochs of the segments that were read by this process, consecutive and without a gap. */
  private readonly passed = new Map<number, string>();
  /** Every epoch that this process was ever in: a segment of one of them that comes back is an old copy. */
  private readonly epochs = new Set<string>();
  private fd: number | null = null;
  private name = '';
  private epoch = '';
  private segment = 0;
  /** Offset after the last whole line that was accepted, and after the first line. */
  private offset = 0;
  private headEnd = 0;
  /** Later segments existed when this one was entered: if it has no seal, it is no part of the feed. */
  private mustLeadOn = false;

  constructor(
    folder: string,
    protected readonly files: Files,
    /** 8 hex digits, new for every process: part of the names of the segments that it makes. */
    private readonly boot = randomBytes(4).toString('hex'),
  ) {
    this.folder = new FeedFolder(folder, files);
  }

  /**
   * Reads the newest segment; makes one when there is none.
   * @param first the server starts: no other process uses the feed.
   */
  open({ first = false } = {}): void {
    this.files.makeFolder(this.folder.path);
    this.enterNewest(!first);
    this.poll();
  }

  close(): void {
    if (this.fd !== null) this.files.close(this.fd);
    this.fd = null;
  }

  subscribe(listener: SegmentListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onPublish(listener: (id: string) => void): () => void {
    this.publishListeners.add(listener);
    return () => this.publishListeners.delete(listener);
  }

  /** What has been published for this taskspace, as of the last poll. */
  reached(id: string): Reached | undefined {
    return this.heads.get(id);
  }

  /** Ids of which anything was published, in no order, some more than once. */
  reachedIds(): Iterable<string> {
    return this.heads.ids();
  }

  /**
   * Where the last poll ended: the version of everything that spans taskspaces. It only grows within an
   * epoch; places of two epochs cannot be compared.
   */
  get position(): Position {
    return { epoch: this.epoch, segment: this.segment, at: this.offset, commit: 0 };
  }

  /** Name of the current segment's file. */
  get segmentName(): string {
    return this.name;
  }

  /** Identifies the current segment: no other segment of any feed has the same. '' before `open`. */
  get segmentId(): string {
    return this.name === '' ? '' : `${this.epoch}.${this.segment}`;
  }

  /** Bytes of the current segment, without its first line. */
  get publishedBytes(): number {
    return this.offset - this.headEnd;
  }

  /** The epoch of a segment that this process has read through, or is reading; undefined for any other. */
  epochOf(segment: number): string | undefined {
    return this.passed.get(segment);
  }

  polledAt = Number.NEGATIVE_INFINITY;

  /** Reads what was published since the last poll. One `fstat` when that is nothing. */
  poll(): Position {
    const now = performance.now();
    for (;;) {
      const fd = this.opened();
      const { size, nlink } = this.files.fstat(fd);
      if (size > this.offset && this.readOn(fd, size)) continue;
      // Removed or emptied, without a seal that says where the feed continues.
      if (nlink === 0 || size < this.offset) this.beginAnew();
      else if (this.mustLeadOn) this.joinNewest();
      else break;
    }
    this.polledAt = now;
    return this.position;
  }

  /** Publishes, unless published already. On return every later `poll` of any process sees it. */
  publish(publication: Publication): void {
    this.publishAll([publication]);
  }

  /** Each line is valid by itself: what a short append has cut is appended again. */
  protected publishAll(publications: readonly Publication[]): void {
    const isMissing = (publication: Publication): boolean => !this.heads.covers(publication);
    const missing = publications.filter(isMissing);
    for (let rest = missing; rest.length > 0; rest = rest.filter(isMissing)) {
      const own = rest.map((publication) => this.lineOf(publication));
      const lines = own.map(encodePublication);
      const bytes = Buffer.concat(lines);
      const fd = this.opened();
      this.files.append(fd, bytes);
      const { size, nlink } = this.files.fstat(fd);
      // No other line was appended since the last poll: these follow directly and need not be read.
      if (nlink !== 0 && size === this.offset + bytes.length)
        for (const [i, line] of own.entries()) this.acceptOwn(line, lines[i]?.length ?? 0);
      // Otherwise reads up to the own lines: a seal before them makes them invalid, and they are published in
      // the next segment.
      else this.poll();
    }
    for (const { id } of missing) for (const listener of this.publishListeners) listener(id);
  }

  private lineOf(publication: Publication): PublicationLine {
    const from = (this.reached(publication.id)?.to ?? 0) + 1;
    return { ...publication, from: Math.min(from, publication.to) };
  }

  /**
   * Seals the current segment: publications continue in a new one.
   * @param epoch of the new one; absent: unchanged.
   */
  rotate(epoch?: string): void {
    const { segmentId } = this;
    while (this.segmentId === segmentId) {
      const next = segmentName(this.segment + 1, this.boot);
      this.files.append(this.opened(), encodeSeal(epoch === undefined ? { next } : { next, epoch }));
      this.poll();
    }
  }

  /**
   * Checks whether the feed has continued in a segment that no poll leads to. To be called from time to time:
   * reading the folder costs more than a poll.
   */
  checkContinuity(): void {
    const newest = this.folder.names().at(-1);
    const { segmentId } = this;
    this.poll();
    if (newest === undefined || this.segmentId !== segmentId || newest <= this.name) return;
    // If the newest segment continues this one, its maker has read a seal here, and the poll would have found
    // it.
    if (this.folder.headOf(newest)?.epoch === this.epoch) this.joinNewest();
    else this.beginAnew();
    this.poll();
  }

  /** Names of the files of the feed, oldest first. */
  segments(): string[] {
    return this.folder.names();
  }

  /** The segments that lead to the current one, oldest first. */
  kept(): readonly KeptSegment[] {
    return this.folder.kept(this.name);
  }

  /**
   * Removes the oldest segments until the publications in the rest take at most `bytesMax`; the current one
   * always stays.
   */
  retain(bytesMax: number): void {
    this.folder.retain(bytesMax, this.segment);
  }

  /** False when there is no further whole line. */
  private readOn(fd: number, size: number): boolean {
    const length = Math.min(size - this.offset, READ_BYTES_MAX);
    let bytes = readExactly(this.files, fd, this.offset, length);
    if (bytes && bytes.indexOf(NEWLINE) < 0)
      bytes = readExactly(this.files, fd, this.offset, size - this.offset);
    if (!bytes) return false;
    const before = this.offset;
    const seal = this.acceptLines(bytes);
    if (seal !== null) this.follow(seal);
    return seal !== null || this.offset > before;
  }

  /** The seal, when one was read: what follows it is invalid, so the offset stays in front of it. */
  private acceptLines(bytes: Buffer): Seal | null {
    const base = this.offset;
    let from = 0;
    for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, from)) {
      const line = decodeFeedLine(bytes.subarray(from, newline));
      const at = base + from;
      if (line?.kind === 'seal') return line;
      from = newline + 1;
      this.offset = base + from;
      if (line) this.accept(line, at);
    }
    return null;
  }

  private accept(line: FeedLine, at: number): void {
    if (line.kind === 'head') {
      this.heads.acceptHead(line.told);
      this.headEnd = this.offset;
    }
    if (line.kind === 'unreadable') for (const listener of this.listeners) listener.onUnreadable();
    if (line.kind !== 'telling') return;
    const { epoch, segment } = this;
    const change = this.heads.accept(line.telling, { epoch, segment }, at);
    if (change) for (const listener of this.listeners) listener.onChange(change);
  }

  private acceptOwn(publication: PublicationLine, bytes: number): void {
    const at = this.offset + 1;
    this.offset += bytes;
    this.accept({ kind: 'telling', telling: publication }, at);
  }

  /** All processes that read a seal have read the same lines, so the first one may make the next segment. */
  private follow({ next, epoch = this.epoch, cut }: Seal): void {
    const { name, offset } = this;
    const isThere = this.folder.names().includes(next);
    // Otherwise other processes have passed it, and it is not kept any more.
    if (!isThere && !this.isPassed(next)) {
      const segment = segmentNumber(next) ?? 0;
      // A second segment of the same name is another one, and its first line says so.
      const isFirst = !cut && !this.folder.wasMade(next, this.opened(), offset);
      const head = isFirst ? { epoch, segment, after: [name, offset] as const } : newFeed(segment);
      if (this.folder.make(next, head, this.heads)) this.files.append(this.opened(), encodeMade(next));
    }
    const head = this.enter(next);
    const [before, at] = head?.after ?? [];
    if (head === null) this.joinNewest();
    else if (before !== name || at !== offset) this.cut();
  }

  /** Whether later segments exist behind this one: then it contains a seal, or it is no part of the feed. */
  private isPassed(name: string): boolean {
    return (segmentNumber(this.folder.names().at(-1) ?? '') ?? 0) > (segmentNumber(name) ?? 0);
  }

  /** Joins the other processes when the way to their segment is gone. */
  private joinNewest(): void {
    this.enterNewest();
    this.cut();
  }

  private enterNewest(anew = true): SegmentHead {
    for (;;) {
      const newest = this.folder.names().at(-1);
      const head = newest === undefined ? null : this.enter(newest);
      if (head) return head;
      const { epoch, segment, after } = newFeed(1);
      if (newest === undefined)
        this.folder.make(FIRST_SEGMENT, anew ? newFeed(1) : { epoch, segment, after }, this.heads);
    }
  }

  /**
   * Continues in a segment that continues none, made by the first process; otherwise seals what is there,
   * whatever it is.
   */
  private beginAnew(): void {
    const before = new Set(this.epochs);
    const { anew, epoch } = this.enterNewest();
    if (anew && !before.has(epoch)) this.cut();
    // A reader of this seal learns that what follows does not continue it.
    else this.sealForGood();
  }

  private sealForGood(): void {
    const next = segmentName((segmentNumber(this.name) ?? 0) + 1, this.boot);
    this.files.append(this.opened(), encodeSeal({ next, cut: true }));
  }

  /** Reads what follows from the segment's beginning. Null when the file does not exist. */
  private enter(name: string): SegmentHead | null {
    const fd = this.files.open(this.folder.fileOf(name), 'append');
    if (fd === null) return null;
    this.close();
    const segment = segmentNumber(name) ?? 0;
    const found = this.folder.headIn(fd);
    // A segment that has lost its first line, or is a copy of another one: nothing may be published in it.
    const head = found?.segment === segment ? found : { epoch: '', segment, after: null };
    this.fd = fd;
    this.name = name;
    this.segment = segment;
    this.epoch = head.epoch;
    this.offset = 0;
    this.headEnd = 0;
    this.mustLeadOn = this.isPassed(name);
    this.passed.set(segment, head.epoch);
    this.epochs.add(head.epoch);
    for (const oldest of this.passed.keys()) if (this.passed.size > PASSED_MAX) this.passed.delete(oldest);
    if (head !== found) this.sealForGood();
    return head;
  }

  private cut(): void {
    this.passed.clear();
    this.passed.set(this.segment, this.epoch);
    for (const listener of this.listeners) listener.onUnreadable();
    for (const listener of this.listeners) listener.onCut?.();
  }

  private opened(): number {
    this.fd ??= this.files.open(this.folder.fileOf(this.name), 'append');
    if (this.fd === null) throw new Error(`the feed segment ${this.name} is gone`);
    return this.fd;
  }
}

function newFeed(segment: number): SegmentHead {
  return { epoch: newEpoch(), segment, after: null, anew: true };
}

export function newEpoch(): string {
  return randomBytes(4).toString('hex');
}
