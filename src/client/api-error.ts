/**
 * The one error that the client throws for a call: the server's problem (RFC 9457), or that there was no
 * answer. It says how often the call was tried, and whether a write may be in effect all the same.
 */

/**
 * The server's codes, which may grow, and three of the client: no answer came; an answer came that is not of
 * this contract (a proxy's page, say); the client refused to send the call.
 */
import type { Code, Fault } from '../contract/errors.js';
export type ApiErrorCode = Code | 'unreachable' | 'unexpected_answer' | (string & {});

export interface ApiErrorFields {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  /** The whole problem as received: `currentRevision`, `by`, `at`, `holder` and whatever else it has. */
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

/** Bounds of the printed form: lines of `util.inspect`, faults in them, frames of the stack. */
const LINES_MAX = 5;
const FAULTS_SHOWN = 2;
const FRAMES_SHOWN = 3;
const LINE_LENGTH_MAX = 600;
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Its fields are getters and not listed: printed, also by an uncaught error, it stays short. */
export class ApiError extends Error {
  readonly #fields: ApiErrorFields;
  readonly #tries: Tries;

  constructor(fields: ApiErrorFields, tries: Tries = ONCE, options?: ErrorOptions) {
    super(textOf(fields, tries), options?.cause === undefined ? {} : { cause: causeOf(options.cause) });
    this.#fields = fields;
    this.#tries = tries;
    this.stack = shortened(this.stack);
  }

  override get name(): string {
    return 'ApiError';
  }

  get status(): number {
    return this.#fields.status;
  }

  get code(): ApiErrorCode {
    return this.#fields.code;
  }

  get detail(): string {
    return this.#fields.detail;
  }

  get errors(): readonly Fault[] {
    return this.#fields.errors ?? [];
  }

  get problem(): Readonly<Record<string, unknown>> {
    return this.#fields.problem ?? {};
  }

  /** The current ETag of the resource, with `precondition_failed`. */
  get etag(): string | null {
    return this.#fields.etag ?? null;
  }

  get requestId(): string | null {
    return this.#fields.requestId ?? null;
  }

  get worker(): number | null {
    return this.#fields.worker ?? null;
  }

  get retryAfterSeconds(): number | null {
    return this.#fields.retryAfterSeconds ?? null;
  }

  get attempts(): number {
    return this.#tries.attempts;
  }

  get mayHaveHappened(): boolean {
    return this.#tries.mayHaveHappened;
  }

  /** The same error at the end of several tries. */
  after(tries: Tries): ApiError {
    const Kind = this.constructor as typeof ApiError;
    return new Kind(this.#fields, tries, { cause: this.cause });
  }

  /** At most five lines: what was wrong, the first faults, the request id in the server's log, the caller. */
  [INSPECT](): string {
    const { status, errors, requestId, worker } = this;
    const rest = errors.length - FAULTS_SHOWN;
    const faults = errors.slice(0, FAULTS_SHOWN).map(({ pointer, detail }, i) => {
      const more = rest > 0 && i === FAULTS_SHOWN - 1 ? ` (and ${rest} more in .errors)` : '';
      return `  ${pointer === '' ? 'body' : pointer}: ${detail}${more}`;
    });
    const place =
      requestId === null ? [] : [`  status ${status}, request ${requestId}, worker ${worker ?? '?'}`];
    const frames = (this.stack ?? '').split('\n').slice(1, 2);
    return [`ApiError: ${this.message}`, ...faults, ...place, ...frames]
      .slice(0, LINES_MAX)
      .map(oneLine)
      .join('\n');
  }
}

function textOf({ code, detail }: ApiErrorFields, { attempts, mayHaveHappened }: Tries): string {
  const notes = [
    ...(attempts > 1 ? [`tried ${attempts} times`] : []),
    ...(mayHaveHappened ? ['the write may have happened: read before you repeat it'] : []),
  ];
  return oneLine(`${code}: ${detail}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`);
}

function oneLine(text: string): string {
  // Not line ends alone: a name in a message may hold what a terminal takes for a command.
  const line = text.replace(/[\p{Cc}\u2028\u2029]+\s*/gu, ' ');
  return line.length > LINE_LENGTH_MAX ? `${line.slice(0, LINE_LENGTH_MAX)}…` : line;
}

/** As text: a nested error would be printed with all of its fields. */
function causeOf(cause: unknown): string {
  const parts: string[] = [];
  for (let at = cause; at instanceof Error && parts.length < FRAMES_SHOWN; at = at.cause)
    parts.push(`${at.name}: ${at.message}`);
  return oneLine(parts.length > 0 ? parts.join(': ') : String(cause));
}

/** The message and the frames that are nearest to the call. */
function shortened(stack: string | undefined): string {
  const lines = (stack ?? '').split('\n');
  return lines.slice(0, 1 + FRAMES_SHOWN).join('\n');
}
