/** JSON of a value with a long list in it, made with turns for others in between. */
import { Turns } from './turns.js';

/** What is estimated to be shorter is put into words at once: milliseconds. */
const LONG_BYTES = 256 * 1024;
const ITEM_BYTES = 256;
/** Of a member that is not looked into. */
const INNER_BYTES = 4096;

/** The list of a value that is so long that the value is better made in pieces; undefined when there is none. */
export function longListOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (Array.isArray(member) && isLong(member)) return name;
  }
  return undefined;
}

function isLong(items: readonly unknown[]): boolean {
  let bytes = items.length * ITEM_BYTES;
  for (const item of items) {
    if (bytes > LONG_BYTES) return true;
    if (typeof item !== 'object' || item === null) continue;
    const { content, parts, metadata } = item as { content?: unknown; parts?: unknown; metadata?: unknown };
    if (typeof content === 'string') bytes += content.length;
    if (Array.isArray(parts) && parts.length > 0) bytes += INNER_BYTES;
    if (typeof metadata === 'object' && metadata !== null && Object.keys(metadata).length > 0)
      bytes += INNER_BYTES;
  }
  return bytes > LONG_BYTES;
}

/** The bytes of `JSON.stringify(value)` and a newline, the items of this list of it being made one by one. */
export async function jsonInTurns(value: object, name: string): Promise<Buffer> {
  const items = (value as Record<string, unknown[]>)[name] ?? [];
  const turns = new Turns();
  const at = JSON.stringify({ ...value, [name]: [] });
  const end = holeIn(value, name, at);
  const pieces = [Buffer.from(at.slice(0, end))];
  let text = '';
  for (const [i, item] of items.entries()) {
    text += `${i > 0 ? ',' : ''}${JSON.stringify(item) ?? 'null'}`;
    if (!turns.isOver) continue;
    pieces.push(Buffer.from(text));
    text = '';
    await turns.next();
  }
  return Buffer.concat([...pieces, Buffer.from(`${text}${at.slice(end)}\n`)]);
}

/** Where the items stand: behind what comes before the list in the value, whose text is known to be that long. */
function holeIn(value: object, name: string, text: string): number {
  const hole = `${JSON.stringify(name)}:[`;
  const before = Object.fromEntries(Object.entries(value).slice(0, Object.keys(value).indexOf(name)));
  return text.indexOf(hole, JSON.stringify(before).length - 1) + hole.length;
}
