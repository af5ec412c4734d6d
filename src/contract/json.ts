/** Free JSON in bodies: it was parsed and cleaned before, so only its kind and its size are checked. */
import { z } from 'zod';
import { isObject, type Json, type JsonObject, jsonBytes } from '../domain/json.js';

export type { Json, JsonObject } from '../domain/json.js';

export const FREE_BYTES_MAX = 256 * 1024;
const TOO_LARGE = `Must not be larger than ${FREE_BYTES_MAX} bytes of JSON.`;

export const jsonObject = z
  .custom<JsonObject>((value) => isObject(value as Json), 'Must be an object.')
  .refine((value) => jsonBytes(value) <= FREE_BYTES_MAX, TOO_LARGE)
  .meta({
    type: 'object',
    description: 'Whatever its users keep with it: any JSON object of at most 262144 bytes.',
  });

export const jsonValue = z
  .custom<Json>((value) => value !== undefined)
  .refine((value) => jsonBytes(value) <= FREE_BYTES_MAX, TOO_LARGE)
  .describe('What came of it: any JSON value of at most 262144 bytes.');

/**
 * A member that only the server sets: accepted and ignored, so that a read body can be changed and sent back.
 */
export const serverSet = z
  .unknown()
  .optional()
  .meta({ readOnly: true, description: 'Set by the server, ignored in a body.' });

/** Removes members from a checked body. */
export function omitting<const K extends string>(keys: readonly K[]) {
  return <T extends object>(value: T): Omit<T, K> => {
    if (!keys.some((key) => key in value)) return value;
    const entries = Object.entries(value).filter(([key]) => !(keys as readonly string[]).includes(key));
    return Object.fromEntries(entries) as Omit<T, K>;
  };
}
