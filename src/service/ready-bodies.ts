/** The two bodies of the hot path, rendered once per state and kept with it. */

import type { ReadyBody, Resident } from '../cache/l1.js';
import { jsonDocument } from '../domain/json.js';
import { planVersion, type State } from '../domain/state.js';
import type { Metadata } from '../domain/taskspace.js';
import { etagOf } from '../domain/version.js';
import { showPlan, showTaskspace } from './shapes.js';

export type ReadyName = 'detail' | 'plan';
type Live = State & { metadata: Metadata };

/** The body, rendered now unless the state is still the one it was rendered from. The taskspace must be live. */
export function readyBody(resident: Resident, state: Live, name: ReadyName): ReadyBody {
  const of = name === 'detail' ? state.metadata : (state.plan.version ?? state.metadata);
  const kept = resident.bodies.get(name);
  if (kept?.of === of) return kept;
  const version = name === 'detail' ? state.metadata : planVersion(state);
  const value = name === 'detail' ? showTaskspace(state.id, state.metadata) : showPlan(state);
  const ready = { of, body: Buffer.from(jsonDocument(value)), etag: etagOf(version) };
  resident.bodies.set(name, ready);
  return ready;
}
