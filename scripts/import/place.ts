/**
 * Where a source belongs on the server, and what is there already. A taskspace counts as this source's when
 * its `data.source.sha256` says so; whatever else has the id is never touched without `--replace`, and never
 * at all unless it was imported itself.
 */

import { type Answer, ApiError, type Client, type Taskspace } from '../../src/client/index.js';
import type { Json, JsonObject } from '../../src/contract/json.js';
import { BadSource, type Draft } from './draft.js';
import { isObject } from './json-text.js';
import { suffixed, taskspaceIdOf } from './taskspace-id.js';

export interface Place {
  readonly id: string;
  readonly state: 'new' | 'unchanged' | 'begun' | 'changed';
  /** The taskspace that is there; null when new. */
  readonly there: Answer<Taskspace> | null;
  /** Why it is not the id that one would expect; null when it is. */
  readonly note: string | null;
}

/**
 * @param wanted the id that was asked for, if any. @param taken ids that other sources of this run have, by
 *   their labels.
 * Throws BadSource when there is no place.
 */
export async function findPlace(
  client: Client,
  draft: Draft,
  name: string,
  wanted: string | undefined,
  taken: ReadonlyMap<string, string>,
): Promise<Place> {
  const { sha256 } = draft.source;
  const id = wanted ?? taskspaceIdOf(name, sha256);
  const first = await getOrNull(client, id);
  if (first && sourceOf(first.value)?.sha256 === sha256) return { id, ...found(first), note: null };
  const owner = taken.get(id) ?? strangerAt(first, draft, wanted !== undefined);
  if (owner === null) return { id, state: first ? 'changed' : 'new', there: first, note: null };
  if (wanted !== undefined) throw new BadSource(`the id "${id}" belongs to ${owner}: choose another --id`);

  const other = suffixed(id, sha256);
  const second = await getOrNull(client, other);
  const note = `the id "${id}" belongs to ${owner}`;
  if (second === null) return { id: other, state: 'new', there: null, note };
  if (sourceOf(second.value)?.sha256 === sha256) return { id: other, ...found(second), note };
  throw new BadSource(`the ids "${id}" and "${other}" belong to others: choose one with --id`);
}

/** `data.source` of an imported taskspace; null for any other. */
export function sourceOf({ data }: Taskspace): JsonObject | null {
  const { source } = data;
  return isObject(source) && typeof source.sha256 === 'string' ? source : null;
}

export async function getOrNull(client: Client, id: string): Promise<Answer<Taskspace> | null> {
  try {
    return await client.taskspaces.get(id);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return null;
    throw error;
  }
}

function found(there: Answer<Taskspace>): Pick<Place, 'state' | 'there'> {
  return { state: sourceOf(there.value)?.complete === false ? 'begun' : 'unchanged', there };
}

/** Whose taskspace it is, unless it is free or holds an earlier version of this source. */
function strangerAt(there: Answer<Taskspace> | null, draft: Draft, isWanted: boolean): string | null {
  if (there === null) return null;
  const source = sourceOf(there.value);
  if (source === null) return 'a taskspace that was not imported';
  const name = nameOf(source);
  return isWanted || name === nameOf(draft.source) ? null : String(name);
}

function nameOf(source: Readonly<Record<string, Json>>): Json | undefined {
  return source.file ?? source.folder;
}
