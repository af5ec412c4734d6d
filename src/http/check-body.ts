/** Checks a parsed body against its schema and turns what is wrong into faults with JSON Pointers. */
import type { z } from 'zod';
import type { BodySpec } from '../contract/operation.js';
import { type Fault, TaskspaceError } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import { pointerOf } from '../domain/json-pointer.js';
import { asShown, didYouMean } from './did-you-mean.js';
import { membersAt } from './schema-members.js';

/** Faults that are listed; only the number of the others is given. */
const FAULTS_MAX = 50;

/** The body of a row in its schema's output form. Throws as `checkBody`. */
export function checkBodyOf({ schema, list, shapeOf }: BodySpec, body: JsonObject): unknown {
  return checkBody(shapeOf?.(body) ?? schema, body, list);
}

/** The body in its schema's output form. Throws `invalid_body` with at most 50 faults. */
export function checkBody<S extends z.ZodType>(
  schema: S,
  body: JsonObject,
  list?: BodySpec['list'],
): z.output<S> {
  if (list !== undefined) checkLength(body, list);
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const { issues } = result.error;
  const faults: Fault[] = [];
  for (const issue of issues) {
    if (faults.length >= FAULTS_MAX) break;
    faults.push(...faultsOf(issue, schema, body, FAULTS_MAX - faults.length));
  }
  throw invalidBody(faults, issues.reduce((sum, issue) => sum + countOf(issue), 0) - faults.length);
}

function checkLength(body: JsonObject, { name, itemsMax }: NonNullable<BodySpec['list']>): void {
  const items = Object.hasOwn(body, name) ? body[name] : undefined;
  if (!Array.isArray(items) || items.length <= itemsMax) return;
  const detail = `At most ${itemsMax} ${name}; these are ${items.length}. Send them in several calls.`;
  throw invalidBody([{ pointer: pointerOf([name]), detail }]);
}

/** @param more how many faults there are beyond these. */
export function invalidBody(errors: Fault[], more = 0): TaskspaceError {
  const [first] = errors;
  const where =
    first === undefined ? '' : ` ${first.pointer === '' ? 'The body' : first.pointer}: ${first.detail}`;
  const others = errors.length - 1 + more;
  const beside =
    others > 0
      ? ` (And ${others} more: see errors${more > 0 ? `, which has the first ${errors.length}` : ''}.)`
      : '';
  return new TaskspaceError('invalid_body', `The body has the wrong shape.${where}${beside}`, {
    errors,
    ...(more > 0 ? { members: { moreErrors: more } } : {}),
  });
}

function countOf(issue: z.core.$ZodIssue): number {
  return issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
}

function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodType, body: JsonObject, max: number): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    const members = membersAt(schema, issue.path);
    return issue.keys.slice(0, max).map((key) => ({
      pointer: pointerOf([...issue.path, key]),
      detail: `There is no such member here.${didYouMean(key, members)} Members: ${members.join(', ')}.`,
    }));
  }
  return [{ pointer: pointerOf(issue.path), detail: detailOf(issue, body) }];
}

function detailOf(issue: z.core.$ZodIssue, body: JsonObject): string {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return 'This member is required.';
  if (issue.code !== 'invalid_value' || issue.values.length < 2) return sentence(issue.message);
  const values = issue.values.map(String);
  const sent = valueAt(body, issue.path);
  const meant =
    typeof sent === 'string' ? `${asShown(sent)} is none of them.${didYouMean(sent, values)} ` : '';
  return `${meant}Values: ${values.join(', ')}.`;
}

function valueAt(body: JsonObject, path: readonly PropertyKey[]): unknown {
  let value: unknown = body;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}
