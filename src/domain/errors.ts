/**
 * The one error class for everything that is reported to a caller, and the one table of its codes.
 *
 * A code is stable and part of the HTTP contract; the detail is for people and may change. The HTTP status of
 * a code is decided in http/problems.ts alone. Any other thrown value is a defect.
 */
export const CODES = {
  invalid_json: 'The body is not JSON',
  invalid_id: 'The id is not allowed',
  invalid_path: 'The artifact path is not allowed',
  invalid_query: 'A query parameter is unknown, repeated or malformed',
  invalid_cursor: 'The cursor does not belong to this list',
  invalid_header: 'A request header is malformed',
  digest_mismatch: 'The bytes do not have the announced digest',
  incomplete_body: 'The body ended before its announced length',
  unauthorized: 'A valid token is needed',
  forbidden: 'The token does not allow this',
  forbidden_origin: 'Requests from this origin or for this host are refused',
  not_found: 'There is no such thing here',
  deleted: 'The newest revision is a deletion',
  expired: 'Retention has removed this revision',
  method_not_allowed: 'This path does not take this method',
  already_exists: 'Something with this id exists',
  path_conflict: 'A path cannot be both a file and a folder',
  has_dependents: 'Other tasks depend on this task',
  task_not_ready: 'The task is not ready',
  task_held: 'The edit would take a task from its holder',
  lease_held: 'Somebody holds the lease',
  lease_lost: 'The lease is no longer yours',
  restart_in_progress: 'A rolling restart is under way',
  not_supported: 'This server does not support the call',
  position_gone: 'The position is older than what is kept',
  precondition_failed: 'The resource is not in the state the request named',
  too_large: 'The body is too large',
  unsupported_media_type: 'The content type or encoding is not supported here',
  not_text: 'The artifact is not text',
  range_not_satisfiable: 'The range lies outside the artifact',
  invalid_body: 'The body has the wrong shape',
  invalid_plan: 'The plan is contradictory',
  invalid_archive: 'The archive cannot be imported',
  idempotency_key_reused: 'The idempotency key was used with another body',
  diff_too_large: 'The difference is too large to compute',
  rate_limited: 'Too many requests',
  headers_too_large: 'The request headers are too large',
  internal: 'The server made a mistake',
  damaged: 'The journal of this taskspace is damaged',
  not_ready: 'The server is not ready',
  read_only: 'This taskspace takes no writes until it is repaired',
  outcome_unknown: 'The write may or may not have happened',
  overloaded: 'The server has too much to do',
  store_unavailable: 'The store cannot serve this taskspace now',
  catalog_unavailable: 'The catalog is not available',
  catalog_behind: 'The catalog has not caught up in time',
  not_implemented: 'The server does not know this form of a request',
  insufficient_storage: 'The disk is full',
} as const;

export type Code = keyof typeof CODES;

/** One invalid place in a body: a JSON Pointer (RFC 6901) and what is wrong there. */
export interface Fault {
  pointer: string;
  detail: string;
}

/** Parts of a problem besides its code and detail. `etag` becomes a header, the rest members of the body. */
export interface ErrorExtras {
  errors?: Fault[];
  etag?: string;
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
  /** Not sent: the trouble concerns one taskspace alone, and lasts until its folder is repaired. */
  own?: true;
}

export class TaskspaceError extends Error {
  override readonly name = 'TaskspaceError';

  constructor(
    readonly code: Code,
    detail: string,
    readonly extras: ErrorExtras = {},
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

/** Whether the trouble concerns one taskspace alone and does not pass: the others are served without it. */
export function isOwnTrouble(error: unknown): error is TaskspaceError {
  return error instanceof TaskspaceError && (error.code === 'damaged' || error.extras.own === true);
}

/** The taskspace does not exist, for this caller. */
export function taskspaceNotFound(id: string): TaskspaceError {
  return new TaskspaceError(
    'not_found',
    `There is no taskspace "${id}". Create it with PUT /api/taskspaces/${id}.`,
  );
}

/** The taskspace was deleted and created again while the caller waited. */
export function endedWhileWaiting(id: string): TaskspaceError {
  return new TaskspaceError(
    'not_found',
    `"${id}" was deleted while you waited; another one was made under its id.`,
  );
}
