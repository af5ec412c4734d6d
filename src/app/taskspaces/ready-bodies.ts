/** The two bodies of the hot path, rendered once per state and kept with it. */

import type { CachedTaskspace, ReadyBody } from '../../cache/l1.js';
import { toPlanJson, toTaskspaceJson } from '../../contract/views.js';
import { jsonDocument } from '../../domain/json.js';
import { planVersion, type State } from '../../domain/state.js';
import type { Metadata } from '../../domain/taskspace.js';
import { etagOf } from '../../domain/version.js';
import { isLong, jsonInTurns } from '../../platform/json-pieces.js';

export type ReadyName = 'detail' | 'plan';
type Live = State & { metadata: Metadata };

/** Long plans that are being rendered in turns, by their version. */
const inTurns = new WeakMap<object, Promise<ReadyBody>>();

/**
 * The body, rendered unless the state is still the one it was rendered from; a long plan is rendered in
 * turns, with other work in between.
 */
export async function readyBody(cached: CachedTaskspace, state: Live, name: ReadyName): Promise<ReadyBody> {
  const ready = readyNow(cached, state, name);
  if (ready) return ready;
  const of = versionObject(state, name);
  let rendering = inTurns.get(of);
  if (rendering === undefined) {
    const etag = etagOf(planVersion(state));
    rendering = jsonInTurns(toPlanJson(state)).then((body) => ({ of, body, etag }));
    inTurns.set(of, rendering);
  }
  const rendered = await rendering;
  cached.bodies.set(name, rendered);
  return rendered;
}

/**
 * The same without waiting; undefined when the plan is long and not rendered yet. The taskspace must be live.
 */
export function readyNow(cached: CachedTaskspace, state: Live, name: ReadyName): ReadyBody | undefined {
  const of = versionObject(state, name);
  const kept = cached.bodies.get(name);
  if (kept?.of === of) return kept;
  if (name === 'plan' && isLong(state.plan.tasks.values())) return undefined;
  const version = name === 'detail' ? state.metadata : planVersion(state);
  const value = name === 'detail' ? toTaskspaceJson(state.id, state.metadata) : toPlanJson(state);
  const ready = { of, body: Buffer.from(jsonDocument(value)), etag: etagOf(version) };
  cached.bodies.set(name, ready);
  return ready;
}

/** A different object whenever the body differs. */
function versionObject(state: Live, name: ReadyName): object {
  return name === 'detail' ? state.metadata : (state.plan.version ?? state.metadata);
}
