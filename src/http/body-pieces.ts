/**
 * A checked body on its way from the thread that checked it to the event loop: its JSON in pieces, so that
 * the loop parses it in turns, with other work in between. Cloning a value between threads would block the
 * loop in one long turn.
 */
import type { JsonObject } from '../domain/json.js';
import { FairYield } from '../platform/yield-fairly.js';

export interface BodyPieces {
  /** Concatenated JSON texts: of the body without its long list, then of each item of the list. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each of them ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** Name of the long list; null: there is none. */
  readonly list: string | null;
}

/** Lists that may be long. */
const LISTS = ['tasks', 'messages'];

export function piecesOf(value: object): BodyPieces {
  const body = value as JsonObject;
  const list = LISTS.find((name) => Array.isArray(body[name])) ?? null;
  const items = list === null ? [] : (body[list] as unknown[]);
  const texts = [list === null ? body : { ...body, [list]: [] }, ...items].map((item) =>
    JSON.stringify(item),
  );
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const ends = new Uint32Array(texts.length);
  const bytes = Buffer.allocUnsafeSlow(sizes.reduce((sum, size) => sum + size, 0));
  let end = 0;
  for (const [i, text] of texts.entries()) {
    bytes.write(text, end);
    end += sizes[i] ?? 0;
    ends[i] = end;
  }
  return { bytes: bytes as Uint8Array<ArrayBuffer>, ends, list };
}

/** Assembles the value. Its parts are frozen: the stored and the shown values are the same objects. */
export async function assembled({ bytes, ends, list }: BodyPieces): Promise<unknown> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const turns = new FairYield();
  const values: unknown[] = [];
  let begin = 0;
  for (const end of ends) {
    if (turns.isOver) await turns.next();
    values.push(unchangeable(JSON.parse(text.toString('utf8', begin, end))));
    begin = end;
  }
  const [body, ...items] = values;
  return list === null ? body : { ...(body as object), [list]: items };
}

function unchangeable<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) unchangeable(member);
  return Object.freeze(value);
}
