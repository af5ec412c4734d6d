/** JSON values as the domain keeps them, RFC 7396 merge patch, equality, size and text. Pure. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7396 section 2: objects merge member by member, `null` removes, anything else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** Deep equality of JSON values: the order of an object's keys does not matter, and 0 is -0, which JSON text does not keep. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => sameJson(item, b[i]));
  }
  const left = Object.entries(a);
  if (left.length !== Object.keys(b).length) return false;
  return left.every(([key, value]) => Object.hasOwn(b, key) && sameJson(value, (b as JsonObject)[key]));
}

/** Bytes of the value's JSON text in UTF-8. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

/** What JSON lets stand raw in a string and some readers of lines take for the end of one: NEL, LS, PS. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** The same JSON text, on one line for every reader of lines. Only strings can hold what is escaped. */
export function oneLine(json: string): string {
  return json.replace(LINE_ENDS, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Whether the text stands in one way in raw JSON, and in another in a line. */
export function hasLineEnds(text: string): boolean {
  return text.search(LINE_ENDS) >= 0;
}

/** A JSON document as an answer has it: with the newline that a terminal and a text file want at its end. */
export function jsonDocument(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
