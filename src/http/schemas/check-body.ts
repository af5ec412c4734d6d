/** Checks a parsed body against its schema and turns what is wrong into faults with JSON Pointers. */
import type { z } from 'zod';
import { type Fault, TaskspaceError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import { pointerOf } from '../json-pointer.js';

const FAULTS_MAX = 50;

/** The body as its schema gives it out. Throws `invalid_body` with at most 50 faults. */
export function checkBody<S extends z.ZodType>(schema: S, body: JsonObject): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalidBody(result.error.issues.flatMap(faultsOf).slice(0, FAULTS_MAX));
}

export function invalidBody(errors: Fault[]): TaskspaceError {
  const [first] = errors;
  const where =
    first === undefined ? '' : ` ${first.pointer === '' ? 'The body' : first.pointer}: ${first.detail}`;
  return new TaskspaceError('invalid_body', `The body has the wrong shape.${where}`, { errors });
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerOf([...issue.path, key]),
      detail: 'There is no such member here.',
    }));
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  const detail = missing ? 'This member is required.' : sentence(issue.message);
  return [{ pointer: pointerOf(issue.path), detail }];
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}
