/**
 * The segment checkpoint: what all earlier segments of the feed have published, kept as the bytes of a
 * segment's first line and searched there. At 100,000 taskspaces, parsing it would cost every starting
 * process some 60 ms and 20 MB.
 *
 *   [<tab>["<id>",<commit>,"<head>"],<tab>["<id>",<commit>,"<head>"],…]     in the order of ids
 *
 * A tab is a blank in JSON and never occurs raw within a string, so it shows where an entry begins.
 * Immutable.
 */

/** The last publication about a taskspace. */
export interface Reached {
  readonly to: number;
  readonly head: string;
  /** As in Publication; absent: unknown, or in an earlier segment. */
  readonly safe?: number;
}

type Entry = readonly [id: string, to: number, head: string];

const TAB = 0x09;
const QUOTE = 0x22;
const COMMA = ','.charCodeAt(0);
const OPEN = '['.charCodeAt(0);
const BEGIN = Buffer.from('"told":[\t');
/** The largest offset in a line at which `BEGIN` may begin. */
export const BEGIN_MAX = 300;
const END = ']}';
/** Consecutive ids are searched for within this distance first. */
const SPAN_BYTES = 256;

export class SegmentCheckpoint {
  /** @param entries each with a comma and a tab before it. */
  private constructor(private readonly entries: Buffer) {}

  static readonly nothing = new SegmentCheckpoint(Buffer.alloc(0));

  /** From a whole first line of a segment, given without its newline; null for any other line. */
  static of(line: Buffer): SegmentCheckpoint | null {
    const at = line.subarray(0, BEGIN_MAX).indexOf(BEGIN);
    if (at < 0) return null;
    // A copy: the line is part of a larger buffer that was read with it.
    const entries = Buffer.from(line.subarray(at + BEGIN.length - 2, -END.length));
    entries[0] = COMMA;
    return new SegmentCheckpoint(entries);
  }

  get(id: string): Reached | undefined {
    const { start, end } = this.find(id, 0, this.entries.length);
    if (start === end) return undefined;
    const [, to, head] = JSON.parse(this.entries.toString('utf8', start + 1, end)) as Entry;
    return { to, head };
  }

  *ids(): Generator<string> {
    const { entries } = this;
    for (let tab = entries.indexOf(TAB); tab >= 0; tab = entries.indexOf(TAB, tab + 1)) {
      const begin = tab + 3;
      yield entries.toString('latin1', begin, entries.indexOf(QUOTE, begin));
    }
  }

  /** The list as JSON, with what was published since. */
  json(since: ReadonlyMap<string, Reached>): Buffer {
    const pieces: Buffer[] = [];
    let text = '';
    let done = 0;
    for (const id of [...since.keys()].sort()) {
      const reached = since.get(id);
      if (!reached) continue;
      const { start, end } = this.findNear(id, done);
      if (start > done) {
        pieces.push(Buffer.from(text), this.entries.subarray(done, start));
        text = '';
      }
      text += `,\t${JSON.stringify([id, reached.to, reached.head] satisfies Entry)}`;
      done = end;
    }
    const json = Buffer.concat([...pieces, Buffer.from(text), this.entries.subarray(done), Buffer.from(']')]);
    if (json.length === 1) return Buffer.from('[]');
    json[0] = OPEN;
    return json;
  }

  /** Like `find`, for ids that are searched for in order: `from` is where the last one was. */
  private findNear(id: string, from: number): { start: number; end: number } {
    let low = from;
    for (let span = SPAN_BYTES; low + span < this.entries.length; span *= 2) {
      const { end, order } = this.compare(id, low + span, low);
      if (order <= 0) return this.find(id, low, end);
      low = end;
    }
    return this.find(id, low, this.entries.length);
  }

  /** Where an entry is, or would be: `start` = `end`. Both bounds are ends or beginnings of entries. */
  private find(id: string, from: number, to: number): { start: number; end: number } {
    let low = from;
    let high = to;
    while (low < high) {
      const { start, end, order } = this.compare(id, (low + high) >>> 1, low);
      if (order === 0) return { start, end };
      if (order < 0) high = start;
      else low = end;
    }
    return { start: low, end: low };
  }

  /** The entry around an offset, which is not before `low`; `order`: how the id compares to it. */
  private compare(id: string, offset: number, low: number): { start: number; end: number; order: number } {
    const { entries } = this;
    const tab = entries.lastIndexOf(TAB, Math.max(offset, low + 1));
    const begin = tab + 3;
    const own = entries.toString('latin1', begin, entries.indexOf(QUOTE, begin));
    const next = entries.indexOf(TAB, begin);
    const end = next < 0 ? entries.length : next - 1;
    return { start: tab - 1, end, order: id === own ? 0 : id < own ? -1 : 1 };
  }
}
