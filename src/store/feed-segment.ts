/**
 * The files of the feed: `feed/<8 digits>-<boot id>.log`, one after the other.
 *
 *   {"crc":…,"feed":1,"segment":n,"told":[["<id>",<commit>,"<head>"],…]}     first line: what all earlier segments have told, see told-before.ts
 *   {"crc":…,"id":…,"from":…,"to":…,"head":…,"owners":[…],"types":[…]}     this journal has reached commit `to`
 *   {"crc":…,"seal":"<name of the next segment>"}                   nothing after it counts
 *
 * Every line is written with a newline before it too, so that one that was cut off spoils no other.
 */
import type { EventType } from '../domain/event.js';
import { decodeLine, encodeLine, encodeText, isWhole, NEWLINE } from '../journal/checked-line.js';
import { type Reached, ToldBefore } from './told-before.js';

/** What a writer or reader tells: the journal of `id` has reached commit `to`. */
export interface Telling {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  /** Id of commit `to`. */
  readonly head: string;
  /** Old and new owners of the taskspace. */
  readonly owners: readonly string[];
  /** Types of its events; empty: any. */
  readonly types: readonly EventType[];
  /** The journal was replaced by one that has not come so far: `to` holds although more was told before. */
  readonly again?: true;
  /** The writer who tells knows the journal to be on disk up to this offset. */
  readonly safe?: number;
}

/** What the tellings so far have said, by taskspace. */
export class Reaches {
  private before = ToldBefore.nothing;
  /** Told since then. */
  private readonly byId = new Map<string, Reached>();

  get(id: string): Reached | undefined {
    return this.byId.get(id) ?? this.before.get(id);
  }

  /** As the first line of the next segment says it. */
  json(): Buffer {
    return this.before.json(this.byId);
  }

  /** Whether a telling would say nothing new. */
  covers({ id, to, head, again }: Omit<Telling, 'from'>): boolean {
    const known = this.get(id);
    if (!known) return false;
    return again ? known.to === to && known.head === head : known.to >= to;
  }

  /** Takes what the first line of a segment says, which is everything that was told before it. */
  takeHead(told: ToldBefore | readonly (readonly [string, number, string])[]): void {
    if (told instanceof ToldBefore) {
      this.before = told;
      this.byId.clear();
    } else for (const [id, to, head] of told) this.byId.set(id, { to, head });
  }

  /** The line that stands at `at` as everybody reads it: from the first commit not told before; null: nothing new. */
  take(telling: Telling, segment: number, at: number): Told | null {
    if (this.covers(telling)) return null;
    const { id, to, head, owners, types, again, safe } = telling;
    const from = again ? 1 : (this.get(id)?.to ?? 0) + 1;
    this.byId.set(id, { to, head, ...(safe === undefined ? {} : { safe }) });
    return { segment, at, id, from, to, owners, types };
  }
}

/** A line that told something new, and where it stands. */
export interface Told {
  readonly segment: number;
  /** Offset of the line's first byte. */
  readonly at: number;
  readonly id: string;
  /** The commits it stands for, both inclusive. */
  readonly from: number;
  readonly to: number;
  readonly owners: readonly string[];
  /** Types of their events; empty: any. */
  readonly types: readonly EventType[];
}

export type FeedLine =
  | { readonly kind: 'head'; readonly told: Parameters<Reaches['takeHead']>[0] }
  | { readonly kind: 'telling'; readonly telling: Telling }
  | { readonly kind: 'seal'; readonly next: string }
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

export function encodeHead(segment: number, told: Reaches): Buffer {
  return encodeText([Buffer.from(`"feed":1,"segment":${segment},"told":`), told.json(), CLOSE]);
}

export function encodeTelling(telling: Telling): Buffer {
  return Buffer.concat([LINE_BREAK, encodeLine(telling)]);
}

export function encodeSeal(next: string): Buffer {
  return Buffer.concat([LINE_BREAK, encodeLine({ seal: next })]);
}

const LINE_BREAK = Buffer.from([NEWLINE]);
const CLOSE = Buffer.from('}');

/** The line, given without its newline; null for an empty one. */
export function decodeFeedLine(line: Buffer): FeedLine | null {
  if (line.length === 0) return null;
  const before = ToldBefore.of(line);
  if (before) return isWhole(line) ? { kind: 'head', told: before } : { kind: 'unreadable' };
  const fields = decodeLine(line);
  if (fields === null) return { kind: 'unreadable' };
  if ('seal' in fields) return { kind: 'seal', next: String(fields.seal) };
  if ('told' in fields) return { kind: 'head', told: fields.told as [string, number, string][] };
  return 'to' in fields ? { kind: 'telling', telling: fields as Telling } : { kind: 'unreadable' };
}
