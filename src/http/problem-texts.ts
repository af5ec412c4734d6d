/** What each problem code means and what to do about it: the text behind `GET /problems/<code>`. */
import type { Code } from '../domain/errors.js';

export interface ProblemText {
  readonly meaning: string;
  readonly next: string;
}

export const PROBLEM_TEXTS: Readonly<Record<Code, ProblemText>> = {
  invalid_json: {
    meaning: 'The body is empty, is not JSON, or is not UTF-8.',
    next: 'Send one JSON value encoded as UTF-8, best without a byte order mark; one is passed over.',
  },
  invalid_id: {
    meaning: 'An id in the path has characters or a length that no id has.',
    next: 'Taskspace ids match ^[a-z0-9][a-z0-9_-]{0,63}$, task ids and other names ^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$.',
  },
  invalid_path: {
    meaning: 'An artifact path could leave its folder, cannot be stored everywhere, or is badly encoded.',
    next: 'Send a relative path of at most 1024 bytes: NFC, no empty, "." or ".." segment, no backslash, no control character, no ".git".',
  },
  invalid_query: {
    meaning: 'A query parameter is unknown here, was sent twice, or has a value out of its range.',
    next: 'Compare with /openapi.json; the detail names the parameter.',
  },
  invalid_cursor: {
    meaning: 'The cursor was not made by this list, or for other filters or another order.',
    next: 'Begin again without a cursor, and keep filters and order the same while paging.',
  },
  invalid_header: {
    meaning: 'A request header, or the request line itself, is malformed.',
    next: 'The detail names the header and its form. Percent-encode X-Actor, X-Message and X-Metadata as UTF-8.',
  },
  digest_mismatch: {
    meaning: 'The bytes that arrived do not have the SHA-256 that Repr-Digest announced. Nothing was stored.',
    next: 'Compute the digest again and repeat the upload.',
  },
  incomplete_body: {
    meaning: 'The body ended before its announced length. Nothing was changed.',
    next: 'Repeat the request.',
  },
  unauthorized: {
    meaning: 'The server needs a token, and the request had none that is valid.',
    next: 'Send Authorization: Bearer <token>.',
  },
  forbidden: {
    meaning: 'The token is valid, but lacks the scope or the taskspace that this call needs.',
    next: 'Use a token with the scope that the detail names.',
  },
  forbidden_origin: {
    meaning:
      'A server that runs open answers only for loopback names and its own pages, so that no web page can use it.',
    next: 'Call it as localhost, or name the host in ALLOWED_HOSTS or the origin in CORS_ORIGINS.',
  },
  not_found: {
    meaning: 'There is no such route or resource.',
    next: 'Check the path: it is case-sensitive, and a trailing slash makes it another one.',
  },
  deleted: {
    meaning: 'The newest revision of this artifact is a deletion.',
    next: 'List its revisions and read an older one by number.',
  },
  expired: {
    meaning: 'Retention has removed this revision.',
    next: 'List the revisions that are left.',
  },
  method_not_allowed: {
    meaning: 'The path exists, but not with this method.',
    next: 'Use one of the methods in the Allow header.',
  },
  already_exists: {
    meaning: 'Something with this id exists, and the call would create it.',
    next: 'Choose another id, or change what is there with PUT or PATCH.',
  },
  path_conflict: {
    meaning: 'A live artifact is a folder of the path, or the path would be a folder of a live artifact.',
    next: 'Choose another path, or delete the artifact that the detail names.',
  },
  has_dependents: {
    meaning: 'Other tasks name this task as a dependency.',
    next: 'Remove it from their dependencies first.',
  },
  task_held: {
    meaning:
      'The edit would take a claim that has not lapsed from its holder, or undo or remove a completed task, and does not show that it knows.',
    next: 'Leave out status to keep it; or send If-Match with the ETag of the plan (PUT) or the task, not * and not an edition; or ?force=true.',
  },
  task_not_ready: {
    meaning: 'The task is finished, claimed, blocked by a dependency, or its plan is halted.',
    next: 'Ask GET …/plan/ready for what can be claimed.',
  },
  lease_held: {
    meaning: 'Somebody holds the lease now.',
    next: 'Wait until the expiresAt in the problem, or ask its holder.',
  },
  lease_lost: {
    meaning: 'The token is not good any more: somebody else has the lease, or the task has moved on.',
    next: 'Stop the work that the lease guarded and claim again.',
  },
  restart_in_progress: {
    meaning: 'A rolling restart is under way already.',
    next: 'Wait until it is over, then ask again if another one is needed.',
  },
  not_supported: {
    meaning: 'The server cannot do this in the mode it runs in.',
    next: 'Start it with npm run prod.',
  },
  position_gone: {
    meaning:
      'The position lies before the oldest change that is kept, or is of a feed that was removed or put back.',
    next: 'Read the present state, then follow from since=now.',
  },
  precondition_failed: {
    meaning:
      'Somebody changed the resource since you read it, or it is (or is not) there against your condition.',
    next: 'Read it again, apply your change to what you find, and send the ETag of that read in If-Match.',
  },
  too_large: {
    meaning: 'The body is larger than this server takes.',
    next: 'Send less at a time: batches for messages, an artifact for large content. The limits are settings.',
  },
  unsupported_media_type: {
    meaning: 'The Content-Type or Content-Encoding is not what this call takes.',
    next: 'Send JSON as application/json (curl: --json) and without compression.',
  },
  not_text: {
    meaning: 'A text difference was asked for, but a revision is binary.',
    next: 'Download both revisions and compare them with a tool of their kind.',
  },
  range_not_satisfiable: {
    meaning: 'The Range begins behind the end of the artifact.',
    next: 'The Content-Range header says how long it is.',
  },
  invalid_body: {
    meaning: 'The body is JSON, but has an unknown member, a wrong type, or a value out of its bounds.',
    next: 'errors lists each wrong place as a JSON Pointer.',
  },
  invalid_plan: {
    meaning:
      'The plan contradicts itself: a dependency that is missing, on itself or in a circle, or an id that comes twice.',
    next: 'errors points to the task; correct it and send the plan again.',
  },
  invalid_archive: {
    meaning: 'The archive is not one that can be imported. Nothing was changed.',
    next: 'Send a tar made by the export, or of a folder with plain files only.',
  },
  idempotency_key_reused: {
    meaning: 'The Idempotency-Key was used for another body within the last 24 hours.',
    next: 'Use a new key for a new request, and the same bytes for a repeat.',
  },
  diff_too_large: {
    meaning: 'The two revisions are too large, or differ too much, to compare here.',
    next: 'Download both and compare them locally.',
  },
  rate_limited: {
    meaning: 'More requests came than the limit allows.',
    next: 'Wait for the seconds in Retry-After.',
  },
  headers_too_large: {
    meaning: 'The request line and headers are larger than 16 KiB together.',
    next: 'Send long metadata with PATCH in a body instead of in X-Metadata.',
  },
  internal: {
    meaning: 'The server made a mistake. The write, if it was one, may or may not have happened.',
    next: 'Repeat it, a POST with the same Idempotency-Key. Report the request id if it stays.',
  },
  damaged: {
    meaning:
      'Part of this taskspace on disk is broken, missing or not what the server put there: a record in the middle of the journal, an object, a link in its folder. Nothing is guessed or served from it.',
    next: 'Run npm run verify for details, and restore the folder from a backup.',
  },
  not_ready: {
    meaning: 'The server is starting or stopping.',
    next: 'Repeat after the seconds in Retry-After.',
  },
  read_only: {
    meaning: 'The disk failed to store a write of this taskspace. Reads go on; writes are refused.',
    next: 'Check the disk. Then copy journal.jsonl without its line with "journal.poisoned" to a new file, put that in its place, and run npm run verify.',
  },
  outcome_unknown: {
    meaning:
      'The write may or may not have happened. This is the only code after which that is so on purpose.',
    next: 'Read the state, or repeat the request with the same Idempotency-Key or If-Match.',
  },
  overloaded: {
    meaning: 'The server has more to do than it can in reasonable time.',
    next: 'Repeat after the seconds in Retry-After.',
  },
  store_unavailable: {
    meaning:
      'The store cannot serve this taskspace now, for example because of an input/output error or a newer format.',
    next: 'Repeat later; the log of the server has the reason.',
  },
  catalog_unavailable: {
    meaning: 'Lists by anything but id, search, dashboards and stats need the catalog, which is not there.',
    next: 'The detail says what is missing. List with sort=id, or read single taskspaces.',
  },
  catalog_behind: {
    meaning:
      'The catalog has not caught up with the newest writes in time, and an old answer is never given.',
    next: 'Repeat after the seconds in Retry-After.',
  },
  not_implemented: {
    meaning: 'The body is framed in a way that this server does not know.',
    next: 'Send it with a Content-Length, or with Transfer-Encoding: chunked alone.',
  },
  insufficient_storage: {
    meaning: 'The disk is full. Nothing was half-written.',
    next: 'Free space in DATA_DIR, then repeat the request.',
  },
};
