/**
 * /openapi.json, made from the rows of the contract and their zod schemas, so that it cannot differ from what
 * is checked. OpenAPI 3.1 takes JSON Schema 2020-12 unchanged; only the place of shared schemas differs.
 */
import { z } from 'zod';
import type { Code } from '../domain/errors.js';
import { CODES, ERRORS } from './errors.js';
import { HEADERS, headersOf } from './openapi-headers.js';
import { operationParameters } from './openapi-parameters.js';
import type { Operation, Operations } from './operation.js';

export type OpenApiDocument = Record<string, unknown> & {
  readonly paths: Record<string, Record<string, OperationObject>>;
};
/** An Operation Object of OpenAPI. */
export interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** The example call; an extension for this server's pages. */
  readonly 'x-example': { readonly query: string; readonly body?: unknown };
  readonly tags: readonly string[];
  readonly parameters: readonly Record<string, unknown>[];
  readonly responses: Record<string, unknown>;
  readonly requestBody?: Record<string, unknown>;
}

type Schemas = Record<string, unknown>;

const EVERYWHERE: readonly Code[] = [
  'unauthorized',
  'forbidden',
  'forbidden_origin',
  'invalid_query',
  'invalid_header',
  'internal',
  'overloaded',
];
const OF_TASKSPACE: readonly Code[] = ['invalid_id', 'not_found', 'damaged', 'store_unavailable'];
const OF_WRITE: readonly Code[] = [
  'read_only',
  'outcome_unknown',
  'insufficient_storage',
  'store_unavailable',
];
const OF_BODY: readonly Code[] = [
  'invalid_json',
  'incomplete_body',
  'too_large',
  'unsupported_media_type',
  'invalid_body',
];

/** Made row by row, with other work in between: all at once it would block every request for some 40 ms. */
export async function openApiDocument(
  rows: Operations,
  { version, basePath }: { readonly version: string; readonly basePath: string },
): Promise<OpenApiDocument> {
  const schemas: Schemas = { Problem: problemSchema() };
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const [name, row] of Object.entries(rows)) {
    const path = row.path.replace(/[:*](\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [row.method]: operationOf(name, row, schemas) };
    await new Promise((resume) => setImmediate(resume));
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Taskspace',
      version,
      description:
        'Working directories of tasks that people and AI agents share. Every error is a problem (RFC 9457) with a stable code.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: [{}, { token: [] }],
    paths,
    components: { schemas, headers: HEADERS, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

function operationOf(name: string, row: Operation, schemas: Schemas): OperationObject {
  const requestBody = bodyOf(row, schemas);
  return {
    operationId: name,
    summary: row.summary,
    description: row.description,
    'x-example': exampleOf(row),
    tags: [row.tag],
    parameters: operationParameters(row),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: responsesOf(row, schemas),
  };
}

function bodyOf(row: Operation, schemas: Schemas): Record<string, unknown> | undefined {
  const example = row.example?.body;
  if (row.upload === true) return { required: true, content: { '*/*': { schema: {}, example } } };
  if (row.body === undefined) return undefined;
  const schema = jsonSchemaOf(row.body.schema, schemas);
  const types =
    row.body.form === 'patch' ? ['application/merge-patch+json', 'application/json'] : ['application/json'];
  return { required: true, content: Object.fromEntries(types.map((type) => [type, { schema, example }])) };
}

function responsesOf(row: Operation, schemas: Schemas): Record<string, unknown> {
  const responses: Record<string, { description: string; content?: object }> = {};
  for (const [status, { description, schema, media, example: own }] of Object.entries(row.answers)) {
    const of = row.answers[exampleStatusOf(row)];
    const answer = own ?? (schema === of?.schema && media === of?.media ? row.example?.answer : undefined);
    const example = answer === undefined ? {} : { example: answer };
    const content =
      schema !== undefined
        ? { 'application/json': { schema: jsonSchemaOf(schema, schemas), ...example } }
        : media !== undefined
          ? { [media]: { schema: {}, ...example } }
          : undefined;
    responses[status] = { description, ...(content === undefined ? {} : { content }) };
  }
  if (row.method === 'get' && row.path.startsWith('/api/') && row.untagged !== true)
    responses['304'] = { description: 'If-None-Match names this state' };
  for (const [status, codes] of codesByStatus(row)) {
    const own = responses[status];
    const meanings = codes.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`);
    responses[status] = {
      description: [...(own === undefined ? [] : [own.description]), ...meanings].join('\n\n'),
      content: {
        ...own?.content,
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      },
    };
  }
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      { ...response, headers: headersOf(row, Number(status)) },
    ]),
  );
}

function exampleOf({ example = {} }: Operation): OperationObject['x-example'] {
  const { query = '', body } = example;
  return { query, ...(body === undefined ? {} : { body }) };
}

/** The status of the example's answer: 201 where the call can create something. */
export function exampleStatusOf({ answers }: Pick<Operation, 'answers'>): number {
  const statuses = Object.keys(answers).map(Number);
  return statuses.includes(201) ? 201 : Math.min(...statuses);
}

/** The problem codes of a row by their status. */
function codesByStatus(row: Operation): Map<number, Code[]> {
  const codes = new Set<Code>([...EVERYWHERE, ...(row.problems ?? [])]);
  const add = (more: readonly Code[]) => {
    for (const code of more) codes.add(code);
  };
  if (row.path.includes(':id')) add(OF_TASKSPACE);
  if (row.path.includes('*path')) add(['invalid_path']);
  if (row.method !== 'get' && row.tag !== 'cache') add(OF_WRITE);
  if (row.body !== undefined) add(OF_BODY);
  if (row.preconditions === true) add(['precondition_failed']);
  if (row.keyed === true) add(['idempotency_key_reused']);
  const byStatus = new Map<number, Code[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

/**
 * The JSON Schema of a zod schema; schemas with an id move to the document's components. In input form:
 * bodies are as clients send them, and answers stay open for members that are added later.
 */
function jsonSchemaOf(schema: z.ZodType, schemas: Schemas): unknown {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12' });
  const {
    $schema: _dialect,
    $defs = {},
    ...rest
  } = moved(json) as Record<string, unknown> & { $defs?: Schemas };
  Object.assign(schemas, $defs);
  return rest;
}

function moved(json: unknown): unknown {
  return hoisted(JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/')));
}

/** What describes a member that may be null stands with the member, as for every other one. */
function hoisted(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(hoisted);
  const entries = Object.entries(json).map(([key, part]) => [key, hoisted(part)]);
  const { anyOf, ...rest } = Object.fromEntries(entries) as { anyOf?: { description?: string }[] };
  if (anyOf === undefined) return rest;
  const [{ description, ...first } = {}, ...others] = anyOf;
  return { ...(description === undefined ? {} : { description }), ...rest, anyOf: [first, ...others] };
}

function problemSchema(): unknown {
  return {
    type: 'object',
    description: 'By their code, problems have further members: those of precondition_failed are named here.',
    required: ['type', 'title', 'status', 'code', 'detail', 'instance'],
    properties: {
      type: { type: 'string', description: '/problems/<code>, which explains it.' },
      title: { type: 'string', description: 'What the code means, in a few words.' },
      status: { type: 'integer', description: 'The HTTP status.' },
      code: {
        type: 'string',
        enum: CODES,
        description: 'The stable code of the problem; /problems/<code> explains it.',
      },
      detail: {
        type: 'string',
        description: 'What was wrong with this request, and what to send instead.',
      },
      instance: { type: 'string', description: '/requests/<request id>, as the log has it.' },
      currentRevision: {
        type: 'integer',
        description: 'What the resource is at, which If-Match did not name',
      },
      by: { type: ['string', 'null'], description: 'Who made that revision' },
      at: { type: ['string', 'null'], format: 'date-time', description: 'When' },
      errors: {
        type: 'array',
        description: 'What is wrong with the body, one by one.',
        items: {
          type: 'object',
          properties: {
            pointer: {
              type: 'string',
              description: 'Where in the body: a JSON Pointer; empty: the body itself.',
            },
            detail: { type: 'string', description: 'What is so, in a sentence.' },
          },
          required: ['pointer', 'detail'],
        },
      },
    },
  };
}
