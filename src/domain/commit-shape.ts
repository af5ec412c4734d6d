/**
 * The shape of a commit as read from disk. A CRC shows that a line is as it was written, not that this store
 * wrote it: a folder may have been copied in. A valid commit can be folded, shown, listed and written to the
 * mirror.
 */
import type { Commit, EventType } from './event.js';
import { messageFault } from './message-shape.js';
import { type Check, isFree, isMembers, isTime, shapeOf } from './shape.js';
import {
  isArtifact,
  isAuthor,
  isCommitId,
  isGoal,
  isKey,
  isLease,
  isLeaseSeconds,
  isMetadata,
  isMetadataSet,
  isName,
  isNewToken,
  isPath,
  isReason,
  isRevision,
  isTask,
  isTaskRest,
  isTaskSet,
  isTasks,
} from './value-shapes.js';

const step = { plan: isRevision, id: isName, set: isTaskSet };
const later = { rest: isTaskRest };
const ended = shapeOf(step, later);

const EVENTS: Readonly<Record<EventType, Check>> = {
  'taskspace.created': shapeOf({ revision: isRevision, metadata: isMetadata }),
  'taskspace.updated': shapeOf({ revision: isRevision, set: isMetadataSet }),
  'taskspace.deleted': shapeOf({}),
  'plan.replaced': shapeOf({ revision: isRevision, goal: isGoal, tasks: isTasks }),
  'task.added': shapeOf({ plan: isRevision, task: isTask }),
  'task.changed': shapeOf(step, later),
  'task.removed': shapeOf({ plan: isRevision, id: isName }),
  'task.claimed': shapeOf({ ...step, token: isNewToken }, later),
  'task.renewed': shapeOf({ ...step, leaseSeconds: isLeaseSeconds }, later),
  'task.released': ended,
  'task.completed': ended,
  'task.failed': ended,
  'message.posted': shapeOf({ message: messageFault }),
  'artifact.written': shapeOf({ artifact: isArtifact }),
  'artifact.deleted': shapeOf({ path: isPath, revision: isRevision, message: isReason }),
  'lease.granted': shapeOf({ lease: isLease, token: isNewToken }),
  'lease.renewed': shapeOf({ lease: isLease, leaseSeconds: isLeaseSeconds }),
  'lease.released': shapeOf({ name: isName }),
  'journal.poisoned': shapeOf({ reason: isReason }),
};
const isCommitKey = shapeOf({ key: isKey, body: isKey }, { at: isTime });

/**
 * Null, or the place that is invalid in a journal, as a JSON Pointer. Unknown types pass: that a newer
 * version wrote them is reported elsewhere.
 * @param quick for an own commit that is made of checked bodies: see shape.ts.
 */
export function commitFault({ id, number, time, by, key, events }: Commit, quick?: boolean): string | null {
  if (!Number.isSafeInteger(number) || number < 1) return '/commit';
  if (isCommitId(id) !== null) return '/id';
  if (isTime(time) !== null) return '/time';
  if (isAuthor(by) !== null) return '/by';
  const wrong = key === undefined ? null : isCommitKey(key);
  if (wrong !== null) return `/key${wrong}`;
  return eventsFault(events, quick);
}

function eventsFault(events: unknown, quick?: boolean): string | null {
  if (!Array.isArray(events) || events.length === 0) return '/events';
  for (let i = 0; i < events.length; i++) {
    const wrong = eventFault(events[i], quick);
    if (wrong !== null) return `/events/${i}${wrong}`;
  }
  return null;
}

function eventFault(event: unknown, quick?: boolean): string | null {
  if (!isMembers(event)) return '';
  const { type } = event;
  if (typeof type !== 'string') return '/type';
  // Of a message only the members named here are ever kept or shown.
  if (type === 'message.posted') return EVENTS[type](event, quick);
  const check = Object.hasOwn(EVENTS, type) ? EVENTS[type as EventType] : isFree;
  return check(event, quick) ?? isFree(event, quick);
}
