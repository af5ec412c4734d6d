/**
 * Commands on artifacts. Pure; see command.ts. The bytes of a written revision are an object on disk already.
 */
import {
  type ArtifactHistory,
  type ArtifactInput,
  type ArtifactPatch,
  type ArtifactRevision,
  liveOf,
  newestOf,
} from './artifact.js';
import { checkSize, type Decide, requireLive } from './command.js';
import { TaskspaceError } from './errors.js';
import type { Event } from './event.js';
import { mergePatch, sameJson } from './json.js';
import { foldersOf, type State } from './state.js';
import { checkPrecondition, type Precondition } from './version.js';

export function putArtifact(path: string, input: ArtifactInput, pre: Precondition): Decide {
  return (state) => {
    checkWritable(state, path, pre);
    const live = liveOf(state.artifacts.get(path));
    const same =
      live?.sha256 === input.sha256 &&
      live.contentType === input.contentType &&
      sameJson(live.metadata, input.metadata);
    return same ? [] : [written(state, path, input)];
  };
}

/** Throws what is refused before the bytes arrive: no taskspace, the precondition, a file as a folder. */
export function checkWritable(state: State, path: string, pre: Precondition): void {
  requireLive(state);
  checkPrecondition(pre, liveOf(state.artifacts.get(path)) ?? null);
  checkPathConflict(state, path);
}

/** A new revision over the same bytes. */
export function patchArtifact(
  path: string,
  patch: ArtifactPatch,
  defaultType: string,
  pre: Precondition,
): Decide {
  return (state) => {
    requireLive(state);
    checkPrecondition(pre, liveOf(state.artifacts.get(path)) ?? null);
    const live = requireLiveArtifact(state, path);
    const contentType =
      patch.contentType === undefined ? live.contentType : (patch.contentType ?? defaultType);
    const metadata =
      patch.metadata === undefined
        ? live.metadata
        : patch.metadata === null
          ? {}
          : mergePatch(live.metadata, patch.metadata);
    checkSize('/metadata', metadata);
    if (contentType === live.contentType && sameJson(metadata, live.metadata)) return [];
    const input = {
      size: live.size,
      sha256: live.sha256,
      contentType,
      metadata: metadata as ArtifactInput['metadata'],
      message: '',
    };
    return [written(state, path, input)];
  };
}

export function deleteArtifact(path: string, pre: Precondition): Decide {
  return (state) => {
    requireLive(state);
    checkPrecondition(pre, liveOf(state.artifacts.get(path)) ?? null);
    requireLiveArtifact(state, path);
    return [{ type: 'artifact.deleted', path, revision: nextRevision(state, path), message: '' }];
  };
}

export type LiveArtifact = ArtifactRevision & { sha256: string };

/** The newest revision; 404 `not_found` for a path never written, `deleted` for a deleted one. */
export function requireLiveArtifact(state: State, path: string): LiveArtifact {
  const newest = newestOf(requireHistory(state, path));
  return requireBytes(newest as ArtifactRevision);
}

/** The revision with this number. */
export function requireRevision(state: State, path: string, revision: number): ArtifactRevision {
  const history = requireHistory(state, path);
  const found = history.revisions[revision - history.base - 1];
  if (!found) {
    const newest = history.base + history.revisions.length;
    throw new TaskspaceError('not_found', `"${path}" has no revision ${revision}; the newest is ${newest}.`);
  }
  return found;
}

/** Throws 404 `deleted` for a deleted revision, which has no bytes. */
export function requireBytes(revision: ArtifactRevision): LiveArtifact {
  if (revision.sha256 === null) {
    const detail = `Revision ${revision.revision} of "${revision.path}" is a deletion. Older ones are at ?revision=<n>.`;
    throw new TaskspaceError('deleted', detail);
  }
  return revision as LiveArtifact;
}

export function requireHistory(state: State, path: string): ArtifactHistory {
  requireLive(state);
  const history = state.artifacts.get(path);
  if (!history)
    throw new TaskspaceError(
      'not_found',
      `"${state.id}" has no artifact "${path}". GET …/artifacts lists them.`,
    );
  return history;
}

function written(state: State, path: string, input: ArtifactInput): Event {
  const { size, sha256, contentType, metadata, message } = input;
  return {
    type: 'artifact.written',
    artifact: { path, revision: nextRevision(state, path), size, sha256, contentType, metadata, message },
  };
}

function nextRevision(state: State, path: string): number {
  const history = state.artifacts.get(path);
  return (history ? history.base + history.revisions.length : (state.counters.artifacts.get(path) ?? 0)) + 1;
}

function checkPathConflict(state: State, path: string): void {
  const file = foldersOf(path).find((folder) => liveOf(state.artifacts.get(folder)));
  if (file !== undefined) throw pathConflict(path, file, `"${file}" is a file`);
  if (!state.folders.has(path)) return;
  for (const [other, history] of state.artifacts) {
    if (other.startsWith(`${path}/`) && liveOf(history))
      throw pathConflict(path, other, `"${path}" is a folder: "${other}" lies in it`);
  }
}

function pathConflict(path: string, other: string, why: string): TaskspaceError {
  return new TaskspaceError(
    'path_conflict',
    `"${path}" cannot be written: ${why}. Delete "${other}" first, or choose another path.`,
  );
}
