/** The shape of a saved state, as in a snapshot: the values that events carry, and the totals of them. */
import { type Check, isBoolean, isCount, isTime, listOf, matching, nullOr, shapeOf, text } from './shape.js';
import {
  isArtifactRevision,
  isAuthor,
  isCommitId,
  isGoal,
  isKey,
  isLease,
  isMetadata,
  isName,
  isPath,
  isReason,
  isTask,
  isTokenMark,
  laterTaskMembers,
  versionMembers,
} from './value-shapes.js';

const all =
  (...checks: readonly Check[]): Check =>
  (value) => {
    for (const check of checks) {
      const wrong = check(value);
      if (wrong !== null) return wrong;
    }
    return null;
  };
const pair = (first: Check, second: Check): Check => {
  const check = shapeOf({ 0: first, 1: second });
  return (value) => (Array.isArray(value) && value.length === 2 ? check({ ...value }) : '');
};

const isVersion = shapeOf(versionMembers);
const isTimeOrNone: Check = (value) => (value === '' ? null : isTime(value));
const isStamps = listOf(isTime);
const isTagOrNone = matching(/^(?:[0-9a-f]{8})?$/);

const isKeptMetadata = all(isMetadata, isVersion, shapeOf({ createdAt: isTime, createdBy: isAuthor }));
const isKeptTask = all(isTask, isVersion, shapeOf({ ...laterTaskMembers, token: nullOr(isTokenMark) }));
const isHistory = shapeOf({
  path: isPath,
  base: isCount,
  revisions: listOf(all(isArtifactRevision, isVersion, shapeOf({ deleted: isBoolean }))),
});
const isConversation = shapeOf({
  conversation: isName,
  count: isCount,
  firstSeq: isCount,
  lastSeq: isCount,
  firstAt: isTime,
  lastAt: isTime,
});

/** Null, or the first invalid place of a saved state, as a JSON Pointer. */
export const stateFault: Check = shapeOf({
  id: text(1, 64),
  commit: isCount,
  head: isCommitId,
  time: isTime,
  bornTag: isTagOrNone,
  metadata: nullOr(isKeptMetadata),
  deleted: nullOr(shapeOf({ at: isTime, by: isAuthor })),
  metadataStamps: isStamps,
  plan: shapeOf({
    goal: isGoal,
    tasks: listOf(isKeptTask),
    version: nullOr(isVersion),
    edition: isCount,
    stamps: isStamps,
  }),
  artifacts: listOf(isHistory),
  artifactTotals: shapeOf({ count: isCount, bytes: isCount, revisions: isCount, storedBytes: isCount }),
  messages: shapeOf({ count: isCount, bytes: isCount, lastSeq: isCount, base: isCount }),
  conversations: listOf(isConversation),
  leases: listOf(all(isLease, shapeOf({ token: isTokenMark }))),
  keys: listOf(pair(isKey, shapeOf({ commit: isCount, time: isTime, ageMs: isCount, body: isKey }))),
  keyTime: shapeOf({ time: isTimeOrNone, ageMs: isCount }),
  counters: shapeOf({
    metadata: isCount,
    plan: isCount,
    tasks: listOf(pair(isName, isCount)),
    artifacts: listOf(pair(isPath, isCount)),
    fences: listOf(pair(isName, isCount)),
  }),
  poisoned: nullOr(isReason),
});
