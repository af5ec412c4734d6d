/**
 * The record codec: one commit as one line of JSON (DESIGN.md section 2).
 *
 *   {"crc":"<8 hex>","at":…,"id":"<16 hex>","prev":"<16 hex or empty>","safe":…,["format":1,]"commit":…,"time":…,"by":…,["key":…,]"events":[…]}
 *
 * `crc` is the CRC-32 of the line's bytes after its own field, without the newline. The first record carries the format.
 */
import { crc32 } from 'node:zlib';
import { type Commit, type Event, isKnownType } from '../domain/event.js';

export const FORMAT = 1;
export const NEWLINE = 0x0a;
/** Written before a record when the tail is torn: spoils the torn line, which a newline alone might complete. */
export const SPOILER = Buffer.from('!\n');

const CRC_FIELD = '{"crc":"';
const CRC_END = CRC_FIELD.length + 8;
const BODY_START = CRC_END + 2;
const LINE_BYTES_MIN = BODY_START + 20;

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
  const fields = { at, id, prev, safe, ...format, commit: number, time, by, ...(key ? { key } : {}), events };
  const text = `${CRC_FIELD}00000000",${JSON.stringify(fields).slice(1)}\n`;
  const line = Buffer.from(text);
  const crc = crc32(line.subarray(BODY_START, -1));
  line.write(crc.toString(16).padStart(8, '0'), CRC_FIELD.length, 'latin1');
  return line;
}

/** The record a line holds (given without its newline), or null when the line is void: garbled, or standing elsewhere. */
export function decodeRecord(line: Buffer, at: number): Record | null {
  if (line.length < LINE_BYTES_MIN || line.toString('latin1', 0, CRC_FIELD.length) !== CRC_FIELD) return null;
  const claimed = Number.parseInt(line.toString('latin1', CRC_FIELD.length, CRC_END), 16);
  if (crc32(line.subarray(BODY_START)) !== claimed) return null;
  const fields = parse(line);
  if (fields?.at !== at) return null;
  const { id, prev, safe, format, commit: number, time, by, key, events } = fields;
  return {
    at,
    prev,
    safe,
    commit: { id, number, time, by, key, events },
    ...(format === undefined ? {} : { format }),
  };
}

/** Why this code must not fold the record: a format or an event type it does not know; null when it may. */
export function unknownIn(record: Record): string | null {
  if (record.format !== undefined && record.format > FORMAT) return `journal format ${record.format}`;
  const event = record.commit.events.find(({ type }: { type: string }) => !isKnownType(type));
  return event ? `event type "${event.type}"` : null;
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

function parse(line: Buffer): Fields | null {
  try {
    return JSON.parse(line.toString()) as Fields;
  } catch {
    // A good CRC over what is not JSON: not one of our lines, so void like any other.
    return null;
  }
}
