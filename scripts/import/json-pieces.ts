/**
 * A JSON document cut into pieces while it is read, so that none has to be held whole: the elements of an
 * array, the members of an object, and the elements of members that are arrays. Brackets and strings are
 * followed byte by byte without recursion, so nesting costs nothing, and a broken piece costs itself alone.
 */
import { keyOf } from './json-text.js';
import { Gathered } from './lines.js';
import type { Notes } from './notes.js';

export interface TextPiece {
  readonly text: string;
  /** As "history[3]", "element 4" or the member's name. */
  readonly where: string;
  /** The member of an object, null in an array. */
  readonly member: string | null;
  readonly isElement: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);
const ARRAY = 0x5b;
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d, 0]);

export async function* jsonPieces(
  chunks: AsyncIterable<Buffer>,
  notes: Notes,
): AsyncGenerator<TextPiece, void, undefined> {
  const scanner = new Scanner(notes);
  for await (const chunk of chunks) yield* scanner.take(chunk);
  scanner.end();
}

class Scanner {
  private depth = 0;
  private inString = false;
  private isEscaped = false;
  private isObject = false;
  /** Depth at which pieces lie: 1, or 2 within a member that is an array. */
  private level = 1;
  private member: string | null = null;
  private isKey = false;
  private hasValue = false;
  private index = 0;
  private isOver = false;
  private hasRest = false;
  private hasNul = false;
  private readonly gathered = new Gathered();

  constructor(private readonly notes: Notes) {}

  *take(chunk: Buffer): Generator<TextPiece, void, undefined> {
    // Where the part of the present piece begins that lies in this chunk; -1 when there is no piece.
    let start = this.hasValue || this.isKey ? 0 : -1;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (this.inString) {
        if (this.isEscaped) this.isEscaped = false;
        else if (byte === BACKSLASH) this.isEscaped = true;
        else if (byte === QUOTE) this.inString = false;
        continue;
      }
      if (BLANK.has(byte)) {
        if (byte === 0) this.hasNul = true;
        continue;
      }
      if (this.isOver) {
        this.hasRest = true;
        return;
      }
      if (this.depth === 0) {
        this.isObject = byte !== ARRAY;
        this.isKey = false;
        this.depth = 1;
        continue;
      }
      if (this.depth === this.level) {
        if (byte === COLON && this.isObject && this.level === 1 && this.isKey) {
          this.gathered.add(chunk.subarray(start, i));
          this.member = nameOf(this.gathered.take('a name', this.notes));
          this.isKey = false;
          this.index = 0;
          start = -1;
          continue;
        }
        if (byte === COMMA || CLOSE.has(byte)) {
          if (this.hasValue) {
            this.gathered.add(chunk.subarray(start, i));
            yield* this.piece();
          }
          this.gathered.take('', this.notes);
          start = -1;
          if (byte === COMMA) {
            if (this.level === 1) this.member = this.isObject ? null : this.member;
            continue;
          }
          this.depth--;
          if (this.level === 2) this.level = 1;
          else this.isOver = true;
          continue;
        }
        if (!this.hasValue && !this.isKey) {
          const isValue = !this.isObject || this.level === 2 || this.member !== null;
          if (isValue && this.isObject && this.level === 1 && byte === ARRAY) {
            this.level = 2;
            this.depth = 2;
            continue;
          }
          if (isValue) this.hasValue = true;
          else this.isKey = true;
          start = i;
        }
      }
      if (byte === QUOTE) this.inString = true;
      else if (OPEN.has(byte)) this.depth++;
      else if (CLOSE.has(byte)) this.depth--;
    }
    if (start !== -1) this.gathered.add(chunk.subarray(start));
  }

  end(): void {
    if (this.hasNul) this.notes.add('the end', 'NUL bytes, which are left out');
    if (this.hasRest) this.notes.add('the end', 'what follows the JSON is left out');
    if (!this.isOver) this.notes.add('the end', 'the file is cut off there; what was whole before is kept');
  }

  private *piece(): Generator<TextPiece, void, undefined> {
    const isElement = !this.isObject || this.level === 2;
    const { member, index } = this;
    const where = member === null ? `element ${index + 1}` : isElement ? `${member}[${index}]` : member;
    this.index++;
    this.hasValue = false;
    const text = this.gathered.take(where, this.notes);
    if (text !== '') yield { text, where, member, isElement };
  }
}

function nameOf(text: string): string {
  try {
    return keyOf(String(JSON.parse(text)));
  } catch {
    return keyOf(text);
  }
}
