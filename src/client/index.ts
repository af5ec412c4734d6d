/** The package's public face: the client, its error, and the shapes it speaks of. */
export type { Answer, AnswerHead, NotModified } from './answer.js';
export { ApiError, type ApiErrorCode } from './api-error.js';
export type {
  ArtifactCalls,
  ArtifactQuery,
  Download,
  GetArtifactOptions,
  PutArtifactOptions,
} from './artifacts.js';
export type { CallOptions, PostOptions, WriteOptions } from './call.js';
export { type Client, createClient } from './client.js';
export type { MessageCalls, MessageQuery } from './messages.js';
export type { PagedList, PageOptions } from './paged-list.js';
export type { PlanCalls, TaskCalls } from './plans.js';
export type * from './shapes.js';
export type { TaskspaceCalls, TaskspaceQuery } from './taskspaces.js';
export type { Body, ClientOptions } from './transport.js';
