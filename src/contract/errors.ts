/**
 * The one table of error codes: what each is in HTTP, what it means and what to do about it. docs/ERRORS.md
 * and `GET /problems/<code>` are made from it.
 */
import type { Code } from '../domain/errors.js';

export type { Code, Fault } from '../domain/errors.js';

export interface ErrorText {
  /** Of the HTTP answer. */
  readonly status: number;
  readonly title: string;
  readonly meaning: string;
  readonly next: string;
}

export const ERRORS: Readonly<Record<Code, ErrorText>> = {
  invalid_json: {
    status: 400,
    title: 'The body is not JSON',
    meaning: 'The body is empty, is not JSON, or is not UTF-8.',
    next: 'Send one JSON value encoded as UTF-8, best without a byte order mark; one is passed over.',
  },
  invalid_id: {
    status: 400,
    title: 'The id is not allowed',
    meaning: 'An id in the path has characters or a length that no id has.',
    next: 'Taskspace ids match ^[a-z0-9][a-z0-9_-]{0,63}$, task ids and other names ^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$.',
  },
  invalid_path: {
    status: 400,
    title: 'The artifact path is not allowed',
    meaning: 'An artifact path could leave its folder, cannot be stored everywhere, or is badly encoded.',
    next: 'Send a relative path of at most 1024 bytes: NFC, no empty, "." or ".." segment, no backslash, no control character, no ".git".',
  },
  invalid_query: {
    status: 400,
    title: 'A query parameter is unknown, repeated or malformed',
    meaning: 'A query parameter is unknown here, was sent twice, or has a value out of its range.',
    next: 'Compare with /openapi.json; the detail names the parameter.',
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor does not belong to this list',
    meaning: 'The cursor was not made by this list, or for other filters or another order.',
    next: 'Begin again without a cursor, and keep filters and order the same while paging.',
  },
  invalid_header: {
    status: 400,
    title: 'A request header is malformed',
    meaning: 'A request header, or the request line itself, is malformed.',
    next: 'The detail names the header and its form. Percent-encode X-Actor, X-Message and X-Metadata as UTF-8.',
  },
  digest_mismatch: {
    status: 400,
    title: 'The bytes do not have the announced digest',
    meaning: 'The bytes that arrived do not have the SHA-256 that Repr-Digest announced. Nothing was stored.',
    next: 'Compute the digest again and repeat the upload.',
  },
  incomplete_body: {
    status: 400,
    title: 'The body ended before its announced length',
    meaning: 'The body ended before its announced length. Nothing was changed.',
    next: 'Repeat the request.',
  },
  unauthorized: {
    status: 401,
    title: 'A valid token is needed',
    meaning: 'The server needs a token, and the request had none that is valid.',
    next: 'Send Authorization: Bearer <token>.',
  },
  forbidden: {
    status: 403,
    title: 'The token does not allow this',
    meaning: 'The token is valid, but lacks the scope or the taskspace that this call needs.',
    next: 'Use a token with the scope that the detail names.',
  },
  forbidden_origin: {
    status: 403,
    title: 'Requests from this origin or for this host are refused',
    meaning:
      'A server that runs open answers only for loopback names and its own pages, so that no web page can use it.',
    next: 'Call it as localhost, or name the host in ALLOWED_HOSTS or the origin in CORS_ORIGINS.',
  },
  not_found: {
    status: 404,
    title: 'There is no such thing here',
    meaning: 'There is no such route or resource.',
    next: 'Check the path: it is case-sensitive, and a trailing slash makes it another one.',
  },
  deleted: {
    status: 404,
    title: 'The newest revision is a deletion',
    meaning: 'The newest revision of this artifact is a deletion.',
    next: 'List its revisions and read an older one by number.',
  },
  expired: {
    status: 404,
    title: 'Retention has removed this revision',
    meaning: 'Retention has removed this revision.',
    next: 'List the revisions that are left.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This path does not take this method',
    meaning: 'The path exists, but not with this method.',
    next: 'Use one of the methods in the Allow header.',
  },
  already_exists: {
    status: 409,
    title: 'Something with this id exists',
    meaning: 'Something with this id exists, and the call would create it.',
    next: 'Choose another id, or change what is there with PUT or PATCH.',
  },
  path_conflict: {
    status: 409,
    title: 'A path cannot be both a file and a folder',
    meaning: 'A live artifact is a folder of the path, or the path would be a folder of a live artifact.',
    next: 'Choose another path, or delete the artifact that the detail names.',
  },
  has_dependents: {
    status: 409,
    title: 'Other tasks depend on this task',
    meaning: 'Other tasks name this task as a dependency.',
    next: 'Remove it from their dependencies first.',
  },
  task_held: {
    status: 409,
    title: 'The edit would take a task from its holder',
    meaning:
      'The edit would take a claim that has not lapsed from its holder, or undo or remove a completed task, and does not show that it knows.',
    next: 'Leave out status to keep it; or send If-Match with the ETag of the plan (PUT) or the task, not * and not an edition; or ?force=true.',
  },
  task_not_ready: {
    status: 409,
    title: 'The task is not ready',
    meaning: 'The task is finished, claimed, blocked by a dependency, or its plan is halted.',
    next: 'Ask GET …/plan/ready for what can be claimed.',
  },
  lease_held: {
    status: 409,
    title: 'Somebody holds the lease',
    meaning: 'Somebody holds the lease now.',
    next: 'Wait until the expiresAt in the problem, or ask its holder.',
  },
  lease_lost: {
    status: 409,
    title: 'The lease is no longer yours',
    meaning: 'The token is not good any more: somebody else has the lease, or the task has moved on.',
    next: 'Stop the work that the lease guarded and claim again.',
  },
  restart_in_progress: {
    status: 409,
    title: 'A rolling restart is under way',
    meaning: 'A rolling restart is under way already.',
    next: 'Wait until it is over, then ask again if another one is needed.',
  },
  not_supported: {
    status: 409,
    title: 'This server does not support the call',
    meaning: 'The server cannot do this in the mode it runs in.',
    next: 'Start it with npm run prod.',
  },
  position_gone: {
    status: 410,
    title: 'The position is older than what is kept',
    meaning:
      'The position lies before the oldest change that is kept, or is of a feed that was removed or put back.',
    next: 'Read the present state, then follow from since=now.',
  },
  precondition_failed: {
    status: 412,
    title: 'The resource is not in the state the request named',
    meaning:
      'Somebody changed the resource since you read it, or it is (or is not) there against your condition.',
    next: 'Read it again, apply your change to what you find, and send the ETag of that read in If-Match.',
  },
  too_large: {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body is larger than this server takes.',
    next: 'Send less at a time: batches for messages, an artifact for large content. The limits are settings.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The content type or encoding is not supported here',
    meaning: 'The Content-Type or Content-Encoding is not what this call takes.',
    next: 'Send JSON as application/json (curl: --json) and without compression.',
  },
  not_text: {
    status: 415,
    title: 'The artifact is not text',
    meaning: 'A text difference was asked for, but a revision is binary.',
    next: 'Download both revisions and compare them with a tool of their kind.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'The range lies outside the artifact',
    meaning: 'The Range begins behind the end of the artifact.',
    next: 'The Content-Range header says how long it is.',
  },
  invalid_body: {
    status: 422,
    title: 'The body has the wrong shape',
    meaning: 'The body is JSON, but has an unknown member, a wrong type, or a value out of its bounds.',
    next: 'errors lists each wrong place as a JSON Pointer.',
  },
  invalid_plan: {
    status: 422,
    title: 'The plan is contradictory',
    meaning:
      'The plan contradicts itself: a dependency that is missing, on itself or in a circle, or an id that comes twice.',
    next: 'errors points to the task; correct it and send the plan again.',
  },
  invalid_archive: {
    status: 422,
    title: 'The archive cannot be imported',
    meaning: 'The archive is not one that can be imported. Nothing was changed.',
    next: 'Send a tar made by the export, or of a folder with plain files only.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key was used with another body',
    meaning: 'The Idempotency-Key was used for another body within the last 24 hours.',
    next: 'Use a new key for a new request, and the same bytes for a repeat.',
  },
  diff_too_large: {
    status: 422,
    title: 'The difference is too large to compute',
    meaning: 'The two revisions are too large, or differ too much, to compare here.',
    next: 'Download both and compare them locally.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    meaning: 'More requests came than the limit allows.',
    next: 'Wait for the seconds in Retry-After.',
  },
  headers_too_large: {
    status: 431,
    title: 'The request headers are too large',
    meaning: 'The request line and headers are larger than 16 KiB together.',
    next: 'Send long metadata with PATCH in a body instead of in X-Metadata.',
  },
  internal: {
    status: 500,
    title: 'The server made a mistake',
    meaning: 'The server made a mistake. The write, if it was one, may or may not have happened.',
    next: 'Repeat it, a POST with the same Idempotency-Key. Report the request id if it stays.',
  },
  damaged: {
    status: 500,
    title: 'The journal of this taskspace is damaged',
    meaning:
      'Part of this taskspace on disk is broken, missing or not what the server put there: a record in the middle of the journal, an object, a link in its folder. Nothing is guessed or served from it.',
    next: 'Run npm run verify for details, and restore the folder from a backup.',
  },
  not_ready: {
    status: 503,
    title: 'The server is not ready',
    meaning: 'The server is starting or stopping.',
    next: 'Repeat after the seconds in Retry-After.',
  },
  read_only: {
    status: 503,
    title: 'This taskspace takes no writes until it is repaired',
    meaning:
      'The disk failed to store a write of this taskspace, or its journal.jsonl has a second name (a hard link) through which a write would change another file. Reads go on; writes are refused.',
    next: 'Hard link: in the folder, cp -p journal.jsonl new && mv new journal.jsonl. Else check the disk. Then copy journal.jsonl without its line with "journal.poisoned" to a new file, put that in its place, and run npm run verify.',
  },
  outcome_unknown: {
    status: 503,
    title: 'The write may or may not have happened',
    meaning:
      'The write may or may not have happened. This is the only code after which that is so on purpose.',
    next: 'Read the state, or repeat the request with the same Idempotency-Key or If-Match.',
  },
  overloaded: {
    status: 503,
    title: 'The server has too much to do',
    meaning: 'The server has more to do than it can in reasonable time.',
    next: 'Repeat after the seconds in Retry-After.',
  },
  store_unavailable: {
    status: 503,
    title: 'The store cannot serve this taskspace now',
    meaning:
      'The store cannot serve this taskspace now, for example because of an input/output error or a newer format.',
    next: 'Repeat later; the log of the server has the reason.',
  },
  catalog_unavailable: {
    status: 503,
    title: 'The catalog is not available',
    meaning: 'Lists by anything but id, search, dashboards and stats need the catalog, which is not there.',
    next: 'The detail says what is missing. List with sort=id, or read single taskspaces.',
  },
  catalog_behind: {
    status: 503,
    title: 'The catalog has not caught up in time',
    meaning:
      'The catalog has not caught up with the newest writes in time, and an old answer is never given.',
    next: 'Repeat after the seconds in Retry-After.',
  },
  not_implemented: {
    status: 501,
    title: 'The server does not know this form of a request',
    meaning: 'The body is framed in a way that this server does not know.',
    next: 'Send it with a Content-Length, or with Transfer-Encoding: chunked alone.',
  },
  insufficient_storage: {
    status: 507,
    title: 'The disk is full',
    meaning: 'The disk is full. Nothing was half-written.',
    next: 'Free space in DATA_DIR, then repeat the request.',
  },
};

/** In the order of the table. */
export const CODES = Object.keys(ERRORS) as readonly Code[];

export function isCode(text: string): text is Code {
  return Object.hasOwn(ERRORS, text);
}

/** The table in docs/ERRORS.md. */
export function errorsTable(): string {
  const rows = CODES.map((code) => {
    const { status, meaning, next } = ERRORS[code];
    return `| \`${code}\` | ${status} | ${meaning} | ${next} |\n`;
  });
  return `| code | status | what it means | what to do |\n|---|---|---|---|\n${rows.join('')}`;
}
