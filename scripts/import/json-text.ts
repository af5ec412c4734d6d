/**
 * JSON as it may be sent: whole UTF-8 in, and out of it no lone surrogates (the server would store U+FFFD, and what is
 * read back could not be compared) and no key `__proto__`, which the server refuses.
 */
import type { Json, JsonObject } from '../../src/client/shapes.js';
import { BadSource } from './draft.js';

export const FREE_BYTES_MAX = 256 * 1024;

/** The text of a file, without a byte order mark. Throws BadSource when it is not UTF-8. */
export function utf8Of(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BadSource('it is not UTF-8 text');
  }
}

/** @param where for the reason, as "line 3". */
export function parseJson(text: string, where: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new BadSource(`${where} is not JSON: ${(error as Error).message}`);
  }
  return cleaned(value, where);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

function cleaned(value: Json, where: string): Json {
  if (typeof value === 'string') return value.replace(/\p{Cs}/gu, '\uFFFD');
  if (Array.isArray(value)) return value.map((item) => cleaned(item, where));
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, '__proto__'))
    throw new BadSource(`${where} has the key "__proto__", which a taskspace does not take`);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(/\p{Cs}/gu, '\uFFFD'), cleaned(item, where)]),
  );
}
