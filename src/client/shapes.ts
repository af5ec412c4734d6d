/**
 * What goes over the wire, as types (API.md section 9). Members may be added to answers at any time: clients ignore
 * what they do not know. Nothing here exists at run time.
 */
import type { Json, JsonObject } from '../domain/json.js';
import type { Conversation, Message, MessageInput, Part, Role } from '../domain/message.js';
import type { OnFailure, PlanInput, Progress, TaskInput, TaskStatus, TaskValue } from '../domain/plan.js';
import type { MetadataFields, MetadataInput, MetadataPatch, Retention, Status } from '../domain/taskspace.js';

export type {
  Conversation,
  Json,
  JsonObject,
  Message,
  MessageInput,
  MetadataInput,
  MetadataPatch,
  OnFailure,
  Part,
  PlanInput,
  Progress,
  Retention,
  Role,
  Status,
  TaskInput,
  TaskStatus,
};

export interface Taskspace extends MetadataFields {
  readonly id: string;
  readonly revision: number;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** `id` absent: the server makes one, the same for the same caller and idempotency key. */
export type TaskspaceInput = MetadataInput & { readonly id?: string | undefined };

export type Task = TaskValue;

/** A merge patch: `null` resets a member to its default. */
export type TaskPatch = {
  readonly [K in keyof Omit<TaskInput, 'id'>]?: TaskInput[K] | JsonObject | null | undefined;
};

export interface Plan {
  readonly goal: string;
  readonly tasks: readonly Task[];
  readonly revision: number;
  readonly updatedAt: string | null;
  readonly progress: Progress;
}

export interface Artifact {
  readonly path: string;
  readonly revision: number;
  /** Bytes; 0 when deleted. */
  readonly size: number;
  /** Lower-case hex; null when deleted. */
  readonly sha256: string | null;
  readonly contentType: string;
  readonly metadata: JsonObject;
  readonly message: string;
  readonly by: string;
  readonly at: string;
  readonly deleted: boolean;
}

/** A merge patch: `null` resets a member to its default. */
export interface ArtifactPatch {
  readonly contentType?: string | null | undefined;
  readonly metadata?: JsonObject | null | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

export interface MessagePage extends Page<Message> {
  /** The taskspace's last seq at that moment. */
  readonly lastSeq: number;
}

/** One wrong place in a body: a JSON Pointer and what is wrong there. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}
