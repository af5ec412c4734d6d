/**
 * Runs one row of the contract for one request, in the order of API.md section 1: path, query and
 * headers first, then the body, then the use case (existence, preconditions, rules). The first check
 * that fails answers.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { byOf } from '../app/caller.js';
import type { RequestKey } from '../app/context.js';
import type { Config } from '../config/config.js';
import type { BodySpec } from '../contract/operation.js';
import { NAME, TASKSPACE_ID } from '../contract/text.js';
import { TaskspaceError } from '../domain/errors.js';
import { MANY_BOUNDS, ONE_BOUNDS } from '../domain/json-bounds.js';
import { JsonScan } from '../domain/json-scan.js';
import { NO_PRECONDITION } from '../domain/version.js';
import type { Access } from './access.js';
import { artifactPathOf } from './artifact-path.js';
import { readBody, tooLarge } from './body.js';
import type { BodyThreads } from './body-threads.js';
import type { Endpoint, PathParts } from './endpoint.js';
import { knownTagsOf, preconditionOf } from './entity-tags.js';
import type { Exchange } from './exchange.js';
import { checkJson } from './json-body.js';
import { checkJsonType, checkPatchType } from './media-type.js';
import { checkQuery } from './query.js';
import { refuseRepeated, refuseUnknownCoding } from './single-headers.js';
import { decodeOnce } from './target.js';

const EMPTY_DIGEST = createHash('sha256').digest('base64url');

/**
 * Bodies up to so many bytes, members and items are parsed on this thread, in milliseconds. Larger ones by
 * a separate thread.
 */
const OWN_BYTES_MAX = 1024 * 1024;
const OWN_VALUES_MAX = 4_000;

export interface RunContext {
  readonly access: Access;
  readonly limits: Config['limits'];
  readonly bodies: BodyThreads;
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
  refuseUnknownCoding(exchange.req);
  refuseRepeated(exchange.req, endpoint.singleHeaders);
  const caller = context.access.callerOf(exchange);
  exchange.by = byOf(caller);
  const pre = endpoint.preconditions === true ? preconditionOf(headers) : NO_PRECONDITION;
  const known = endpoint.method === 'get' ? knownTagsOf(headers) : undefined;
  const sentKey = endpoint.keyed === true ? keyOf(headers) : undefined;
  const { digest, value } = await readJson(context, endpoint, exchange, sentKey !== undefined);
  const key: RequestKey | null =
    sentKey === undefined ? null : { key: sentKey, path: exchange.target.path, digest };
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

/** The checked body, and the SHA-256 of its bytes in base64url when requested. */
async function readJson(
  context: RunContext,
  endpoint: Endpoint,
  exchange: Exchange,
  wantsDigest: boolean,
): Promise<{ digest: string; value: unknown }> {
  const { body } = endpoint;
  if (body === undefined) return { digest: wantsDigest ? EMPTY_DIGEST : '', value: undefined };
  const { headers } = exchange.req;
  if (body.form === 'patch') checkPatchType(headers);
  else checkJsonType(headers);
  const { batchBytesMax, jsonBytesMax } = context.limits;
  const many = body.list !== undefined;
  const scan = new JsonScan(many ? MANY_BOUNDS : ONE_BOUNDS);
  const hash = wantsDigest ? createHash('sha256') : null;
  await readBody(exchange, many ? batchBytesMax : jsonBytesMax, (chunk) => {
    scan.take(chunk);
    hash?.update(chunk);
  });
  const value = await checked(context, endpoint.operation, body, scan);
  if (scan.size > jsonBytesMax && !isBatch(body, value)) throw tooLarge(jsonBytesMax);
  return { digest: hash?.digest('base64url') ?? '', value };
}

/** A single body is bounded as one also where batches are taken. */
function isBatch({ list }: BodySpec, value: unknown): boolean {
  return list !== undefined && Object.hasOwn(value as object, list.name);
}

function checked({ bodies }: RunContext, operation: string, body: BodySpec, scan: JsonScan): unknown {
  const isSmall = scan.size <= OWN_BYTES_MAX && scan.members + scan.items <= OWN_VALUES_MAX;
  return isSmall ? checkJson(scan.bytes(), body) : bodies.check(scan.ownBytes(), operation);
}
