/**
 * Commands on a taskspace: each checks a state and returns the events that follow. Pure: time and author come
 * from outside.
 *
 * No event means that nothing would change. A command that is refused throws a TaskspaceError.
 */
import type { Clock } from './clock.js';
import { TaskspaceError, taskspaceNotFound } from './errors.js';
import type { Event } from './event.js';
import { jsonBytes, mergePatch, sameJson } from './json.js';
import { isLive, type State } from './state.js';
import { type MetadataFields, type MetadataInput, type MetadataPatch, withDefaults } from './taskspace.js';
import { checkPrecondition, type Precondition } from './version.js';

/** What a decision may use besides the state. */
export interface Context {
  /** The time the commit will carry. It orders, and may lie in the host's future: it measures nothing. */
  readonly time: string;
  readonly clock: Clock;
  readonly by: string;
  /** Default owner of what is created. */
  readonly owner: string;
}

export type Decide = (state: State, context: Context) => readonly Event[];
export type LiveState = State & { metadata: NonNullable<State['metadata']> };

export const DATA_BYTES_MAX = 256 * 1024;

/** Throws `not_found` unless a taskspace exists under this id. */
export function requireLive(state: State): asserts state is LiveState {
  if (!isLive(state)) throw taskspaceNotFound(state.id);
}

/** Throws 422 `invalid_body` when a JSON member is too large, as a merge patch may make it. */
export function checkSize(pointer: string, value: unknown): void {
  const bytes = jsonBytes(value);
  if (bytes <= DATA_BYTES_MAX) return;
  const detail = `${bytes} bytes of JSON; at most ${DATA_BYTES_MAX} are kept. Put large content into an artifact.`;
  throw new TaskspaceError('invalid_body', `${pointer} is too large: ${detail}`, {
    errors: [{ pointer, detail }],
  });
}

export function createTaskspace(input: MetadataInput): Decide {
  return (state, context) => {
    if (isLive(state)) {
      throw new TaskspaceError(
        'already_exists',
        `There is a taskspace "${state.id}". Change it with PUT or PATCH /api/taskspaces/${state.id}, or choose another id.`,
      );
    }
    return [created(state, withDefaults(state.id, context.owner, input))];
  };
}

/** Creates the taskspace, or replaces all of its metadata. */
export function putTaskspace(input: MetadataInput, pre: Precondition): Decide {
  return (state, context) => {
    if (!isLive(state)) {
      if (pre.ifMatch !== undefined) throw taskspaceNotFound(state.id);
      return [created(state, withDefaults(state.id, context.owner, input))];
    }
    checkPrecondition(pre, state.metadata);
    return updated(state, withDefaults(state.id, context.owner, input));
  };
}

export function patchTaskspace(patch: MetadataPatch, pre: Precondition): Decide {
  return (state, context) => {
    requireLive(state);
    checkPrecondition(pre, state.metadata);
    return updated(state, patched(state, context, patch));
  };
}

export function deleteTaskspace(pre: Precondition): Decide {
  return (state) => {
    requireLive(state);
    checkPrecondition(pre, state.metadata);
    return [{ type: 'taskspace.deleted' }];
  };
}

function created(state: State, metadata: MetadataFields): Event {
  const revision = (state.metadata?.revision ?? state.counters.metadata) + 1;
  return { type: 'taskspace.created', revision, metadata };
}

function patched(state: LiveState, context: Context, patch: MetadataPatch): MetadataFields {
  const { name, description, owner, status, tags, data, retention } = state.metadata;
  const merged = mergePatch(
    { name, description, owner, status, tags: [...tags], data, retention: retention && { ...retention } },
    patch as Parameters<typeof mergePatch>[1],
  ) as MetadataInput;
  if (patch.data !== undefined) checkSize('/data', merged.data ?? {});
  return withDefaults(state.id, context.owner, merged);
}

function updated(state: LiveState, next: MetadataFields): Event[] {
  const changed = Object.entries(next).filter(
    ([key, value]) => !sameJson(value, state.metadata[key as keyof MetadataFields]),
  );
  if (changed.length === 0) return [];
  return [
    { type: 'taskspace.updated', revision: state.metadata.revision + 1, set: Object.fromEntries(changed) },
  ];
}
