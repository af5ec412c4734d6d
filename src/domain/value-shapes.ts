/**
 * The shapes of the values that events carry and states keep (API.md section 1 and 9): data on disk is
 * trusted only once it has passed these. Bounds are those that bodies have had from the first version on,
 * sizes of free JSON aside.
 */
import { pathFault } from './artifact-path.js';
import { ON_FAILURE, TASK_STATUSES, TASKS_MAX } from './plan.js';
import {
  bodyListOf,
  type Check,
  isCount,
  isFree,
  isFreeObject,
  isTime,
  listOf,
  matching,
  nullOr,
  oneOf,
  shapeOf,
  text,
  whole,
} from './shape.js';
import { STATUSES } from './taskspace.js';

/** UTF-16 units; a character takes two at most. */
const PERSON_MAX = 2 * 128;
const TITLE_MAX = 2 * 200;
const TAG_MAX = 2 * 64;
const TAGS_MAX = 50;
const DESCRIPTION_MAX = 16 * 1024;
const ERROR_MAX = 256 * 1024;
/** A token's subject and the actor beside it. */
const BY_MAX = 2 * PERSON_MAX + 1;
const NOTE_MAX = 64 * 1024;
/** Far above any lease that may be requested, and small enough to be added to any time. */
const LEASE_SECONDS_MAX = 31_536_000;
/** 16 TiB, above any file of a local file system. The sum over all revisions stays a safe integer. */
const SIZE_MAX = 2 ** 44;

export const isName = matching(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/);
export const isPerson = text(1, PERSON_MAX);
export const isAuthor = text(1, BY_MAX);
export const isCommitId = matching(/^[0-9a-f]{16}$/);
export const isTag = matching(/^[0-9a-f]{8}$/);
export const isReason = text(0, NOTE_MAX);
/** From 1; the upper bound is known where the commit's number is. */
export const isRevision = whole(1, Number.MAX_SAFE_INTEGER);
export const isPath: Check = (value) =>
  typeof value === 'string' && pathFault(value) === undefined ? null : '';
/** It is sent in a header of answers. Earlier versions took tabs around the semicolon. */
const isContentType = matching(/^[\t\x20-\x7e]{1,255}$/);
const isSha256 = matching(/^[0-9a-f]{64}$/);
const isHash = matching(/^[A-Za-z0-9_-]{1,128}$/);
export const isLeaseSeconds = whole(1, LEASE_SECONDS_MAX);

const metadataMembers = {
  name: text(1, TITLE_MAX),
  description: text(0, DESCRIPTION_MAX),
  owner: isPerson,
  status: oneOf(STATUSES),
  tags: listOf(text(1, TAG_MAX), TAGS_MAX),
  data: isFreeObject,
  retention: nullOr(shapeOf({ keepRevisions: isCount, keepDays: isCount })),
};
/** For members that would replace what only the store sets. */
const isAbsent: Check = (value) => (value === undefined ? null : '');
export const isMetadata = shapeOf(metadataMembers);
export const isMetadataSet = shapeOf({}, { ...metadataMembers, createdAt: isAbsent, createdBy: isAbsent });

const taskMembers = {
  name: text(1, TITLE_MAX),
  goal: text(0, DESCRIPTION_MAX),
  agent: nullOr(isPerson),
  dependencies: bodyListOf(isName, TASKS_MAX),
  status: oneOf(TASK_STATUSES),
  onFailure: oneOf(ON_FAILURE),
  result: isFree,
  error: nullOr(text(0, ERROR_MAX)),
  metadata: isFreeObject,
  claim: nullOr(shapeOf({ agent: isPerson, claimedAt: isTime, expiresAt: isTime })),
  attempts: isCount,
  finishedAt: nullOr(isTime),
  revision: isRevision,
};
/** Members that events of earlier versions lack. */
export const laterTaskMembers = {
  completedBy: nullOr(isAuthor),
  lastClaim: nullOr(shapeOf({ agent: isPerson, claimedAt: isTime, endedAt: isTime })),
};
export const isTask = shapeOf({ id: isName, ...taskMembers }, laterTaskMembers);
export const isTaskSet = shapeOf({}, { id: isAbsent, ...taskMembers, ...laterTaskMembers });
/** Members that a step of an agent leaves unchanged. */
export const isTaskRest = shapeOf({}, { id: isName, ...taskMembers, ...laterTaskMembers });
export const isGoal = text(0, DESCRIPTION_MAX);
export const isTasks = listOf(isTask, TASKS_MAX);

export const isTokenMark = shapeOf({ hash: isHash, leaseSeconds: isLeaseSeconds });
export const isNewToken = shapeOf({ hash: isHash, leaseSeconds: isLeaseSeconds, nonce: isHash });

const artifactMembers = {
  path: isPath,
  revision: isRevision,
  size: whole(0, SIZE_MAX),
  contentType: isContentType,
  metadata: isFreeObject,
  message: isReason,
};
export const isArtifact = shapeOf({ ...artifactMembers, sha256: isSha256 });
export const isArtifactRevision = shapeOf({ ...artifactMembers, sha256: nullOr(isSha256) });

export const isLease = shapeOf({ name: isName, holder: isPerson, fence: isRevision, expiresAt: isTime });

export const isKey = text(1, PERSON_MAX);
export const versionMembers = { revision: isRevision, tag: isTag, by: isAuthor, at: isTime };
