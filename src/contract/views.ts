/** How states of the domain become answers (API.md section 9). Pure. */
import type { ArtifactRevision } from '../domain/artifact.js';
import type { LeaseValue } from '../domain/lease.js';
import { progressOf, type TaskValue } from '../domain/plan.js';
import { planVersion, type State } from '../domain/state.js';
import type { Metadata } from '../domain/taskspace.js';
import type { Artifact } from './artifacts.js';
import type { Claimed, GrantedLease, Lease } from './claims.js';
import type { Plan, Task } from './plan.js';
import type { Summary } from './summary.js';
import type { Taskspace } from './taskspaces.js';

export function toTaskspaceJson(id: string, metadata: Metadata): Taskspace {
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

export function toPlanJson(state: State): Plan {
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

export function toTaskJson(task: TaskValue): Task {
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

export function toArtifactJson(artifact: ArtifactRevision): Artifact {
  const { path, revision, size, sha256, contentType, metadata, message, by, at, deleted } = artifact;
  return { path, revision, size, sha256, contentType, metadata, message, by, at, deleted };
}

/** @param token of the claim, which is shown to its holder alone. */
export function toClaimedJson(task: TaskValue, token: string): Claimed {
  if (task.claim === null) throw new Error('the task is not claimed');
  return { task: toTaskJson(task), lease: { token, expiresAt: task.claim.expiresAt } };
}

export function toLeaseJson({ name, holder, fence, expiresAt }: LeaseValue): Lease {
  return { name, holder, fence, expiresAt };
}

export function toGrantedLeaseJson(
  { name, holder, fence, expiresAt }: LeaseValue,
  token: string,
): GrantedLease {
  return { name, holder, token, fence, expiresAt };
}

/**
 * Changes with every commit; does not depend on the clock.
 * @param refused which of its files are not served, and why: at most 20.
 */
export function toSummaryJson(state: State, refused: Summary['refused'] = []): Summary {
  const { id, commit, time, messages, conversations, artifactTotals, plan, leases } = state;
  let claims = 0;
  for (const task of plan.tasks.values()) if (task.claim !== null) claims++;
  return {
    id,
    commit,
    messages: {
      count: messages.count,
      bytes: messages.bytes,
      lastSeq: messages.lastSeq,
      conversations: conversations.size,
    },
    artifacts: { ...artifactTotals },
    tasks: progressOf(plan.tasks),
    claims,
    leases: leases.size,
    lastActivityAt: time,
    refused,
  };
}
