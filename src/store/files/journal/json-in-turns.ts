/**
 * JSON.parse for texts of many megabytes: large containers are taken apart, and other work runs in between.
 *
 * Accepts what JSON.stringify returns, without blanks between tokens. Refuses what is never written into a
 * journal: strings of many megabytes, and large containers nested many times over, which would cost a scan
 * each.
 */

/** Parsed at once. */
const PIECE_BYTES = 256 * 1024;
/** Scanned between two turns. */
const SCAN_BYTES = 256 * 1024;
/** A text of 256 KiB, each unit of it escaped. */
const STRING_BYTES_MAX = 4 * 1024 * 1024;
const DESCENTS_MAX = 8;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Errors: SyntaxError. */
export function parseInTurns(bytes: Buffer): Promise<unknown> {
  return parsed(bytes, 0, bytes.length, 0);
}

async function parsed(bytes: Buffer, start: number, end: number, descents: number): Promise<unknown> {
  if (end - start <= PIECE_BYTES) return JSON.parse(bytes.toString('utf8', start, end));
  await turn();
  const open = bytes[start];
  const close = bytes[end - 1];
  const isList = open === OPEN_LIST && close === CLOSE_LIST;
  if (!isList && !(open === OPEN_OBJECT && close === CLOSE_OBJECT)) {
    if (open !== QUOTE || end - start > STRING_BYTES_MAX) throw refused('a string', start);
    return JSON.parse(bytes.toString('utf8', start, end));
  }
  if (descents === DESCENTS_MAX) throw refused('a container', start);
  return isList
    ? listOf(bytes, start + 1, end - 1, descents + 1)
    : objectOf(bytes, start + 1, end - 1, descents + 1);
}

async function listOf(bytes: Buffer, start: number, end: number, descents: number): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const { from, to, large } of groupsOf(bytes, start, end)) {
    if (large) list.push(await parsed(bytes, from, to, descents));
    else for (const item of JSON.parse(`[${bytes.toString('utf8', from, to)}]`) as unknown[]) list.push(item);
  }
  return list;
}

async function objectOf(bytes: Buffer, start: number, end: number, descents: number): Promise<object> {
  const entries: [string, unknown][] = [];
  for await (const { from, to, large } of groupsOf(bytes, start, end)) {
    if (!large) {
      for (const entry of Object.entries(JSON.parse(`{${bytes.toString('utf8', from, to)}}`) as object))
        entries.push(entry);
      continue;
    }
    const colon = bytes.indexOf(COLON, endOfString(bytes, from, to));
    if (colon < 0 || colon >= to) throw refused('a member', from);
    const key = JSON.parse(bytes.toString('utf8', from, colon)) as unknown;
    if (typeof key !== 'string') throw refused('a member', from);
    entries.push([key, await parsed(bytes, colon + 1, to, descents)]);
  }
  return Object.fromEntries(entries);
}

interface Group {
  readonly from: number;
  readonly to: number;
  /** One member alone, longer than a piece. */
  readonly large: boolean;
}

/** The members of a container, grouped into pieces. */
async function* groupsOf(bytes: Buffer, start: number, end: number): AsyncGenerator<Group> {
  const scan = new Scan(bytes, start, end);
  for (let from = start, at = start; from < end; ) {
    while (!scan.next()) await turn();
    const to = scan.at;
    const last = to >= end;
    if (to - from > PIECE_BYTES && at > from) {
      yield { from, to: at - 1, large: false };
      await turn();
      from = at;
    }
    if (to - from > PIECE_BYTES || last) {
      yield { from, to, large: to - from > PIECE_BYTES };
      await turn();
      from = to + 1;
      // A trailing comma.
      if (!last && from >= end) throw refused('a member', to);
    }
    at = to + 1;
  }
}

/** Finds the ends of the members of a container, one after the other. */
class Scan {
  /** The comma behind the last member found, or the end of the container. */
  at: number;
  private depth = 0;
  private inString = false;
  private found = false;

  constructor(
    private readonly bytes: Buffer,
    start: number,
    private readonly end: number,
  ) {
    this.at = start;
  }

  /** Advances to the next end; false: not reached yet, call again. */
  next(): boolean {
    const { bytes, end } = this;
    let { at, depth, inString } = this;
    if (this.found) at++;
    this.found = false;
    const pause = Math.min(end, at + SCAN_BYTES);
    for (; at < pause; at++) {
      const byte = bytes[at];
      if (inString) {
        if (byte === BACKSLASH) at++;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
      else if (byte === COMMA && depth === 0) {
        this.found = true;
        break;
      }
    }
    Object.assign(this, { at: Math.min(at, end), depth, inString });
    return this.found || at >= end;
  }
}

/** Offset after the string that begins at `from`. */
function endOfString(bytes: Buffer, from: number, end: number): number {
  for (let at = from + 1; at < end; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at + 1;
  }
  return end;
}

function refused(what: string, at: number): SyntaxError {
  return new SyntaxError(`${what} at byte ${at} is not one that is written here`);
}

function turn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}
