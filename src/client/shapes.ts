/**
 * Types of requests and answers (API.md section 9). Members may be added to answers at any time: clients
 * ignore what they do not know. Nothing here exists at run time.
 */
import type { Json, JsonObject } from '../domain/json.js';
import type { Conversation, Message, MessageInput, Part, Role } from '../domain/message.js';
import type {
  LastClaim,
  OnFailure,
  PlanInput,
  PlanTaskInput,
  Progress,
  TaskInput,
  TaskStatus,
  TaskValue,
} from '../domain/plan.js';
import type { MetadataFields, MetadataInput, MetadataPatch, Retention, Status } from '../domain/taskspace.js';

export type {
  Conversation,
  Json,
  JsonObject,
  LastClaim,
  Message,
  MessageInput,
  MetadataInput,
  MetadataPatch,
  OnFailure,
  Part,
  PlanInput,
  PlanTaskInput,
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
  /** Only in lists made with `include: 'summary'`. */
  readonly summary?: Summary;
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
  /** Counts edits, not steps of agents. */
  readonly edition: number;
  readonly updatedAt: string | null;
  readonly progress: Progress;
}

/**
 * The answer of a claim, and of a heartbeat with the same token: the task, and the secret that
 * renews and finishes it.
 */
export interface Claimed {
  readonly task: Task;
  readonly lease: { readonly token: string; readonly expiresAt: string };
}

/** A named lease as its holder gets it. `fence` grows with every grant of the name, for ever. */
export interface Lease extends GrantedLease {
  readonly token: string;
}

export interface GrantedLease {
  readonly name: string;
  readonly holder: string;
  readonly fence: number;
  readonly expiresAt: string;
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

/** The number and size of everything in a taskspace, as of one commit. */
export interface Summary {
  readonly id: string;
  readonly commit: number;
  readonly messages: {
    readonly count: number;
    readonly bytes: number;
    readonly lastSeq: number;
    readonly conversations: number;
  };
  readonly artifacts: {
    readonly count: number;
    readonly bytes: number;
    readonly revisions: number;
    readonly storedBytes: number;
  };
  readonly tasks: Readonly<Progress>;
  readonly claims: number;
  readonly leases: number;
  readonly lastActivityAt: string;
  /** At most 20. */
  readonly refused: readonly { readonly path: string; readonly reason: string; readonly at: string }[];
}

/** Everything of a taskspace but the artifacts' bytes, as of one commit. */
export interface Export {
  readonly format: 1;
  readonly commit: number;
  readonly taskspace: Taskspace;
  readonly plan: Plan;
  readonly messages: readonly Message[];
  readonly artifacts: readonly Artifact[];
}

/** One commit. */
export interface Change {
  /** The change's place in the server's order; absent in one taskspace's stream and in dashboards. */
  readonly position?: string;
  readonly taskspace: string;
  readonly commit: number;
  /** `task.claimed`, `message.posted`, …: API.md section 6; more may be added. */
  readonly types: readonly string[];
  readonly by: string;
  readonly at: string;
  /** Task ids, paths, "seq" or "seq-seq", lease names; at most 20. */
  readonly refs: readonly string[];
  /** The taskspace's journal is damaged: only the types are known, and `by`, `at` and `refs` say nothing. */
  readonly damaged?: true;
}

export interface ChangesPage {
  readonly items: readonly Change[];
  /** The `since` of the next call, also when there are no items. */
  readonly position: string;
}

/** One wrong place in a body: a JSON Pointer and what is wrong there. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}
