/** Query parameters: text on the wire, typed after the check. */
import { z } from 'zod';

/** A whole number written in decimal digits. */
export function integer(min: number, max: number) {
  const range = `Must be a whole number from ${min} to ${max}.`;
  return z
    .string()
    .regex(/^[0-9]{1,16}$/, range)
    .transform(Number)
    .pipe(z.int(range).min(min, range).max(max, range));
}

/** Seconds that a call may wait. */
export const wait = integer(0, 30).default(0).describe('Seconds to wait for something new, 0 to 30.');

export const flag = z
  .enum(['true', 'false'], 'Must be true or false.')
  .transform((value) => value === 'true')
  .pipe(z.boolean());

/** Comma-separated values, each once. */
export function commaList<S extends z.ZodType<string, string>>(item: S, max: number) {
  return z
    .string()
    .transform((text) => [...new Set(text.split(','))])
    .pipe(z.array(item).max(max, `At most ${max} values.`));
}

export const page = {
  limit: integer(1, 500).default(50).describe('So many items at most.'),
  cursor: z
    .string()
    .max(4096)
    .optional()
    .describe('The `nextCursor` of the page before; without it, the first page.'),
};

export const order = z.enum(['asc', 'desc'], 'Must be asc or desc.');

export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** `{items, nextCursor}` and further members of a list. */
export function listOf<S extends z.ZodType>(item: S) {
  return z.object({
    items: z.array(item).describe('The items of this page, in the order of the list.'),
    nextCursor: z.string().nullable().describe('The `cursor` of the next page; null: this is the last.'),
  });
}
