/**
 * JSON as it may be sent: out of it come no lone surrogates (the server would store U+FFFD, and what is read
 * back could not be compared), no key `__proto__`, which the server refuses, and no deeper nesting than it
 * takes. Python's NaN and Infinity, which are no JSON, come as texts.
 */
import type { Json, JsonObject } from '../../src/contract/json.js';
import { BadSource } from './draft.js';

export const FREE_BYTES_MAX = 256 * 1024;
/**
 * The server takes 100 levels, of which the body around a value has up to ten. What lies deeper becomes text.
 */
const NESTING_MAX = 80;

/** @param where for the reason, as "line 3". Throws BadSource. */
export function parseJson(text: string, where: string): Json {
  return cleaned(parsed(text, where), 0);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

function parsed(text: string, where: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const quoted = withQuotedNumbers(text);
    if (quoted !== text) {
      try {
        return JSON.parse(quoted) as Json;
      } catch {
        // The first error says where it was.
      }
    }
    throw new BadSource(`${where} is not JSON: ${(error as Error).message}`);
  }
}

/** NaN, Infinity and -Infinity between strings, in quotes. */
function withQuotedNumbers(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    pieces.push(text.slice(at, end).replace(/-?\b(?:NaN|Infinity)\b/g, '"$&"'));
    at = quote === -1 ? end : endOfString(text, quote);
    pieces.push(text.slice(end, at));
  }
  return pieces.join('');
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function cleaned(value: Json, depth: number): Json {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= NESTING_MAX) return wellFormed(textOf(value));
  if (Array.isArray(value)) return value.map((item) => cleaned(item, depth + 1));
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [keyOf(key), cleaned(item, depth + 1)]));
}

/** What stands for a name that the server refuses. */
export function keyOf(key: string): string {
  return key === '__proto__' ? '(__proto__)' : wellFormed(key);
}

function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD');
}

function textOf(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    // Deeper than the engine writes, which is thousands of levels.
    return '[nested too deeply to be shown]';
  }
}
