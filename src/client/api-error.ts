/**
 * The one error that the client throws for a call: the server's problem (RFC 9457), or that there was no answer.
 * It always says how often the call was tried, and whether a write may have happened all the same.
 */
import type { Code } from '../domain/errors.js';
import type { Fault } from './shapes.js';

/**
 * The server's codes, which may grow, and three of the client: no answer came; an answer came that is not of this
 * contract (a proxy's page, say); the client refused to send the call.
 */
export type ApiErrorCode = Code | 'unreachable' | 'unexpected_answer' | (string & {});

export interface ApiErrorFields {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  /** The whole problem as it came: `currentRevision`, `by`, `at`, `holder` and whatever else it has. */
  readonly problem?: Readonly<Record<string, unknown>>;
  readonly etag?: string | null;
  readonly requestId?: string | null;
  readonly worker?: number | null;
  readonly retryAfterSeconds?: number | null;
}

/** How the call went before this was thrown. */
export interface Tries {
  readonly attempts: number;
  /** Whether a write may be in effect although this was thrown. Always false for reads. */
  readonly mayHaveHappened: boolean;
}

const ONCE: Tries = { attempts: 1, mayHaveHappened: false };

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly detail: string;
  readonly errors: readonly Fault[];
  readonly problem: Readonly<Record<string, unknown>>;
  /** The current ETag of the resource, with `precondition_failed`. */
  readonly etag: string | null;
  readonly requestId: string | null;
  readonly worker: number | null;
  readonly retryAfterSeconds: number | null;
  readonly attempts: number;
  readonly mayHaveHappened: boolean;

  constructor(
    private readonly fields: ApiErrorFields,
    tries: Tries = ONCE,
    options?: ErrorOptions,
  ) {
    super(textOf(fields, tries), options);
    this.status = fields.status;
    this.code = fields.code;
    this.detail = fields.detail;
    this.errors = fields.errors ?? [];
    this.problem = fields.problem ?? {};
    this.etag = fields.etag ?? null;
    this.requestId = fields.requestId ?? null;
    this.worker = fields.worker ?? null;
    this.retryAfterSeconds = fields.retryAfterSeconds ?? null;
    this.attempts = tries.attempts;
    this.mayHaveHappened = tries.mayHaveHappened;
  }

  /** The same error at the end of several tries. */
  after(tries: Tries): ApiError {
    return new ApiError(this.fields, tries, { cause: this.cause });
  }
}

function textOf({ code, detail }: ApiErrorFields, { attempts, mayHaveHappened }: Tries): string {
  const notes = [
    ...(attempts > 1 ? [`tried ${attempts} times`] : []),
    ...(mayHaveHappened ? ['the write may have happened: read before you repeat it'] : []),
  ];
  return `${code}: ${detail}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
}
