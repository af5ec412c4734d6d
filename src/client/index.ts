/** The package's public API: the client, its error, and the types of its values. */
export type { Artifact, ArtifactPatch } from '../contract/artifacts.js';
export type { Change, ChangesPage } from '../contract/changes.js';
export type { Claimed, ClaimInput, GrantedLease, Lease, LeaseInput, RenewInput } from '../contract/claims.js';
export type { Fault } from '../contract/errors.js';
export type { Json, JsonObject } from '../contract/json.js';
export type { Conversation, Message, MessageInput, MessagePage, Part, Role } from '../contract/messages.js';
export type {
  Dashboard,
  DeletedTaskspace,
  Escalation,
  Hit,
  HitType,
  ListedTaskspace,
  PlacedArtifact,
  PlacedClaim,
  Stats,
  StatsDay,
  TaskspaceDashboard,
} from '../contract/overview.js';
export type { Page } from '../contract/parameters.js';
export type {
  LastClaim,
  OnFailure,
  Plan,
  PlanInput,
  PlanTaskInput,
  Progress,
  Task,
  TaskInput,
  TaskPatch,
  TaskStatus,
} from '../contract/plan.js';
export type { Export, Summary } from '../contract/summary.js';
export type { Retention, Status, Taskspace, TaskspaceInput, TaskspacePatch } from '../contract/taskspaces.js';
export type { Answer, AnswerHead, NotModified } from './answer.js';
export { ApiError, type ApiErrorCode } from './api-error.js';
export type {
  ArtifactCalls,
  ArtifactQuery,
  GetArtifactOptions,
  PlacedArtifactQuery,
  PutArtifactOptions,
} from './artifacts.js';
export type { CallOptions, EditOptions, PostOptions, WriteOptions } from './call.js';
export type { ChangeCalls, ChangesQuery, EventCalls, FollowOneOptions, FollowOptions } from './changes.js';
export type { ClaimCount, ClaimLoopOptions } from './claim-loop.js';
export type { TaskHandler, Work } from './claimed-work.js';
export { type Client, createClient } from './client.js';
export type { Download } from './download.js';
export type { ChangeEvent, FollowedEvent, ResetEvent } from './event-follower.js';
export type { LeaseCalls } from './leases.js';
export type { FollowMessagesOptions, MessageFilter } from './message-follower.js';
export type { MessageCalls, MessageQuery, MessageWait } from './messages.js';
export type { Body } from './outgoing-call.js';
export type { OverviewCalls, OwnerQuery, SearchQuery, StatsQuery } from './overview.js';
export type { PagedList, PageOptions } from './paged-list.js';
export type { PlanCalls } from './plans.js';
export type { CompleteInput, FailInput, TaskCalls } from './task-calls.js';
export type { ExportOptions, TaskspaceCalls, TaskspaceQuery } from './taskspaces.js';
export type { ClientOptions } from './transport.js';
