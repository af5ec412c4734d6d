/** The parameters of a row for /openapi.json: parts of its path, its query, and the headers that it reads. */
import { z } from 'zod';
import { EVENT_STREAM_TYPE } from './changes.js';
import type { Operation } from './operation.js';
import { NAME, TASKSPACE_ID } from './text.js';

type Parameter = Record<string, unknown>;

const PATH_PARTS: Readonly<Record<string, Parameter>> = {
  id: {
    description: 'The id of the taskspace.',
    example: 'fix-dates',
    schema: { type: 'string', pattern: TASKSPACE_ID.source },
  },
  taskId: {
    description: 'The id of the task.',
    example: 't1',
    schema: { type: 'string', pattern: NAME.source },
  },
  name: {
    description: 'The name of the lease.',
    example: 'deploy',
    schema: { type: 'string', pattern: NAME.source },
  },
  seq: {
    description: 'The number of the message in the log.',
    example: 1,
    schema: { type: 'integer', minimum: 0 },
  },
  path: {
    example: 'notes/notes.md',
    schema: { type: 'string', maxLength: 1024 },
    description: 'Everything that follows; `/` may be sent as it is or as `%2F`.',
  },
  code: { description: 'A code, as problems have it.', example: 'not_found', schema: { type: 'string' } },
};

export function operationParameters(row: Operation): Parameter[] {
  return [...pathParameters(row), ...queryParameters(row), ...headerParameters(row)];
}

function pathParameters(row: Operation): Parameter[] {
  return [...row.path.matchAll(/[:*](\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    ...PATH_PARTS[name],
  }));
}

function queryParameters(row: Operation): Parameter[] {
  return Object.entries(row.query?.shape ?? {}).map(([name, field]) => {
    const {
      $schema: _dialect,
      description,
      ...schema
    } = z.toJSONSchema(field as z.ZodType, {
      io: 'output',
      unrepresentable: 'any',
    });
    const required = !(field as z.ZodType).safeParse(undefined).success;
    // Comma-separated, not one parameter for each value.
    const form = schema.type === 'array' ? { style: 'form', explode: false } : {};
    return { name, in: 'query', required, description, ...form, schema };
  });
}

function headerParameters(row: Operation): Parameter[] {
  if (!row.path.startsWith('/api/')) return [];
  const headers = [header('X-Actor', 'Who acts, while the server runs open: percent-encoded UTF-8.')];
  if (row.method === 'get' && row.untagged !== true)
    headers.push(header('If-None-Match', 'Answers 304 when it names the present state.'));
  if (row.preconditions === true) {
    headers.push(header('If-Match', 'An ETag, a list of them, or *: 412 when the resource has moved.'));
    headers.push(header('If-None-Match', '* creates only: 412 when it exists.'));
  }
  if (row.keyed === true)
    headers.push(header('Idempotency-Key', 'A repeat within 24 h gets the first answer again.'));
  if (row.upload === true) {
    headers.push(header('X-Message', 'Why: percent-encoded UTF-8.'));
    headers.push(header('X-Metadata', 'A JSON object, percent-encoded.'));
    headers.push(header('Repr-Digest', 'sha-256=:<base64>: is checked.'));
  }
  if (row.answers[200]?.media === EVENT_STREAM_TYPE)
    headers.push(header('Last-Event-ID', 'The id of the last event seen: what follows it comes next.'));
  if (row.answers[206] !== undefined)
    headers.push(header('Range', 'A single byte range.'), header('If-Range', 'An ETag.'));
  return headers;
}

function header(name: string, description: string): Parameter {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}
