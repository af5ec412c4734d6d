/**
 * Lines that show whether they are whole: `{"crc":"<8 hex>",…}` and a newline.
 *
 * `crc` is the CRC-32 of the line's bytes after its own field, without the newline. Journals and the feed
 * consist of such lines. Characters that some readers take for the end of a line are escaped; earlier
 * versions left them raw, and those lines are still read.
 */
import { crc32 } from 'node:zlib';
import { oneLine } from '../../../platform/one-line.js';
import { crc32InTurns } from './bytes-in-turns.js';
import { parseInTurns } from './json-in-turns.js';

export const NEWLINE = 0x0a;

const CRC_FIELD = '{"crc":"';
const CRC_END = CRC_FIELD.length + 8;
const BODY_START = CRC_END + 2;
const LINE_BYTES_MIN = BODY_START + 2;
const EMPTY_LINE = Buffer.from(`${CRC_FIELD}00000000",`);
const LINE_END = Buffer.from([NEWLINE]);

/** The line of an object with at least one member, its newline included. */
export function encodeLine(fields: object): Buffer {
  const line = Buffer.from(`${CRC_FIELD}00000000",${oneLine(JSON.stringify(fields)).slice(1)}\n`);
  line.write(crcOf(line.subarray(BODY_START, -1)), CRC_FIELD.length, 'latin1');
  return line;
}

/** The same for an object that exists as JSON text already, in pieces, without its first brace. */
export function encodeText(pieces: readonly Buffer[]): Buffer {
  const line = Buffer.concat([EMPTY_LINE, ...pieces, LINE_END]);
  line.write(crcOf(line.subarray(BODY_START, -1)), CRC_FIELD.length, 'latin1');
  return line;
}

/** Whether these are the hex digits of the CRC of a line, given without its newline. */
export function isCrcOf(crc: string, line: Buffer): boolean {
  return Number.parseInt(crc, 16) === crc32(line.subarray(BODY_START));
}

/** The object of a line (given without its newline), `crc` included; null when the line is not whole. */
export function decodeLine(line: Buffer): object | null {
  if (!isWhole(line)) return null;
  try {
    return JSON.parse(line.toString()) as object;
  } catch {
    // A correct CRC over something that is not JSON: not a line of this format.
    return null;
  }
}

/** Whether these bytes may be the beginning of such a line. */
export function mayBeginLine(bytes: Buffer): boolean {
  return CRC_FIELD.startsWith(bytes.toString('latin1', 0, CRC_FIELD.length));
}

/** The same for a line of many megabytes, with other work in between. */
export async function decodeLineInTurns(line: Buffer): Promise<object | null> {
  if (!isCrcLine(line) || crcIn(line) !== hexOf(await crc32InTurns(line.subarray(BODY_START)))) return null;
  try {
    return (await parseInTurns(line)) as object;
  } catch {
    return null;
  }
}

/** Whether a line, given without its newline, has a CRC field that holds. */
export function isWhole(line: Buffer): boolean {
  return isCrcLine(line) && crcIn(line) === crcOf(line.subarray(BODY_START));
}

function isCrcLine(line: Buffer): boolean {
  return line.length >= LINE_BYTES_MIN && line.toString('latin1', 0, CRC_FIELD.length) === CRC_FIELD;
}

function crcIn(line: Buffer): string {
  return line.toString('latin1', CRC_FIELD.length, CRC_END);
}

function crcOf(bytes: Buffer): string {
  return hexOf(crc32(bytes));
}

function hexOf(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
