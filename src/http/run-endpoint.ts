/**
 * Runs one row of the contract for one request, in the order of API.md section 1: path, query and headers first, then
 * the body, then the use case (existence, preconditions, rules). The first check that fails answers.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config/config.js';
import { TaskspaceError } from '../domain/errors.js';
import { isObject, type Json } from '../domain/json.js';
import { NO_PRECONDITION } from '../domain/version.js';
import { byOf } from '../service/caller.js';
import type { RequestKey } from '../service/service.js';
import type { Access } from './access.js';
import { artifactPathOf } from './artifact-path.js';
import { readBody, tooLarge } from './body.js';
import type { Endpoint, PathParts } from './endpoint.js';
import { knownTagsOf, preconditionOf } from './entity-tags.js';
import type { Exchange } from './exchange.js';
import { parseJson } from './json-body.js';
import { checkJsonType, checkPatchType } from './media-type.js';
import { checkQuery } from './query.js';
import { checkBody } from './schemas/check-body.js';
import { NAME, TASKSPACE_ID } from './schemas/text.js';
import { decodeOnce } from './target.js';

const NO_BODY = Buffer.alloc(0);

export interface RunContext {
  readonly access: Access;
  readonly limits: Config['limits'];
}

/** @param rawParts the parts of the path as Express found them, still encoded. */
export async function runEndpoint(
  context: RunContext,
  endpoint: Endpoint,
  exchange: Exchange,
  rawParts: Readonly<Record<string, unknown>>,
): Promise<void> {
  exchange.state.running++;
  exchange.route = endpoint.path;
  try {
    await run(context, endpoint, exchange, rawParts);
  } finally {
    exchange.state.running--;
  }
}

async function run(
  context: RunContext,
  endpoint: Endpoint,
  exchange: Exchange,
  rawParts: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { headers } = exchange.req;
  const parts = checkParts(endpoint, exchange, rawParts);
  const query = queryOf(endpoint, exchange);
  const caller = context.access.callerOf(exchange);
  exchange.by = byOf(caller);
  const pre = endpoint.preconditions === true ? preconditionOf(headers) : NO_PRECONDITION;
  const known = endpoint.method === 'get' ? knownTagsOf(headers) : undefined;
  const sentKey = endpoint.keyed === true ? keyOf(headers) : undefined;
  const { bytes, value } = await readJson(context, endpoint, exchange);
  const key: RequestKey | null =
    sentKey === undefined ? null : { key: sentKey, path: exchange.target.path, body: bytes };
  const reply = await endpoint.handle({ exchange, caller, parts, query, body: value, pre, key, known });
  await reply(exchange);
}

function queryOf({ query, defaults }: Endpoint, { target }: Exchange): unknown {
  if (target.query === '' && defaults !== undefined) return defaults;
  return checkQuery(query, Object.keys(query.shape), target.query);
}

function checkParts(
  endpoint: Endpoint,
  exchange: Exchange,
  raw: Readonly<Record<string, unknown>>,
): PathParts {
  return {
    id: raw.id === undefined ? '' : idOf(raw.id, TASKSPACE_ID, 'taskspace id'),
    taskId: raw.taskId === undefined ? '' : idOf(raw.taskId, NAME, 'task id'),
    name: raw.name === undefined ? '' : idOf(raw.name, NAME, 'lease name'),
    seq: raw.seq === undefined ? 0 : Number(idOf(raw.seq, /^[0-9]{1,15}$/, 'message seq')),
    path: endpoint.path.endsWith('/*path') ? artifactPathOf(exchange.target.path) : '',
    code: raw.code === undefined ? '' : (decodeOnce(String(raw.code)) ?? ''),
  };
}

function idOf(raw: unknown, pattern: RegExp, what: string): string {
  const id = typeof raw === 'string' ? decodeOnce(raw) : undefined;
  if (id !== undefined && pattern.test(id)) return id;
  throw new TaskspaceError('invalid_id', `This is not a ${what}: it must match ${pattern.source}.`);
}

function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const sent = headers['idempotency-key'];
  if (sent === undefined) return undefined;
  if (typeof sent === 'string' && /^[\x20-\x7e]{1,128}$/.test(sent)) return sent;
  throw new TaskspaceError(
    'invalid_header',
    'Idempotency-Key must be 1 to 128 printable ASCII characters, such as a UUID.',
  );
}

async function readJson(
  context: RunContext,
  endpoint: Endpoint,
  exchange: Exchange,
): Promise<{ bytes: Buffer; value: unknown }> {
  const { body } = endpoint;
  if (body === undefined) return { bytes: NO_BODY, value: undefined };
  const { headers } = exchange.req;
  if (body.form === 'patch') checkPatchType(headers);
  else checkJsonType(headers);
  const bytes = await readBody(
    exchange,
    body.limit === 'batch' ? context.limits.batchBytesMax : context.limits.jsonBytesMax,
  );
  const json: Json = parseJson(bytes);
  if (!isObject(json)) {
    const what = body.form === 'patch' ? 'The patch' : 'The body';
    throw new TaskspaceError('invalid_body', `${what} must be a JSON object.`, {
      errors: [{ pointer: '', detail: 'Must be an object.' }],
    });
  }
  const value = body.check === undefined ? checkBody(body.schema, json) : body.check(json);
  const { jsonBytesMax } = context.limits;
  if (bytes.length > jsonBytesMax && body.isBatch?.(value) === false) throw tooLarge(jsonBytesMax);
  return { bytes, value };
}
