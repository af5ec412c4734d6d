/**
 * Query strings, parsed from the raw target: a parameter that is unknown, repeated or malformed is refused,
 * so that a misspelt filter never silently returns everything. An empty value is the same as no parameter.
 */
import type { z } from 'zod';
import { TaskspaceError } from '../domain/errors.js';
import { asShown, didYouMean } from './did-you-mean.js';
import { decodeOnce } from './target.js';

/** Faults that are described; only the number of the others is given. */
const FAULTS_MAX = 10;

/** The parameters by name, decoded once, `+` being a blank. Throws `invalid_query`. */
export function parseQuery(raw: string): Record<string, string> {
  const values: Record<string, string> = {};
  if (raw === '') return values;
  const seen = new Set<string>();
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    if (seen.has(name)) throw refused(`the parameter ${asShown(name)} comes more than once`);
    seen.add(name);
    if (value !== '') Object.defineProperty(values, name, { value, enumerable: true, configurable: true });
    else if (name !== '')
      Object.defineProperty(values, name, { value: undefined, enumerable: true, configurable: true });
  }
  return values;
}

/** The query of a route. Throws `invalid_query`, naming each parameter that is wrong. */
export function checkQuery<S extends z.ZodType>(
  schema: S,
  allowed: readonly string[],
  raw: string,
): z.output<S> {
  const values = parseQuery(raw);
  const unknown = Object.keys(values).filter((name) => !allowed.includes(name));
  const known = Object.fromEntries(Object.entries(values).filter(([name]) => allowed.includes(name)));
  const result = schema.safeParse(known);
  if (result.success && unknown.length === 0) return result.data;
  const faults = [
    // The nearest name is computed only for faults that are described.
    ...unknown
      .slice(0, FAULTS_MAX)
      .map((name) => `the parameter ${asShown(name)} is unknown.${didYouMean(name, allowed)}`),
    ...(result.error?.issues ?? []).map((issue) => {
      const name = String(issue.path[0]);
      return `the parameter ${name} is not valid: ${reasonOf(issue, values[name])}`;
    }),
  ].map((fault) => fault.replace(/\.$/, ''));
  const takes = allowed.length === 0 ? 'This call takes none' : `This call takes ${allowed.join(', ')}`;
  const untold = Math.max(0, unknown.length - FAULTS_MAX);
  const more = faults.length + untold - FAULTS_MAX;
  throw refused(
    [
      faults.slice(0, FAULTS_MAX).join('; '),
      ...(more > 0 ? [`And ${more} more`] : []),
      ...(unknown.length > 0 ? [takes] : []),
    ]
      .join('. ')
      .replaceAll('?. ', '? '),
  );
}

/** Worded for a query, where the schema has no text: all its values are strings. */
function reasonOf(issue: z.core.$ZodIssue, value: string | undefined): string {
  if (value === undefined) return 'it must be sent';
  const isText = 'origin' in issue && issue.origin === 'string';
  if (isText && issue.code === 'too_big') return `it may have at most ${issue.maximum} characters`;
  if (isText && issue.code === 'too_small') return `it must have at least ${issue.minimum} characters`;
  if (issue.code !== 'invalid_value') return issue.message;
  const values = issue.values.map(String);
  const place = issue.path[1];
  const sent = typeof place === 'number' ? ([...new Set(value.split(','))][place] ?? '') : value;
  return `${asShown(sent)} is none of ${values.join(', ')}.${didYouMean(sent, values)}`;
}

function decode(raw: string): string {
  const decoded = decodeOnce(raw.replaceAll('+', ' '));
  if (decoded === undefined) throw refused('it is not percent-encoded UTF-8');
  return decoded;
}

function refused(reason: string): TaskspaceError {
  return new TaskspaceError(
    'invalid_query',
    `The query is not valid: ${reason.replace(/([.?])$/, '')}${reason.endsWith('?') ? '?' : '.'}`,
  );
}
