/** The package's public API: the client, its error, and the types of its values. */
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
export type { AcquireInput, LeaseCalls, RenewInput } from './leases.js';
export type { FollowMessagesOptions, MessageFilter } from './message-follower.js';
export type { MessageCalls, MessageQuery, MessageWait } from './messages.js';
export type { Body } from './outgoing-call.js';
export type { OverviewCalls, OwnerQuery, SearchQuery, StatsQuery } from './overview.js';
export type * from './overview-shapes.js';
export type { PagedList, PageOptions } from './paged-list.js';
export type { PlanCalls } from './plans.js';
export type * from './shapes.js';
export type { ClaimInput, CompleteInput, FailInput, HeartbeatInput, TaskCalls } from './task-calls.js';
export type { ExportOptions, TaskspaceCalls, TaskspaceQuery } from './taskspaces.js';
export type { ClientOptions } from './transport.js';
