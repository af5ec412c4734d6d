/**
 * Events: the content of a commit. Readable JSON, carrying the new values, so that folding needs no rule.
 *
 * A type is never renamed and never changes its meaning: journals written today are folded by every later
 * version.
 */
import type { ArtifactValue } from './artifact.js';
import type { LeaseValue } from './lease.js';
import type { StoredMessage } from './message.js';
import type { TaskValue } from './plan.js';
import type { MetadataFields } from './taskspace.js';
import type { NewToken } from './token.js';

export type Event =
  | { readonly type: 'taskspace.created'; readonly revision: number; readonly metadata: MetadataFields }
  | { readonly type: 'taskspace.updated'; readonly revision: number; readonly set: Partial<MetadataFields> }
  | { readonly type: 'taskspace.deleted' }
  | {
      readonly type: 'plan.replaced';
      readonly revision: number;
      readonly goal: string;
      readonly tasks: readonly TaskValue[];
    }
  | { readonly type: 'task.added'; readonly plan: number; readonly task: TaskValue }
  | {
      readonly type: 'task.changed';
      readonly plan: number;
      readonly id: string;
      readonly set: Partial<TaskValue>;
    }
  | { readonly type: 'task.removed'; readonly plan: number; readonly id: string }
  | (TaskStep & { readonly type: 'task.claimed'; readonly token: NewToken })
  | (TaskStep & { readonly type: 'task.renewed'; readonly leaseSeconds: number })
  | (TaskStep & { readonly type: 'task.released' | 'task.completed' | 'task.failed' })
  | { readonly type: 'message.posted'; readonly message: StoredMessage }
  | { readonly type: 'artifact.written'; readonly artifact: ArtifactValue }
  | {
      readonly type: 'artifact.deleted';
      readonly path: string;
      readonly revision: number;
      readonly message: string;
    }
  | { readonly type: 'lease.granted'; readonly lease: LeaseValue; readonly token: NewToken }
  | { readonly type: 'lease.renewed'; readonly lease: LeaseValue; readonly leaseSeconds: number }
  | { readonly type: 'lease.released'; readonly name: string }
  /** An fdatasync failed: the file may lack bytes that it shows. No more writes are accepted. */
  | { readonly type: 'journal.poisoned'; readonly reason: string };

/** A step of an agent's work on a task: the plan's revision, and the members of the task that change. */
export interface TaskStep {
  readonly plan: number;
  readonly id: string;
  readonly set: Partial<TaskValue>;
  /** The other members, when a repeated key may request the answer again. Nothing is folded from it. */
  readonly rest?: Partial<TaskValue>;
}

export type EventType = Event['type'];

const TYPES: Record<EventType, true> = {
  'taskspace.created': true,
  'taskspace.updated': true,
  'taskspace.deleted': true,
  'plan.replaced': true,
  'task.added': true,
  'task.changed': true,
  'task.removed': true,
  'task.claimed': true,
  'task.renewed': true,
  'task.released': true,
  'task.completed': true,
  'task.failed': true,
  'message.posted': true,
  'artifact.written': true,
  'artifact.deleted': true,
  'lease.granted': true,
  'lease.renewed': true,
  'lease.released': true,
  'journal.poisoned': true,
};

export function isKnownType(type: string): type is EventType {
  return Object.hasOwn(TYPES, type);
}

/** The idempotency key of a commit: hash of method, path, caller and key; hash of the body's bytes. */
export interface CommitKey {
  readonly key: string;
  readonly body: string;
  /** Its use by the host's clock, if that is not the commit's time: the key's age is measured from it. */
  readonly at?: string | undefined;
}

/** One commit: a valid record, as the domain sees it. */
export interface Commit {
  /** 16 hex digits, unique for every attempt. */
  readonly id: string;
  /** From 1, without a gap in its taskspace. */
  readonly number: number;
  /** ISO 8601 UTC with milliseconds; grows by at least 1 ms from commit to commit. */
  readonly time: string;
  readonly by: string;
  readonly key?: CommitKey | undefined;
  readonly events: readonly Event[];
}
