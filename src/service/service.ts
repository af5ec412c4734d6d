/**
 * The use cases: the only thing that http calls. Each takes its Caller first, and throws only TaskspaceError
 * for what a caller may know. Bodies arrive validated in shape and bounds (http/schemas); rules about state
 * are kept here and in the domain. Every write is durable when its promise resolves.
 */
import type { Readable } from 'node:stream';
import type {
  CacheHealth,
  CacheKey,
  CacheStats,
  InvalidateInput,
  WarmAnswer,
  WarmInput,
} from '../contract/cache.js';
import type { Page as ListPage } from '../contract/parameters.js';
import type { ArtifactPatch } from '../domain/artifact.js';
import type { Json, JsonObject } from '../domain/json.js';
import type { MessageInput, Role } from '../domain/message.js';
import type { PlanInput, TaskInput, TaskPatch } from '../domain/plan.js';
import type { MetadataInput, MetadataPatch, Status } from '../domain/taskspace.js';
import type { Precondition } from '../domain/version.js';
import type { ContentAnswer, ReadAnswer, StreamAnswer, WriteAnswer } from './answer.js';
import type { Caller } from './caller.js';
import type { CatalogReport } from './catalog.js';
import type { WaitOptions } from './change-notifier.js';

/**
 * `Idempotency-Key` of a POST: the header's value, the path as requested, and the SHA-256 of the body's
 * bytes in base64url.
 */
export interface RequestKey {
  readonly key: string;
  readonly path: string;
  readonly digest: string;
}

export interface Page {
  readonly limit: number;
  /** Opaque, from an earlier answer; null for the first page. */
  readonly cursor: string | null;
}

export interface MessageQuery extends Page {
  readonly conversation: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly role: Role | null;
  readonly after: number | null;
  readonly before: number | null;
  readonly order: 'asc' | 'desc';
}

/** The body of an artifact PUT, not yet read. */
export interface Upload {
  readonly stream: Readable;
  /** `Content-Length`; null when chunked. */
  readonly length: number | null;
  /** Lower-case hex of `Repr-Digest`; null when not sent. */
  readonly sha256: string | null;
  readonly contentType: string;
  readonly metadata: JsonObject;
  readonly message: string;
}

export interface TaskspaceUseCases {
  create(
    caller: Caller,
    input: MetadataInput & { id?: string | undefined },
    key: RequestKey | null,
  ): Promise<WriteAnswer>;
  put(caller: Caller, id: string, input: MetadataInput, pre: Precondition): Promise<WriteAnswer>;
  get(caller: Caller, id: string): Promise<ReadAnswer>;
  patch(caller: Caller, id: string, patch: MetadataPatch, pre: Precondition): Promise<WriteAnswer>;
  remove(caller: Caller, id: string, pre: Precondition): Promise<WriteAnswer>;
  summary(caller: Caller, id: string): Promise<ReadAnswer>;
  /** Everything as one JSON document, as of one commit. A large one is a stream. */
  exportJson(caller: Caller, id: string): Promise<ReadAnswer | StreamAnswer>;
  /** The newest changes, claims and escalations beside metadata and summary. */
  dashboard(caller: Caller, id: string): Promise<ReadAnswer>;
  /** From the catalog; without it by id alone. Errors: 503 `catalog_behind`, `catalog_unavailable`. */
  list(caller: Caller, query: TaskspacesQuery): Promise<ReadAnswer>;
}

export interface TaskspacesQuery extends Page {
  readonly owner: string | null;
  /** Any of these; none: all. */
  readonly statuses: readonly Status[];
  /** All of these. */
  readonly tags: readonly string[];
  /** Each of its words begins a word of the name or the id. */
  readonly q: string | null;
  readonly sort: 'updatedAt' | 'createdAt' | 'name' | 'id';
  readonly order: 'asc' | 'desc';
  readonly withSummary: boolean;
}

export interface ArtifactsQuery extends Page {
  readonly owner: string | null;
  readonly taskspace: string | null;
  /** Any of these, as `metadata.type`; none: all. */
  readonly types: readonly string[];
  readonly outdated: boolean;
  readonly modified: boolean;
  /** Of the path; may be empty. */
  readonly prefix: string;
}

export interface SearchQuery extends Page {
  readonly q: string;
  /** None: all. */
  readonly types: readonly ('taskspace' | 'message' | 'artifact' | 'task')[];
  readonly owner: string | null;
  readonly taskspace: string | null;
}

/** Reads across taskspaces. Errors: 503 `catalog_behind`, `catalog_unavailable`; 400 `invalid_cursor`. */
export interface OverviewUseCases {
  artifacts(caller: Caller, query: ArtifactsQuery): Promise<ReadAnswer>;
  trash(caller: Caller, page: Page): Promise<ReadAnswer>;
  search(caller: Caller, query: SearchQuery): Promise<ReadAnswer>;
  /** Null: of all owners. */
  dashboard(caller: Caller, owner: string | null): Promise<ReadAnswer>;
  stats(caller: Caller, query: { owner: string | null; days: number }): Promise<ReadAnswer>;
}

/**
 * Errors of edits: 412 `precondition_failed`, 409 `task_held`, 422 `invalid_plan`. `force` overrides claims
 * and completions and ignores the revisions that tasks were sent with.
 */
export interface PlanUseCases {
  get(caller: Caller, id: string): Promise<ReadAnswer>;
  put(caller: Caller, id: string, input: PlanInput, pre: Precondition, force?: boolean): Promise<WriteAnswer>;
  addTask(caller: Caller, id: string, input: TaskInput, key: RequestKey | null): Promise<WriteAnswer>;
  getTask(caller: Caller, id: string, taskId: string): Promise<ReadAnswer>;
  patchTask(
    caller: Caller,
    id: string,
    taskId: string,
    patch: TaskPatch,
    pre: Precondition,
    force?: boolean,
  ): Promise<WriteAnswer>;
  removeTask(
    caller: Caller,
    id: string,
    taskId: string,
    pre: Precondition,
    force?: boolean,
  ): Promise<WriteAnswer>;
  /**
   * Ready tasks in plan order; with `agent`, those that this agent may take. Has no ETag: it
   * depends on the clock.
   */
  ready(caller: Caller, id: string, agent: string | null): Promise<ReadAnswer>;
}

/** A client's request for work. */
export interface ClaimQuery {
  readonly agent: string;
  readonly leaseSeconds: number;
  /** Null: the first ready task in plan order. */
  readonly taskId: string | null;
  readonly waitSeconds: number;
  /** Ends the wait: the client has left, or the server drains. */
  readonly signal: AbortSignal;
  /** Whether the client has left: nothing is claimed for it then. */
  isGone(): boolean;
}

/**
 * Answers of POSTs by agents; each may be repeated with its key. Errors: 409 `lease_lost`, 409
 * `task_not_ready`.
 */
export interface ClaimUseCases {
  /** 200 `{task, lease}`; 204 when no task became ready in time. */
  claim(caller: Caller, id: string, query: ClaimQuery, key: RequestKey | null): Promise<WriteAnswer>;
  heartbeat(
    caller: Caller,
    id: string,
    taskId: string,
    holder: { token: string; leaseSeconds?: number | undefined },
    key: RequestKey | null,
  ): Promise<WriteAnswer>;
  release(
    caller: Caller,
    id: string,
    taskId: string,
    holder: { token: string },
    key: RequestKey | null,
  ): Promise<WriteAnswer>;
  complete(
    caller: Caller,
    id: string,
    taskId: string,
    holder: { token: string; result?: Json | undefined },
    key: RequestKey | null,
  ): Promise<WriteAnswer>;
  fail(
    caller: Caller,
    id: string,
    taskId: string,
    holder: { token: string; result?: Json | undefined; error?: string | null | undefined },
    key: RequestKey | null,
  ): Promise<WriteAnswer>;
}

/** Errors: 409 `lease_held`, 409 `lease_lost`. */
export interface LeaseUseCases {
  grant(
    caller: Caller,
    id: string,
    name: string,
    wanted: { holder: string; leaseSeconds: number },
    key: RequestKey | null,
  ): Promise<WriteAnswer>;
  renew(
    caller: Caller,
    id: string,
    name: string,
    holder: { token: string; leaseSeconds?: number | undefined },
    key: RequestKey | null,
  ): Promise<WriteAnswer>;
  release(
    caller: Caller,
    id: string,
    name: string,
    holder: { token: string },
    key: RequestKey | null,
  ): Promise<WriteAnswer>;
  /** Granted and not released, lapsed ones too, by name. */
  list(caller: Caller, id: string): Promise<ReadAnswer>;
}

export interface MessageUseCases {
  post(
    caller: Caller,
    id: string,
    messages: readonly MessageInput[],
    batch: boolean,
    key: RequestKey | null,
  ): Promise<WriteAnswer>;
  /**
   * With `patience`, in ascending order and without `before` and `cursor`: waits until the page is not empty.
   */
  list(caller: Caller, id: string, query: MessageQuery, patience?: WaitOptions): Promise<ReadAnswer>;
  get(caller: Caller, id: string, seq: number): Promise<ReadAnswer>;
  conversations(caller: Caller, id: string, page: Page): Promise<ReadAnswer>;
}

export interface ArtifactUseCases {
  put(caller: Caller, id: string, path: string, upload: Upload, pre: Precondition): Promise<WriteAnswer>;
  patch(
    caller: Caller,
    id: string,
    path: string,
    patch: ArtifactPatch,
    pre: Precondition,
  ): Promise<WriteAnswer>;
  content(caller: Caller, id: string, path: string, revision: number | null): Promise<ContentAnswer>;
  metadata(caller: Caller, id: string, path: string, revision: number | null): Promise<ReadAnswer>;
  remove(caller: Caller, id: string, path: string, pre: Precondition): Promise<WriteAnswer>;
  list(caller: Caller, id: string, query: Page & { prefix: string; deleted: boolean }): Promise<ReadAnswer>;
  revisions(caller: Caller, id: string, path: string, page: Page): Promise<ReadAnswer>;
}

export interface ChangesQuery {
  /** A position from an earlier answer, `now`, or null for the oldest that is retained. */
  readonly since: string | null;
  readonly limit: number;
  /** Seconds to wait for a change when there is none yet; 0 to 30. */
  readonly waitSeconds: number;
  /** Ends the wait when the client leaves. */
  readonly signal: AbortSignal;
}

export interface EventsQuery {
  /** The place after which the stream begins, as the client sent it; null: it begins now. */
  readonly after: { readonly text: string; readonly from: 'header' | 'query' } | null;
}

/** The connection to one following client. */
export interface EventSink {
  /** Sends bytes to the client. One that lags too far is disconnected: the signal fires. */
  write(bytes: Buffer): void;
  /** Resolves when the client has received what was written, or when the signal has fired. */
  drained(): Promise<void>;
}

export interface EventStream {
  /** Bytes that are sent first. */
  readonly opening: Buffer;
  /**
   * Sends whole events, in order, none left out and none twice, until the taskspace is deleted or the signal
   * fires. Rejects when the store fails: the client reconnects where it was.
   */
  run(sink: EventSink, signal: AbortSignal): Promise<void>;
  /** Releases everything, also when it never ran. */
  close(): void;
}

/** Errors: 404 `not_found`, 400 `invalid_query` or `invalid_header`, 503 `overloaded`. */
export interface EventUseCases {
  ofServer(caller: Caller, query: EventsQuery): Promise<EventStream>;
  ofTaskspace(caller: Caller, id: string, query: EventsQuery): Promise<EventStream>;
}

/** All but `stats` and `health` need the scope `admin`. Bodies are JSON values of API.md section 9. */
export interface CacheUseCases {
  stats(caller: Caller): Promise<CacheStats>;
  /** `down` when the store cannot be used: 503. */
  health(caller: Caller): Promise<{ readonly down: boolean; readonly body: CacheHealth }>;
  invalidate(caller: Caller, what: InvalidateInput): Promise<{ invalidated: number }>;
  warm(caller: Caller, what: WarmInput): Promise<WarmAnswer>;
  /** By key; the cursor is the last key seen. */
  keys(caller: Caller, query: Page & { pattern: string }): Promise<ListPage<CacheKey>>;
  /** Throws `not_found` when no tier has it. */
  deleteKey(caller: Caller, key: string): Promise<void>;
}

/** What `/ready` and the home page show. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, as a sentence; null when ready. */
  readonly reason: string | null;
  /** How far lists and search are; single taskspaces are served regardless. */
  readonly catalog?: CatalogReport;
  /** What is wrong although work is taken, a sentence each; empty: nothing is known to be. */
  readonly reasons: readonly string[];
}

export interface Service {
  readonly taskspaces: TaskspaceUseCases;
  readonly plan: PlanUseCases;
  readonly claims: ClaimUseCases;
  readonly leases: LeaseUseCases;
  readonly messages: MessageUseCases;
  readonly artifacts: ArtifactUseCases;
  readonly cache: CacheUseCases;
  readonly overview: OverviewUseCases;
  /** `GET /api/changes`. Errors: 410 `position_gone`, 400 `invalid_query`. */
  changes(caller: Caller, query: ChangesQuery): Promise<ReadAnswer>;
  readonly events: EventUseCases;
  /**
   * The hot path: `GET …/:id` (`detail`) and `…/plan` (`plan`) when L1 holds a current, ready body; else
   * undefined. Synchronous; checks the caller and the store like the slow path.
   */
  peek(caller: Caller, id: string, what: 'detail' | 'plan'): ReadAnswer | undefined;
  /** How many taskspace folders the store holds. */
  count(): Promise<number>;
  readiness(): Promise<Readiness>;
}
