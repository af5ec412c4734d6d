/**
 * The strings of the contract and their bounds (API.md section 1). Characters are code points, sizes are
 * bytes of UTF-8; JSON Schema has the former as minLength and maxLength, and cannot express the latter.
 */
import { z } from 'zod';

export const TASKSPACE_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;
const CONTROL = /\p{Cc}/u;

export const taskspaceId = z.string().regex(TASKSPACE_ID, `Must match ${TASKSPACE_ID.source}.`);
/** Task ids, lease names, token ids, conversations. */
export const name = z.string().regex(NAME, `Must match ${NAME.source}.`);
/** Names of people and agents; also the ids that senders give to messages. */
export const person = line(1, 128);
export const tag = line(1, 64).refine((text) => !text.includes(','), 'Must not contain a comma.');
export const tags = z.array(tag).max(50, 'At most 50 tags.');
export const title = chars(1, 200);
export const time = z.string().meta({ format: 'date-time' });

/** A string of `min` to `max` code points. */
export function chars(min: number, max: number): z.ZodString {
  return z
    .string()
    .refine((text) => hasLength(text, min, max), `Must have ${min} to ${max} characters.`)
    .meta({ minLength: min, maxLength: max });
}

/** The same without control characters. */
export function line(min: number, max: number): z.ZodString {
  return z
    .string()
    .refine((text) => hasLength(text, min, max), `Must have ${min} to ${max} characters.`)
    .refine((text) => !CONTROL.test(text), 'Must not contain control characters.')
    .meta({ minLength: min, maxLength: max });
}

/** A string of at most `bytesMax` bytes in UTF-8. @param what it is, without the final period. */
export function text(bytesMax: number, what: string): z.ZodString {
  return z
    .string()
    .refine(
      (value) => value.length * 3 <= bytesMax || Buffer.byteLength(value) <= bytesMax,
      `Must not be larger than ${bytesMax} bytes.`,
    )
    .describe(`${what}: at most ${bytesMax} bytes of UTF-8.`);
}

function hasLength(value: string, min: number, max: number): boolean {
  if (value.length < min) return false;
  if (value.length <= max) return true;
  // A code point takes at most two units: this bounds the count below.
  if (value.length > 2 * max) return false;
  let count = 0;
  for (const _ of value) count++;
  return count <= max;
}
