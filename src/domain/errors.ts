/**
 * The one error class for everything that is reported to a caller.
 *
 * A code is stable and part of the contract, whose table (contract/errors.ts) says what each means; the
 * detail is for people and may change. Any other thrown value is a defect.
 */
export type Code =
  | 'invalid_json'
  | 'invalid_id'
  | 'invalid_path'
  | 'invalid_query'
  | 'invalid_cursor'
  | 'invalid_header'
  | 'digest_mismatch'
  | 'incomplete_body'
  | 'unauthorized'
  | 'forbidden'
  | 'forbidden_origin'
  | 'not_found'
  | 'deleted'
  | 'expired'
  | 'method_not_allowed'
  | 'already_exists'
  | 'path_conflict'
  | 'has_dependents'
  | 'task_held'
  | 'task_not_ready'
  | 'lease_held'
  | 'lease_lost'
  | 'restart_in_progress'
  | 'not_supported'
  | 'position_gone'
  | 'precondition_failed'
  | 'too_large'
  | 'unsupported_media_type'
  | 'not_text'
  | 'range_not_satisfiable'
  | 'invalid_body'
  | 'invalid_plan'
  | 'invalid_archive'
  | 'idempotency_key_reused'
  | 'diff_too_large'
  | 'rate_limited'
  | 'headers_too_large'
  | 'internal'
  | 'damaged'
  | 'not_ready'
  | 'read_only'
  | 'outcome_unknown'
  | 'overloaded'
  | 'store_unavailable'
  | 'catalog_unavailable'
  | 'catalog_behind'
  | 'not_implemented'
  | 'insufficient_storage';

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
