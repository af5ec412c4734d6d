/**
 * Scans the bytes of a JSON text as they arrive and before anything is parsed: nesting depth, members and
 * items. What exceeds the bounds is refused at the byte where it begins.
 *
 * Any bytes are accepted: text that is not JSON is left to the parser, which then has no more to do than for
 * JSON.
 */
import { TaskspaceError } from './errors.js';
import { DEPTH_MAX, type JsonBounds } from './json-bounds.js';
import { keyPart } from './json-pointer.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const BLANK = 0x20;
const ARRAY_OPENS = 0x5b;
const ARRAY_ENDS = 0x5d;
const OBJECT_OPENS = 0x7b;
const OBJECT_ENDS = 0x7d;
/** The level of items that have separate bounds: in an array in the outermost object. */
const ITEM_DEPTH = 2;
/** Bytes of a key that are kept for a pointer: it may be as long as the body. */
const KEY_BYTES_MAX = 512;

export class JsonScan {
  members = 0;
  items = 0;
  /** Bytes seen so far. */
  size = 0;
  private readonly chunks: Uint8Array[] = [];
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** After an opening bracket: whether the container is empty is not known yet. */
  private opened = false;
  /** The next text in an object is a key. */
  private keyComes = false;
  /**
   * For each open level: whether it is an array, its entries before the present one, where its key begins.
   */
  private readonly isArray = new Uint8Array(DEPTH_MAX + 1);
  private readonly counts = new Float64Array(DEPTH_MAX + 1);
  private readonly keys = new Float64Array(DEPTH_MAX + 1);
  private itemBegin = 0;
  private membersBefore = 0;
  private itemsBefore = 0;

  constructor(private readonly bounds: JsonBounds) {}

  /** Scans the next bytes, which must not change afterwards. Throws 422 `invalid_body`. */
  take(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    const base = this.size;
    let { inString, escaped } = this;
    for (let i = 0; i < chunk.length; i++) {
      const c = chunk[i] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (c === QUOTE) inString = false;
        else if (c === BACKSLASH) escaped = true;
      } else if (c === QUOTE) {
        if (this.opened) this.counted(base + i);
        if (this.keyComes) this.keys[this.depth] = base + i;
        this.keyComes = false;
        inString = true;
      } else if (c > BLANK && c !== COLON) this.sign(c, base + i);
    }
    this.inString = inString;
    this.escaped = escaped;
    this.size = base + chunk.length;
    this.checkItem(this.size);
  }

  /** All scanned bytes. */
  bytes(): Buffer {
    const [only] = this.chunks;
    return this.chunks.length === 1 && only !== undefined
      ? Buffer.from(only.buffer, only.byteOffset, only.length)
      : Buffer.concat(this.chunks, this.size);
  }

  /** The same as a copy in a separate buffer, which can be transferred to another thread. */
  ownBytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    let at = 0;
    for (const chunk of this.chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  private sign(c: number, at: number): void {
    if (c === COMMA) {
      this.checkItem(at);
      this.counts[this.depth] = (this.counts[this.depth] ?? 0) + 1;
      this.counted(at + 1);
    } else if (c === ARRAY_ENDS || c === OBJECT_ENDS) {
      this.checkItem(at);
      this.opened = false;
      this.keyComes = false;
      if (this.depth > 0) this.depth--;
    } else {
      if (this.opened) this.counted(at);
      if (c === ARRAY_OPENS || c === OBJECT_OPENS) this.open(c === ARRAY_OPENS);
    }
  }

  private open(isArray: boolean): void {
    if (this.depth === DEPTH_MAX) throw this.refused(`Nested deeper than ${DEPTH_MAX} levels.`);
    this.depth++;
    this.isArray[this.depth] = Number(isArray);
    this.counts[this.depth] = 0;
    this.keys[this.depth] = -1;
    this.opened = true;
    this.keyComes = !isArray;
  }

  /** Counts one more entry of the open container; it begins at or after `at`. */
  private counted(at: number): void {
    const { depth, bounds } = this;
    this.opened = false;
    if (depth === 0) return;
    if (this.isArray[depth]) {
      if (++this.items > bounds.itemsMax) throw this.refused(tooMany('items in arrays', bounds.itemsMax));
      if (depth === ITEM_DEPTH && !this.isArray[1]) this.beginItem(at);
    } else {
      this.keyComes = true;
      if (++this.members > bounds.membersMax)
        throw this.refused(tooMany('members in objects', bounds.membersMax));
    }
    const { each } = bounds;
    if (each === undefined || depth <= ITEM_DEPTH || !this.isArray[ITEM_DEPTH]) return;
    if (this.members - this.membersBefore > each.membersMax)
      throw this.refused(tooMany('members in objects', each.membersMax), ITEM_DEPTH);
    if (this.items - this.itemsBefore > each.itemsMax)
      throw this.refused(tooMany('items in arrays', each.itemsMax), ITEM_DEPTH);
  }

  private beginItem(at: number): void {
    this.itemBegin = at;
    this.membersBefore = this.members;
    this.itemsBefore = this.items;
  }

  /** Checks the item that is being read, if there is one: it reaches to `at` at least. */
  private checkItem(at: number): void {
    const { each } = this.bounds;
    if (each === undefined || this.depth < ITEM_DEPTH || !this.isArray[ITEM_DEPTH] || this.isArray[1]) return;
    if (this.opened && this.depth === ITEM_DEPTH) return;
    if (at - this.itemBegin > each.bytesMax)
      throw this.refused(
        `Larger than ${each.bytesMax} bytes of JSON. Put large content into an artifact.`,
        ITEM_DEPTH,
      );
  }

  /** @param depth level of the place that the pointer names: the present one, or one around it. */
  private refused(detail: string, depth = this.depth): TaskspaceError {
    const pointer = Array.from({ length: depth }, (_, i) => `/${this.part(i + 1)}`).join('');
    return new TaskspaceError(
      'invalid_body',
      `The body has a part that is not allowed. ${pointer}: ${detail}`,
      {
        errors: [{ pointer, detail }],
      },
    );
  }

  private part(level: number): string {
    if (this.isArray[level]) return String(this.counts[level]);
    const from = this.keys[level] ?? -1;
    return from < 0 ? '' : keyPart(this.keyAt(from));
  }

  private keyAt(from: number): string {
    const text = this.textAt(from, from + KEY_BYTES_MAX);
    const whole = /^"(?:[^"\\]|\\.)*"/.exec(text)?.[0];
    try {
      return JSON.parse(whole ?? `${text.replace(/\\.?$/, '')}"`) as string;
    } catch {
      return text.slice(1);
    }
  }

  private textAt(from: number, to: number): string {
    let text = '';
    let at = 0;
    for (const chunk of this.chunks) {
      if (at < to && at + chunk.length > from)
        text += Buffer.from(chunk.subarray(Math.max(0, from - at), to - at)).toString('latin1');
      at += chunk.length;
    }
    return Buffer.from(text, 'latin1').toString();
  }
}

function tooMany(what: string, max: number): string {
  return `More than ${max} ${what}: so many are not taken at once. Put large data into an artifact.`;
}
