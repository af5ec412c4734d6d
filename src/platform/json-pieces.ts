/** Serializes values with long lists to JSON in turns, with other work in between. */
import { FairYield } from './yield-fairly.js';

/** A value with a smaller estimate is serialized at once, which takes milliseconds. */
const LONG_BYTES = 256 * 1024;
/** Of a member's name and its punctuation, or of a number. */
const SMALL_BYTES = 12;

/**
 * The name of a list that is so long that the value is better serialized in pieces; undefined
 * when there is none.
 */
export function longListOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (Array.isArray(member) && isLong(member)) return name;
  }
  return undefined;
}

/** Whether the JSON of these takes more than a turn. Reads no more of them than the answer needs. */
export function isLong(items: Iterable<unknown>): boolean {
  let left = LONG_BYTES;
  for (const item of items) {
    left -= bytesOf(item, left);
    if (left < 0) return true;
  }
  return false;
}

/** The approximate length of a value's JSON; above `max` it is a lower bound. */
function bytesOf(value: unknown, max: number): number {
  if (typeof value === 'string') return value.length + SMALL_BYTES;
  if (typeof value !== 'object' || value === null) return SMALL_BYTES;
  let bytes = SMALL_BYTES;
  for (const name in value) {
    bytes += SMALL_BYTES + bytesOf((value as Record<string, unknown>)[name], max - bytes);
    if (bytes > max) break;
  }
  return bytes;
}

/**
 * The bytes of `JSON.stringify(value)` and a newline, made in turns, with other work in between. Members of
 * objects down to this depth, and items of lists there, are serialized one by one.
 */
export async function jsonInTurns(value: object, depth = 1): Promise<Buffer> {
  const pieces = await piecesInTurns(textsOf(value, depth), (text) => text, '');
  return Buffer.concat([...pieces, LINE_END]);
}

const LINE_END = Buffer.from('\n');

function* textsOf(value: unknown, depth: number): Generator<string> {
  if (depth < 0 || typeof value !== 'object' || value === null) {
    yield JSON.stringify(value) ?? 'null';
    return;
  }
  let separator = '';
  if (Array.isArray(value)) {
    yield '[';
    for (const item of value) {
      yield `${separator}${JSON.stringify(item) ?? 'null'}`;
      separator = ',';
    }
    yield ']';
    return;
  }
  yield '{';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    yield `${separator}${JSON.stringify(name)}:`;
    yield* textsOf(member, depth - 1);
    separator = ',';
  }
  yield '}';
}

/** The texts of the items, joined by `between`, as bytes; made in turns, with other work in between. */
export async function piecesInTurns<T>(
  items: Iterable<T>,
  textOf: (item: T) => string,
  between: string,
): Promise<Buffer[]> {
  const turns = new FairYield();
  const pieces: Buffer[] = [];
  let text = '';
  let separator = '';
  for (const item of items) {
    text += separator + textOf(item);
    separator = between;
    if (!turns.isOver) continue;
    pieces.push(Buffer.from(text));
    text = '';
    await turns.next();
  }
  pieces.push(Buffer.from(text));
  return pieces;
}
