/**
 * From bytes to a JSON value that is safe to keep: UTF-8 without fault, no lone surrogates, no `__proto__`, and never
 * so deep that code which walks or prints it could run out of stack.
 */
import { isUtf8 } from 'node:buffer';
import { TaskspaceError } from '../domain/errors.js';
import type { Json, JsonObject } from '../domain/json.js';
import { pointerOf } from './json-pointer.js';

export const DEPTH_MAX = 100;

/** The value of a body. Throws `invalid_json`, `invalid_body`. */
export function parseJson(bytes: Buffer): Json {
  if (bytes.length === 0) throw notJson('it is empty');
  if (!isUtf8(bytes)) throw notJson('it is not UTF-8');
  return parseJsonText(bytes.toString());
}

/** The same for text. */
export function parseJsonText(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJson(error instanceof Error ? error.message : 'it does not parse');
  }
  // Only an escape can bring a lone surrogate into text that was UTF-8.
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
  if (path.length >= DEPTH_MAX) throw refused(path, `Nested deeper than ${DEPTH_MAX} levels.`);
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
