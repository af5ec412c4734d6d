/** What all use cases share, and the steps that each of them takes. */

import { createHash } from 'node:crypto';
import type { DerivedCache } from '../cache/derived.js';
import type { CachedTaskspace, L1Reads } from '../cache/l1.js';
import type { Decide } from '../domain/command.js';
import { requireLive } from '../domain/command.js';
import type { Commit, CommitKey } from '../domain/event.js';
import { jsonDocument } from '../domain/json.js';
import type { State } from '../domain/state.js';
import { jsonInTurns, longListOf } from '../platform/json-pieces.js';
import { FairYield } from '../platform/yield-fairly.js';
import type { StoreClock } from '../store/ports.js';
import { requireAccess } from './access.js';
import type { CacheTier, ReadAnswer, WriteAnswer } from './answer.js';
import { byOf, type Caller, ownerOf } from './caller.js';
import type { ChangeNotifier } from './waiting/change-notifier.js';

/**
 * `Idempotency-Key` of a POST: the header's value, the path as requested, and the SHA-256 of the body's
 * bytes in base64url.
 */
export interface RequestKey {
  readonly key: string;
  readonly path: string;
  readonly digest: string;
}

export interface UseCaseContext {
  readonly l1: L1Reads;
  readonly derived: DerivedCache;
  readonly notifier: ChangeNotifier;
  readonly clock: StoreClock;
  readonly artifactBytesMax: number;
  /** A version of what is known of damaged objects of a taskspace; '' when there is none. */
  damageVersion(id: string): string;
}

/** The body of a write's answer: from the state it made, or for a repeated key from its commit alone. */
export type Rendering = Omit<WriteAnswer, 'commit' | 'replayed'>;

export interface WriteRequest {
  readonly caller: Caller;
  readonly id: string;
  /** The agent that takes the step, when no actor was sent. */
  readonly agentIn?: ((state: State) => string | null) | undefined;
  readonly decide: Decide;
  readonly show: (state: State, commit: Commit | null) => Rendering;
  readonly key?: { readonly request: RequestKey | null; readonly show: (commit: Commit) => Rendering };
}

/** Commits on a taskspace and answers with what `show` rendered. Checking access is up to the use case. */
export function write({ l1 }: UseCaseContext, request: WriteRequest): Promise<WriteAnswer> {
  return l1.useToWrite(request.id, (cached) => writeOn(cached, request));
}

export async function writeOn(
  { folder }: CachedTaskspace,
  { caller, agentIn, decide, show, key }: WriteRequest,
): Promise<WriteAnswer> {
  const commitKey = key?.request ? hashKey(caller, key.request) : undefined;
  const { answer, commit, replayed } = await folder.write<Rendering>({
    by: agentIn ? (state) => byOf(caller, agentIn(state)) : byOf(caller),
    owner: ownerOf(caller),
    decide,
    answer: show,
    ...(key && commitKey ? { key: commitKey, replay: key.show } : {}),
  });
  return { ...answer, body: await unchangeableAnswer(answer.body), commit, replayed };
}

/** A long list is frozen in turns, with other work in between: no other code has the body yet. */
async function unchangeableAnswer(body: unknown): Promise<unknown> {
  const name = longListOf(body);
  if (name !== undefined) {
    const turns = new FairYield();
    for (const item of (body as Record<string, unknown[]>)[name] ?? []) {
      unchangeable(item);
      if (turns.isOver) await turns.next();
    }
  }
  return unchangeable(body);
}

/** A body shares members with the cached state: its receiver must not be able to change that. */
function unchangeable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) unchangeable(member);
  return Object.freeze(value);
}

/**
 * A read of a live taskspace: access, existence, `read`, and the ETag of the body unless `read` gives one.
 */
export function read(
  { l1 }: UseCaseContext,
  caller: Caller,
  id: string,
  render: (cached: CachedTaskspace) => Promise<Rendered> | Rendered,
): Promise<ReadAnswer> {
  requireAccess(caller, 'read', id);
  return l1.use(id, async (cached, hit) => {
    requireLive(cached.folder.state);
    const { value, etag } = await render(cached);
    const isShort = longListOf(value) === undefined;
    const body = isShort ? Buffer.from(jsonDocument(value)) : await jsonInTurns(value);
    return { body, etag: etag === undefined ? bodyTag(body) : etag, cache: tierOf(hit) };
  });
}

export interface Rendered {
  readonly value: object;
  /** Null: none. Undefined: made from the body. */
  readonly etag?: string | null;
}

export function tierOf(hit: boolean): CacheTier {
  return hit ? 'l1' : 'store';
}

/** An opaque strong ETag for a body that has no revision of its own. */
export function bodyTag(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

const KEPT_DIGITS = 22;

/** Keys are kept hashed with method, path and caller: the same key elsewhere is another one. */
export function hashKey(caller: Caller, { key, path, digest }: RequestKey): CommitKey {
  const name = JSON.stringify(['POST', path, byOf(caller), key]);
  const hash = createHash('sha256').update(name).digest('base64url');
  return { key: hash.slice(0, KEPT_DIGITS), body: digest.slice(0, KEPT_DIGITS) };
}
