/**
 * The feed: one append-only log for the server that says which journal has reached which commit (DESIGN.md section 3).
 *
 * A writer tells before it acknowledges, a reader before it serves what nobody has told yet. A line stands for every
 * commit after the highest one told before; one that tells nothing new is skipped. Every process reads the same lines
 * in the same order, so all agree on what each line told. The feed is never the truth: it can be told again.
 *
 * Who comes to a seal goes on in the segment that it names, and makes it when nobody has. He makes none behind which
 * others have gone on already: when the one he looks for is gone he joins the newest, and says that he has missed
 * something. A segment that vanished, or was cut short, without a seal is nobody's doing here: then a feed begins that
 * continues none, under an epoch of its own.
 */
import { randomBytes } from 'node:crypto';
import { NEWLINE } from '../journal/checked-line.js';
import { type Files, nodeFiles, readExactly } from '../journal/files.js';
import { FeedFolder, type KeptSegment } from './feed-folder.js';
import {
  type Change,
  decodeFeedLine,
  encodeMade,
  encodePublication,
  encodeSeal,
  type FeedLine,
  type Publication,
  ReachedHeads,
  type Seal,
  type SegmentHead,
  type SegmentId,
  segmentName,
  segmentNumber,
} from './feed-segment.js';
import { consumeStopMark, writeFeedStart } from './feed-start.js';
import { feedFolder } from './paths.js';
import type { Reached } from './segment-checkpoint.js';

export interface FeedPlace extends SegmentId {
  readonly offset: number;
}

export interface FeedListener {
  onChange(change: Change): void;
  /** Something could not be read, or was missed: everything may have changed. */
  onUnreadable(): void;
  /** After `onUnreadable`, when it was missed: what is told from now on does not continue what was told before. */
  onCut?(): void;
}

const READ_BYTES_MAX = 1024 * 1024;
/** Not named after its maker, so that two that begin at the same moment make the same one. */
const FIRST_SEGMENT = segmentName(1, '00000000');
/** Segments whose epochs are remembered, the latest. */
const PASSED_MAX = 1_000;

/**
 * Begins a new segment, with an epoch of its own: once for every start of the server, by the one who holds the lock of the
 * data folder. So no place names two states, whatever was lost or put back while the server stood still.
 */
export function beginFeed(dataDir: string): void {
  const clean = consumeStopMark(dataDir);
  const folder = new FeedFolder(feedFolder(dataDir), nodeFiles);
  folder.tidy();
  const first = folder.names().length === 0;
  const feed = new Feed(feedFolder(dataDir), nodeFiles);
  feed.open({ first: true });
  // Also when it has told nothing: after a power cut the same place may have named another state before.
  if (!first) feed.rotate(newEpoch());
  const { epoch, segment } = feed.place;
  writeFeedStart(dataDir, { epoch, segment, clean });
  feed.close();
}

export class Feed {
  private readonly heads = new ReachedHeads();
  private readonly listeners = new Set<FeedListener>();
  private readonly folder: FeedFolder;
  /** Epochs of segments that were read here, one after the other without a gap. */
  private readonly passed = new Map<number, string>();
  /** Every epoch that this process was ever in: a segment of one of them that comes back is an old copy. */
  private readonly epochs = new Set<string>();
  private fd: number | null = null;
  private name = '';
  private epoch = '';
  private segment = 0;
  /** Offset after the last whole line taken in, and after the first line. */
  private offset = 0;
  private headEnd = 0;
  /** Others had gone on behind it when it was entered: one without a seal is no part of the feed. */
  private mustLeadOn = false;

  constructor(
    folder: string,
    private readonly files: Files,
    /** 8 hex digits, new for every process: names the segments that it makes. */
    private readonly boot = randomBytes(4).toString('hex'),
  ) {
    this.folder = new FeedFolder(folder, files);
  }

  /** Reads the newest segment; makes one when there is none. @param first the server starts: nobody else is at work here. */
  open({ first = false } = {}): void {
    this.files.makeFolder(this.folder.path);
    this.enterNewest(!first);
    this.poll();
  }

  close(): void {
    if (this.fd !== null) this.files.close(this.fd);
    this.fd = null;
  }

  subscribe(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What has been told of this taskspace as of the last look. */
  reached(id: string): Reached | undefined {
    return this.heads.get(id);
  }

  /**
   * Where the last look ended: the version of everything that spans taskspaces. Within an epoch it only grows; places of two
   * epochs cannot be compared.
   */
  get place(): FeedPlace {
    return { epoch: this.epoch, segment: this.segment, offset: this.offset };
  }

  /** The present segment's file. */
  get segmentName(): string {
    return this.name;
  }

  /** Names the present segment: no other one of any feed has the same. '' before `open`. */
  get segmentId(): string {
    return this.name === '' ? '' : `${this.epoch}.${this.segment}`;
  }

  /** Bytes of the present segment, without its first line. */
  get publishedBytes(): number {
    return this.offset - this.headEnd;
  }

  /** The epoch of a segment that this process has read through, or reads; undefined for any other. */
  epochOf(segment: number): string | undefined {
    return this.passed.get(segment);
  }

  /** Called when this process has told something: the moment to wake the others. */
  onPublish: ((publication: Omit<Publication, 'from'>) => void) | undefined;
  /** When the last look was, in ms of `performance.now()`. */
  polledAt = Number.NEGATIVE_INFINITY;

  /** Takes in what was told since. One `fstat` when that is nothing. */
  poll(): FeedPlace {
    const now = performance.now();
    for (;;) {
      const fd = this.opened();
      const { size, nlink } = this.files.fstat(fd);
      if (size > this.offset && this.readOn(fd, size)) continue;
      // Removed or emptied, and no seal says where others went on.
      if (nlink === 0 || size < this.offset) this.beginAnew();
      else if (this.mustLeadOn) this.joinNewest();
      else break;
    }
    this.polledAt = now;
    return this.place;
  }

  /** Tells, unless it has been told; when this returns, every later `look` of any process sees it. */
  publish(publication: Omit<Publication, 'from'>): void {
    if (this.heads.covers(publication)) return;
    while (!this.heads.covers(publication)) {
      const from = (this.reached(publication.id)?.to ?? 0) + 1;
      const own = { ...publication, from: Math.min(from, publication.to) };
      const line = encodePublication(own);
      const fd = this.opened();
      this.files.append(fd, line);
      const { size, nlink } = this.files.fstat(fd);
      // Nobody else has told anything since the last look: the line stands right behind it, and need not be read.
      if (nlink !== 0 && size === this.offset + line.length) this.acceptOwn(own, line.length);
      // Else reads on to its own line: a seal before it makes it void, and it is told again in the next segment.
      else this.poll();
    }
    this.onPublish?.(publication);
  }

  /** Ends the present segment: what comes next is told in a new one. @param epoch of the new one; absent: the same. */
  rotate(epoch?: string): void {
    const { segmentId } = this;
    while (this.segmentId === segmentId) {
      const next = segmentName(this.segment + 1, this.boot);
      this.files.append(this.opened(), encodeSeal(epoch === undefined ? { next } : { next, epoch }));
      this.poll();
    }
  }

  /**
   * Looks whether others have gone on where no look from here leads. To be called now and then: a look at the folder costs
   * more than a look at the feed.
   */
  checkFolder(): void {
    const newest = this.folder.names().at(-1);
    const { segmentId } = this;
    this.poll();
    if (newest === undefined || this.segmentId !== segmentId || newest <= this.name) return;
    // Whoever made it had met a seal here, if it continues this segment; and that would have been read now.
    if (this.folder.headOf(newest)?.epoch === this.epoch) this.joinNewest();
    else this.beginAnew();
    this.poll();
  }

  /** Names of the files of the feed, oldest first. */
  segments(): string[] {
    return this.folder.names();
  }

  /** The segments from which the present one can be reached, oldest first. */
  kept(): readonly KeptSegment[] {
    return this.folder.kept(this.name);
  }

  /** Removes the oldest segments until what the rest tells takes at most `bytesMax`; the present one always stays. */
  retain(bytesMax: number): void {
    this.folder.retain(bytesMax, this.segment);
  }

  /** False when there is no whole line more. */
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

  /** The seal, when one was met: what follows it does not count, so the offset stays where it stands. */
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

  private acceptOwn(publication: Publication, bytes: number): void {
    const at = this.offset + 1;
    this.offset += bytes;
    this.accept({ kind: 'telling', telling: publication }, at);
  }

  /** Everybody who meets a seal has read the same lines, so whoever comes first may make the next segment. */
  private follow({ next, epoch = this.epoch, cut }: Seal): void {
    const { name, offset } = this;
    const isThere = this.folder.names().includes(next);
    // Else others have passed it, and it is not kept any more.
    if (!isThere && !this.isPassed(next)) {
      const segment = segmentNumber(next) ?? 0;
      // A second one of the same name is another one, and says so.
      const isFirst = !cut && !this.folder.wasMade(next, this.opened(), offset);
      const head = isFirst ? { epoch, segment, after: [name, offset] as const } : newFeed(segment);
      if (this.folder.make(next, head, this.heads)) this.files.append(this.opened(), encodeMade(next));
    }
    const head = this.enter(next);
    const [before, at] = head?.after ?? [];
    if (head === null) this.joinNewest();
    else if (before !== name || at !== offset) this.cut();
  }

  /** Whether others have gone on behind a segment: then a seal stands in it, or it is not theirs. */
  private isPassed(name: string): boolean {
    return (segmentNumber(this.folder.names().at(-1) ?? '') ?? 0) > (segmentNumber(name) ?? 0);
  }

  /** Where all others are, when the way there is gone. */
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

  /** Goes on in a segment that continues none: in that of whoever came first; else it ends what lies there, whatever it is. */
  private beginAnew(): void {
    const before = new Set(this.epochs);
    const { anew, epoch } = this.enterNewest();
    if (anew && !before.has(epoch)) this.cut();
    // Who reads the seal finds out that what follows does not continue it.
    else this.sealForGood();
  }

  private sealForGood(): void {
    const next = segmentName((segmentNumber(this.name) ?? 0) + 1, this.boot);
    this.files.append(this.opened(), encodeSeal({ next, cut: true }));
  }

  /** What follows is read from the segment's beginning. Null when it is not there. */
  private enter(name: string): SegmentHead | null {
    const fd = this.files.open(this.folder.fileOf(name), 'append');
    if (fd === null) return null;
    this.close();
    const segment = segmentNumber(name) ?? 0;
    const found = this.folder.headIn(fd);
    // One that has lost its first line, or is a copy of another one: nothing may be told in it.
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

function newEpoch(): string {
  return randomBytes(4).toString('hex');
}
