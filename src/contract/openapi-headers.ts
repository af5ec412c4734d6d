/**
 * The headers of answers, for /openapi.json: what API.md section 1 promises of every answer, of
 * reads and of writes.
 */
import { NOTHING_REASONS } from '../domain/ready.js';
import type { Operation } from './operation.js';

const TEXT = { type: 'string' };
const NUMBER = { type: 'integer', minimum: 1 };

/** `components.headers`. */
export const HEADERS = {
  'X-Request-Id': { description: 'The id of the request, as sent or made', schema: TEXT },
  'X-Worker': { description: 'The worker that answered', schema: NUMBER },
  ETag: { description: 'Names this state: for If-None-Match, and If-Match of writes', schema: TEXT },
  'Cache-Control': { description: '`private, no-cache`', schema: TEXT },
  'X-Cache': { description: 'Where the answer came from', schema: { enum: ['l1', 'l2', 'store'] } },
  'X-Commit': { description: 'The number of the commit in its taskspace', schema: NUMBER },
  Location: { description: 'Where what was made is found', schema: TEXT },
  'Idempotency-Replayed': {
    description: 'The first answer under this key, again',
    schema: { const: 'true' },
  },
  'X-Reason': {
    description:
      'Why there is nothing to claim, the first that applies: no tasks, a failed task halts the plan, all are finished, tasks are held, ready ones name another agent, or they wait for a dependency or a person',
    schema: { enum: NOTHING_REASONS },
  },
  'Retry-After': { description: 'Whole seconds until it is worth another try', schema: NUMBER },
  'WWW-Authenticate': { description: '`Bearer`', schema: TEXT },
  'Accept-Patch': { description: 'The media types of patches', schema: TEXT },
} as const;

type Name = keyof typeof HEADERS;

/** Of the answers with this status; which of them an answer has depends on the case. */
export function headersOf(row: Operation, status: number): Record<string, { $ref: string }> {
  const names = [...ALWAYS, ...(status < 400 ? ofSuccess(row, status) : ofProblem(row, status))];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const ALWAYS: readonly Name[] = ['X-Request-Id', 'X-Worker'];

function ofSuccess(row: Operation, status: number): Name[] {
  if (!row.path.startsWith('/api/')) return [];
  if (row.method === 'get') return [...when(row.untagged !== true, 'ETag'), 'X-Cache', 'Cache-Control'];
  return [
    ...when(row.path.includes(':id') || status === 201, 'X-Commit'),
    ...when(status !== 204, 'ETag'),
    ...when(status === 201, 'Location'),
    ...when(row.keyed === true, 'Idempotency-Replayed'),
    ...when(row.reasons === true && status === 204, 'X-Reason', 'Retry-After'),
  ];
}

function ofProblem(row: Operation, status: number): Name[] {
  return [
    ...when(status === 401, 'WWW-Authenticate'),
    ...when(status === 412, 'ETag'),
    ...when(status === 415 && row.method === 'patch', 'Accept-Patch'),
    ...when(status === 429 || status === 503, 'Retry-After'),
  ];
}

function when(holds: boolean, ...names: Name[]): Name[] {
  return holds ? names : [];
}
