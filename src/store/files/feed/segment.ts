/**
 * The files of the feed: `feed/<8 digits>-<boot id>.log`, one after the other.
 *
 *   {"crc":…,"feed":1,"segment":n,"epoch":"…","after":["<name>",<offset>],
 *    "told":[["<id>",<commit>,"<head>"],…]}
 *       first line. `epoch`: which feed it is. (`anew`: see SegmentHead.) `after`: the segment that it
 *       continues and the offset of that one's seal; absent when it continues none. `told`: what all earlier
 *       segments have published, see segment-checkpoint.ts
 *   {"crc":…,"id":…,"from":…,"to":…,"head":…,"owners":[…],"types":[…]}
 *       this journal has reached commit `to`
 *   {"crc":…,"seal":"<name of the next segment>","epoch":"…","cut":true}
 *       nothing after it is valid. `epoch`: of the next segment; absent: the same. `cut`: the next one does
 *       not continue this one
 *   {"crc":…,"made":"<name>"}
 *       behind the seal: the next segment was made
 *
 * Every line is written with a newline before it too, so that a truncated line damages no other. A name says
 * nothing about a file's content: the first line says which segment of which feed it is, and what it
 * continues.
 */
import type { EventType } from '../../../domain/event.js';
import { isCount, listOf, matching, oneOf, shapeOf, text } from '../../../domain/shape.js';
import type { Change } from '../../ports.js';
import { decodeLine, encodeLine, encodeText, isWhole, NEWLINE } from '../journal/checked-line.js';
import { BEGIN_MAX, type Reached, SegmentCheckpoint } from './segment-checkpoint.js';

/** A publication by a writer or reader: the journal of `id` has reached commit `to`. */
export interface Publication {
  readonly id: string;
  readonly to: number;
  /** Id of commit `to`. */
  readonly head: string;
  /** Old and new owners of the taskspace. */
  readonly owners: readonly string[];
  /** Types of its events; empty: any. */
  readonly types: readonly EventType[];
  /** The journal was replaced by a shorter one: `to` holds although more was published before. */
  readonly again?: true;
  /** Offset up to which the publishing writer knows the journal to be on disk. */
  readonly safe?: number;
}

/** As a line says it: the commits that it covers begin with `from`. */
export interface PublicationLine extends Publication {
  readonly from: number;
}

/** What has been published so far, by taskspace. */
export class ReachedHeads {
  private before = SegmentCheckpoint.nothing;
  /** Published since then. */
  private readonly byId = new Map<string, Reached>();

  get(id: string): Reached | undefined {
    return this.byId.get(id) ?? this.before.get(id);
  }

  /** In no order, some more than once. */
  *ids(): Generator<string> {
    yield* this.before.ids();
    yield* this.byId.keys();
  }

  /** As in the first line of the next segment. */
  json(): Buffer {
    return this.before.json(this.byId);
  }

  /** Whether a publication would say nothing new. */
  covers({ id, to, head, again }: Publication): boolean {
    const known = this.get(id);
    if (!known) return false;
    return again ? known.to === to && known.head === head : known.to >= to;
  }

  /** Accepts the first line of a segment, which contains everything that was published before it. */
  acceptHead(change: SegmentCheckpoint | readonly (readonly [string, number, string])[]): void {
    if (change instanceof SegmentCheckpoint) {
      this.before = change;
      this.byId.clear();
    } else for (const [id, to, head] of change) this.byId.set(id, { to, head });
  }

  /** The change by the line at `at`, from the first unpublished commit on; null: nothing new. */
  accept(publication: Publication, { epoch, segment }: SegmentId, at: number): Change | null {
    if (this.covers(publication)) return null;
    const { id, to, head, owners, types, again, safe } = publication;
    const from = again ? 1 : (this.get(id)?.to ?? 0) + 1;
    this.byId.set(id, { to, head, ...(safe === undefined ? {} : { safe }) });
    return { epoch, segment, at, id, from, to, owners, types };
  }
}

/** Which segment of which feed: see Position. */
export interface SegmentId {
  readonly epoch: string;
  readonly segment: number;
}

/** The last line of a segment. */
export interface Seal {
  /** Name of the next segment. */
  readonly next: string;
  /** Of the next segment; absent: the same. */
  readonly epoch?: string;
  /** The next segment does not continue this one: what was published in between is unknown. */
  readonly cut?: true;
}

/** What the first line of a segment says about the segment itself. */
export interface SegmentHead extends SegmentId {
  /** What it continues: a segment's name, and the offset of its seal. Null: nothing. */
  readonly after: readonly [name: string, at: number] | null;
  /** Made by a running server whose feed had vanished or was broken: all its processes continue in it. */
  readonly anew?: true;
}

export type FeedLine =
  | { readonly kind: 'head'; readonly told: Parameters<ReachedHeads['acceptHead']>[0] }
  | { readonly kind: 'telling'; readonly telling: PublicationLine }
  | ({ readonly kind: 'seal' } & Seal)
  /** Not whole: everything may have changed. */
  | { readonly kind: 'unreadable' };

const NAME = /^(\d{8})-[0-9a-f]{8}\.log$/;

/** The number in a segment's name; null for any other file. */
export function segmentNumber(name: string): number | null {
  const match = NAME.exec(name);
  return match ? Number(match[1]) : null;
}

export function segmentName(number: number, boot: string): string {
  return `${String(number).padStart(8, '0')}-${boot}.log`;
}

export function encodeHead({ epoch, segment, after, anew }: SegmentHead, change: ReachedHeads): Buffer {
  const link = after === null ? '' : `"after":${JSON.stringify(after)},`;
  const own = `"feed":1,"segment":${segment},"epoch":"${epoch}",${link}${anew ? '"anew":true,' : ''}"told":`;
  return encodeText([Buffer.from(own), change.json(), CLOSE]);
}

/** Upper bound for what a first line says about its own segment. */
export const HEAD_BYTES_MAX = BEGIN_MAX;
const HEAD =
  /^\{"crc":"[0-9a-f]{8}","feed":1,"segment":(\d{1,8})(?:,"epoch":"([0-9a-f]{8})")?(?:,"after":(\["[0-9a-f-]+\.log",\d+\]))?(,"anew":true)?,"told":\[/;

/** From the first bytes of a file; null when it is no segment of a feed. */
export function decodeHead(bytes: Buffer): SegmentHead | null {
  const [line, segment, epoch = '', after, anew] =
    HEAD.exec(bytes.toString('latin1', 0, HEAD_BYTES_MAX)) ?? [];
  if (line === undefined) return null;
  const link = after === undefined ? null : (JSON.parse(after) as [string, number]);
  return { epoch, segment: Number(segment), after: link, ...(anew ? { anew: true } : {}) };
}

export function encodePublication(publication: PublicationLine): Buffer {
  return Buffer.concat([LINE_BREAK, encodeLine(publication)]);
}

export function encodeSeal({ next, ...rest }: Seal): Buffer {
  return Buffer.concat([LINE_BREAK, encodeLine({ seal: next, ...rest })]);
}

/**
 * The line behind the seal that says that the next segment has been made. If that is missing later, it is
 * known to have existed.
 */
export function encodeMade(next: string): Buffer {
  return Buffer.concat([LINE_BREAK, encodeLine({ made: next })]);
}

/** The segment that a line says to have been made; null for any other line. */
export function madeIn(line: Buffer): string | null {
  const fields = decodeLine(line);
  return fields && 'made' in fields ? String(fields.made) : null;
}

const LINE_BREAK = Buffer.from([NEWLINE]);
const CLOSE = Buffer.from('}');

/** The line, given without its newline; null for an empty one. */
export function decodeFeedLine(line: Buffer): FeedLine | null {
  if (line.length === 0) return null;
  const before = SegmentCheckpoint.of(line);
  if (before) return isWhole(line) ? { kind: 'head', told: before } : { kind: 'unreadable' };
  const fields = decodeLine(line);
  if (fields === null) return { kind: 'unreadable' };
  return lineOf(fields) ?? { kind: 'unreadable' };
}

/** Null for a whole line of another shape: names in it become names of files. */
function lineOf(fields: object): FeedLine | null {
  if ('seal' in fields) {
    if (isSeal(fields) !== null) return null;
    const { seal, epoch, cut } = fields as unknown as { seal: string } & Omit<Seal, 'next'>;
    return { kind: 'seal', next: seal, ...(epoch ? { epoch } : {}), ...(cut ? { cut } : {}) };
  }
  if ('told' in fields) {
    const { told } = fields;
    return areTold(told) === null ? { kind: 'head', told: told as [string, number, string][] } : null;
  }
  return isTelling(fields) === null ? { kind: 'telling', telling: fields as PublicationLine } : null;
}

const isId = matching(/^[a-z0-9][a-z0-9_-]{0,63}$/);
const isShort = text(0, 1024);
const isSeal = shapeOf({ seal: matching(NAME) }, { epoch: isShort, cut: oneOf([true]) });
const isTold = shapeOf({ 0: isId, 1: isCount, 2: isShort });
const areTold = listOf((entry) => (Array.isArray(entry) ? isTold({ ...entry }) : ''));
const isTelling = shapeOf(
  { id: isId, from: isCount, to: isCount, head: isShort, owners: listOf(isShort), types: listOf(isShort) },
  { again: oneOf([true]), safe: isCount },
);
