/**
 * A bar chart as a PNG (RFC 2083), drawn without any library: an artifact that is not text, and opens in
 * every viewer.
 */
import { crc32, deflateSync } from 'node:zlib';

const BAR_WIDTH = 24;
const GAP = 8;
const HEIGHT = 160;
const MARGIN = 12;
const SIGNATURE = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PAPER: Colour = [250, 250, 247];
const INK: Colour = [60, 60, 60];

export type Colour = readonly [red: number, green: number, blue: number];

/** @param values at least 0, one bar each. @param colour of the bars. */
export function barChart(values: readonly number[], colour: Colour): Uint8Array<ArrayBuffer> {
  const width = 2 * MARGIN + values.length * (BAR_WIDTH + GAP);
  const height = HEIGHT + 2 * MARGIN;
  const highest = Math.max(1, ...values);
  const tops = values.map((value) => MARGIN + HEIGHT - Math.round((value / highest) * HEIGHT));
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows.set(colourAt(x, y, tops, colour), y * (1 + width * 3) + 1 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a channel, three channels, and the only compression and filter methods there are.
  header.set([8, 2, 0, 0, 0], 8);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([SIGNATURE, ...chunks]));
}

function colourAt(x: number, y: number, tops: readonly number[], colour: Colour): Colour {
  const base = MARGIN + HEIGHT;
  if (y === base) return INK;
  if (y > base || x < MARGIN) return PAPER;
  const column = Math.floor((x - MARGIN) / (BAR_WIDTH + GAP));
  const isBar = (x - MARGIN) % (BAR_WIDTH + GAP) < BAR_WIDTH;
  return isBar && y >= (tops[column] ?? base) ? colour : PAPER;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const made = Buffer.alloc(4 + body.length + 4);
  made.writeUInt32BE(data.length, 0);
  made.set(body, 4);
  made.writeUInt32BE(crc32(body), 4 + body.length);
  return made;
}
