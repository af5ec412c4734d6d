/**
 * The record codec: one commit as one line of JSON (DESIGN.md section 2).
 *
 *   {"crc":"<8 hex>","at":…,"id":"<16 hex>","prev":"<16 hex or empty>","safe":…,
 *    ["format":1,]"commit":…,"time":…,"by":…,["key":…,]"events":[…]}
 *
 * `crc` is the CRC-32 of the line's bytes after its own field, without the newline. The first record carries
 * the format.
 */

import { commitFault } from '../../../domain/commit-shape.js';
import { type Commit, type Event, isKnownType } from '../../../domain/event.js';
import { keptPieces } from '../../../domain/json-text.js';
import { oneLine } from '../../../platform/one-line.js';
import { decodeLine, decodeLineInTurns, encodeLine, encodeText, isCrcOf } from './checked-line.js';

export const FORMAT = 1;
const TYPE_SHOWN_MAX = 64;
/** A longer line is decoded in turns. */
const LONG_LINE_BYTES = 1024 * 1024;
/** Written before a record when the tail is torn: invalidates a line that a newline alone might complete. */
export const TAIL_GUARD = Buffer.from('!\n');

export interface Record {
  /** Offset of the line's first byte, as the line claims it. */
  readonly at: number;
  readonly prev: string;
  /** Offset up to which the writer knew the file to be on disk. */
  readonly safe: number;
  readonly commit: Commit;
  /** Set on the first record of a journal. */
  readonly format?: number;
}

/** The line of a record, its newline included. */
export function encodeRecord({ at, prev, safe, commit }: Omit<Record, 'format'>): Buffer {
  const { id, number, time, by, key, events } = commit;
  const format = number === 1 ? { format: FORMAT } : {};
  const head = { at, id, prev, safe, ...format, commit: number, time, by, ...(key ? { key } : {}) };
  return events.some(keptPieces) ? encodeLong(head, events) : encodeLine({ ...head, events });
}

/** The same bytes, from events whose JSON text exists already. */
function encodeLong(head: object, events: readonly Event[]): Buffer {
  const between = Buffer.from(',');
  const pieces: Buffer[] = [Buffer.from(`${oneLine(JSON.stringify(head)).slice(1, -1)},"events":[`)];
  for (const [i, event] of events.entries()) {
    if (i > 0) pieces.push(between);
    const text = keptPieces(event);
    if (text) for (const piece of text) pieces.push(piece);
    else pieces.push(Buffer.from(oneLine(JSON.stringify(event))));
  }
  pieces.push(Buffer.from(']}'));
  return encodeText(pieces);
}

/**
 * The record of a line (given without its newline), or null when it is garbled. The caller compares `at` with
 * the offset.
 */
export function decodeRecord(line: Buffer): Record | null {
  return recordOf(decodeLine(line));
}

/** The same; a promise of it for a long line, which is decoded with other work in between. */
export function decodeAnyRecord(line: Buffer): Record | null | Promise<Record | null> {
  return line.length > LONG_LINE_BYTES ? decodeLineInTurns(line).then(recordOf) : decodeRecord(line);
}

function recordOf(decoded: object | null): Record | null {
  const fields = decoded as Fields | null;
  if (typeof fields?.at !== 'number') return null;
  const { at, id, prev, safe, format, commit: number, time, by, key, events } = fields;
  return {
    at,
    prev,
    safe,
    commit: { id, number, time, by, key, events },
    ...(format === undefined ? {} : { format }),
  };
}

/** What links a record to its neighbours. */
export interface Link {
  readonly at: number;
  readonly id: string;
  readonly prev: string;
  readonly number: number;
}

/**
 * The link of a line (given without its newline), checked as in `decodeRecord` but without parsing the
 * events, which takes a tenth of the time; null when the line is garbled or not laid out as by
 * `encodeRecord`.
 */
export function decodeLink(line: Buffer): Link | null {
  const match = LINK.exec(line.toString('latin1', 0, LINK_BYTES_MAX));
  if (!match) return null;
  const [, crc = '', at, id = '', prev = '', number] = match;
  return isCrcOf(crc, line) ? { at: Number(at), id, prev, number: Number(number) } : null;
}

const LINK_BYTES_MAX = 160;
const LINK =
  /^\{"crc":"([0-9a-f]{8})","at":(\d+),"id":"([0-9a-f]+)","prev":"([0-9a-f]*)","safe":\d+,(?:"format":\d+,)?"commit":(\d+),/;

/** Why this version must not fold the record: a format or an event type unknown to it; null when it may. */
export function unknownIn({ format, commit }: Record): string | null {
  if (typeof format === 'number' && format > FORMAT) return `journal format ${format}`;
  if (!Array.isArray(commit.events)) return null;
  for (const event of commit.events as readonly ({ type?: unknown } | null)[]) {
    const type = event?.type;
    if (typeof type === 'string' && !isKnownType(type))
      return `event type "${type.slice(0, TYPE_SHOWN_MAX)}"`;
  }
  return null;
}

/**
 * Where a whole record is not what a journal may hold, as a JSON Pointer; null when it is. `at` and `prev`
 * are compared by the fold.
 * @param quick for an own record that is made of checked bodies: see shape.ts.
 */
export function recordFault({ at, safe, format, commit }: Record, quick?: boolean): string | null {
  if (!Number.isSafeInteger(safe) || safe < 0 || safe > at) return '/safe';
  if (format !== undefined && format !== FORMAT) return '/format';
  return commitFault(commit, quick);
}

interface Fields {
  at: number;
  id: string;
  prev: string;
  safe: number;
  format?: number;
  commit: number;
  time: string;
  by: string;
  key?: { key: string; body: string };
  events: Event[];
}
