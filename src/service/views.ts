/** Domain values in the form of the API (API.md section 9). Pure. */
import type { ArtifactRevision } from '../domain/artifact.js';
import { progressOf, type TaskValue } from '../domain/plan.js';
import { planVersion, type State } from '../domain/state.js';
import type { Metadata } from '../domain/taskspace.js';

export function toTaskspaceJson(id: string, metadata: Metadata): object {
  const { name, description, owner, status, tags, data, retention, revision, createdAt, createdBy, at, by } =
    metadata;
  return {
    id,
    name,
    description,
    owner,
    status,
    tags,
    data,
    retention,
    revision,
    createdAt,
    createdBy,
    updatedAt: at,
    updatedBy: by,
  };
}

export function toPlanJson(state: State): object {
  const { goal, tasks, version } = state.plan;
  return {
    goal,
    tasks: [...tasks.values()].map(toTaskJson),
    revision: planVersion(state).revision,
    edition: state.plan.edition,
    updatedAt: version?.at ?? null,
    progress: progressOf(tasks),
  };
}

export function toTaskJson(task: TaskValue): object {
  const { id, name, goal, agent, dependencies, status, onFailure, result, error, metadata } = task;
  // An answer that is repeated from an old commit may lack the newer members.
  const { claim, lastClaim = null, completedBy = null, attempts, finishedAt, revision } = task;
  return {
    id,
    name,
    goal,
    agent,
    dependencies,
    status,
    onFailure,
    result,
    error,
    metadata,
    claim,
    lastClaim,
    completedBy,
    attempts,
    finishedAt,
    revision,
  };
}

export function toArtifactJson(artifact: ArtifactRevision): object {
  const { path, revision, size, sha256, contentType, metadata, message, by, at, deleted } = artifact;
  return { path, revision, size, sha256, contentType, metadata, message, by, at, deleted };
}
