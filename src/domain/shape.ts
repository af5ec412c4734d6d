/**
 * Checks of the result of JSON.parse, made for the fold of a journal: no copy, no exception, one test of each
 * member.
 *
 * A check answers null, or the first invalid place, as a JSON Pointer from the checked value ('' = the value
 * itself). Members that a check does not name pass: later versions add some.
 *
 * A `quick` check takes as they are what the contract has walked in a body already: free JSON, and lists of
 * names. In a commit of some megabytes they are most of the work.
 */

export type Check = (value: unknown, quick?: boolean) => string | null;
type Members = { readonly [key: string]: unknown };

const HERE = '';
/** Nesting bound of free JSON: bodies are refused above 100 levels, and events wrap what they hold. */
const FREE_DEPTH_MAX = 110;

export const isText: Check = (value) => (typeof value === 'string' ? null : HERE);
export const isBoolean: Check = (value) => (typeof value === 'boolean' ? null : HERE);
/** A number that counts something. */
export const isCount: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? null : HERE;

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number): Check {
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max ? null : HERE;
}

/** A string of `min` to `max` UTF-16 units: cheaper than characters, so those bounds are doubled. */
export function text(min: number, max: number): Check {
  return (value) => (typeof value === 'string' && value.length >= min && value.length <= max ? null : HERE);
}

export function matching(pattern: RegExp): Check {
  return (value) => (typeof value === 'string' && pattern.test(value) ? null : HERE);
}

export function oneOf(values: readonly unknown[]): Check {
  return (value) => (values.includes(value) ? null : HERE);
}

export function nullOr(check: Check): Check {
  return (value, quick) => (value === null ? null : check(value, quick));
}

export function listOf(check: Check, max = Number.POSITIVE_INFINITY): Check {
  return (value, quick) => {
    if (!Array.isArray(value) || value.length > max) return HERE;
    for (let i = 0; i < value.length; i++) {
      const wrong = check(value[i], quick);
      if (wrong !== null) return `/${i}${wrong}`;
    }
    return null;
  };
}

/** A list of what bodies list only as the contract allows it: its items are not checked by a quick check. */
export function bodyListOf(check: Check, max: number): Check {
  const full = listOf(check, max);
  return (value, quick) => {
    if (quick === true) return Array.isArray(value) && value.length <= max ? null : HERE;
    return full(value);
  };
}

/** An object with these members, and those of `optional` that are there. */
export function shapeOf(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const needed = Object.entries(required);
  const free = Object.entries(optional);
  return (value, quick) => {
    if (!isMembers(value)) return HERE;
    for (const [name, check] of needed) {
      const wrong = check(value[name], quick);
      if (wrong !== null) return `/${name}${wrong}`;
    }
    for (const [name, check] of free) {
      const member = value[name];
      const wrong = member === undefined ? null : check(member, quick);
      if (wrong !== null) return `/${name}${wrong}`;
    }
    return null;
  };
}

/** Any JSON that code may walk and print: not too deep, and without the special key. */
export const isFree: Check = (value, quick) =>
  quick === true || isShallow(value, FREE_DEPTH_MAX) ? null : HERE;
export const isFreeObject: Check = (value, quick) => (isMembers(value) ? isFree(value, quick) : HERE);

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (!isShallow(item, depth - 1)) return false;
    return true;
  }
  for (const key in value) {
    if (key === '__proto__' || !isShallow((value as Members)[key], depth - 1)) return false;
  }
  return true;
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const TIME = /^(?:19[7-9]|[2-8]\d\d)\d-(?:0[1-9]|1[0-2])-[0-3]\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/**
 * A time as the store writes it: ISO 8601, UTC, milliseconds, from 1970 on. Before the year 9000, so that
 * times computed from it have four digits of year too and sort as text.
 */
export const isTime: Check = (value) => {
  if (typeof value !== 'string' || !TIME.test(value)) return HERE;
  const day = digitsAt(value, 8);
  const month = digitsAt(value, 5);
  if (day === 0 || day > (DAYS[month - 1] ?? 0)) return HERE;
  return month === 2 && day === 29 && !isLeap(digitsAt(value, 0) * 100 + digitsAt(value, 2)) ? HERE : null;
};

function digitsAt(value: string, at: number): number {
  return (value.charCodeAt(at) - 48) * 10 + value.charCodeAt(at + 1) - 48;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
