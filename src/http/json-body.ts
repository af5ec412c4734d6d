/**
 * From bytes to a JSON value that is safe to store: valid UTF-8, no lone surrogates, no `__proto__`. Its
 * bounds were counted before (json-scan.ts).
 */
import { isUtf8 } from 'node:buffer';
import type { BodySpec } from '../contract/operation.js';
import { TaskspaceError } from '../domain/errors.js';
import { isObject, type Json, type JsonObject } from '../domain/json.js';
import { ONE_BOUNDS } from '../domain/json-bounds.js';
import { pointerOf } from '../domain/json-pointer.js';
import { JsonScan } from '../domain/json-scan.js';
import { checkBodyOf } from './check-body.js';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * The body in its schema's output form, for bytes whose bounds were counted. Throws `invalid_json`,
 * `invalid_body`.
 */
export function checkJson(bytes: Buffer, spec: BodySpec): unknown {
  const json = parseJson(bytes);
  if (isObject(json)) return checkBodyOf(spec, json);
  const what = spec.form === 'patch' ? 'The patch' : 'The body';
  throw new TaskspaceError('invalid_body', `${what} must be a JSON object.`, {
    errors: [{ pointer: '', detail: 'Must be an object.' }],
  });
}

/**
 * The value of a body whose bounds were counted. A byte order mark is skipped. Throws
 * `invalid_json`, `invalid_body`.
 */
function parseJson(sent: Buffer): Json {
  const bytes = isMarked(sent) ? sent.subarray(BYTE_ORDER_MARK.length) : sent;
  // The parser's own message would show a sign that nobody sees.
  if (isMarked(bytes)) throw notJson('it begins with two byte order marks, and only one is passed over');
  if (bytes.length === 0) throw notJson('it is empty');
  if (!isUtf8(bytes)) throw notJson('it is not UTF-8');
  return parsed(bytes.toString());
}

function isMarked(bytes: Buffer): boolean {
  return bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
}

/** The same for a text, within the bounds of a single object. */
export function parseJsonText(text: string): Json {
  new JsonScan(ONE_BOUNDS).take(Buffer.from(text));
  return parsed(text);
}

function parsed(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJson(error instanceof Error ? error.message : 'it does not parse');
  }
  // Only an escape can bring a lone surrogate into valid UTF-8.
  return clean(value, [], text.includes('\\u'));
}

function notJson(reason: string): TaskspaceError {
  return new TaskspaceError('invalid_json', `The body is not JSON: ${reason}. Send one JSON value as UTF-8.`);
}

function clean(value: Json, path: (string | number)[], mayBeLone: boolean): Json {
  if (typeof value === 'string') return mayBeLone ? wellFormed(value) : value;
  if (typeof value === 'number' && !Number.isFinite(value))
    throw refused(path, 'The number is too large to be kept.');
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? cleanArray(value, path, mayBeLone) : cleanObject(value, path, mayBeLone);
}

function cleanArray(items: Json[], path: (string | number)[], mayBeLone: boolean): Json[] {
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (item === undefined || !needsCleaning(item, mayBeLone)) continue;
    path.push(i);
    items[i] = clean(item, path, mayBeLone);
    path.pop();
  }
  return items;
}

function cleanObject(object: JsonObject, path: (string | number)[], mayBeLone: boolean): JsonObject {
  let renamed = false;
  for (const key of Object.keys(object)) {
    if (key === '__proto__') throw refused([...path, key], 'The key __proto__ is not allowed.');
    if (mayBeLone && wellFormed(key) !== key) renamed = true;
    const member = object[key];
    if (member === undefined || !needsCleaning(member, mayBeLone)) continue;
    path.push(key);
    object[key] = clean(member, path, mayBeLone);
    path.pop();
  }
  return renamed
    ? Object.fromEntries(Object.entries(object).map(([key, member]) => [wellFormed(key), member]))
    : object;
}

function needsCleaning(value: Json, mayBeLone: boolean): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' ? value !== null : mayBeLone && typeof value === 'string';
}

function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

function refused(path: readonly (string | number)[], detail: string): TaskspaceError {
  return new TaskspaceError('invalid_body', `The body has a part that is not allowed: ${detail}`, {
    errors: [{ pointer: pointerOf(path), detail }],
  });
}
