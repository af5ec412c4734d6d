/** The answer of a call: the value, and what the headers say about it. */

/** The part of every answer that its headers carry. */
export interface AnswerHead {
  readonly status: number;
  /** To be sent back as `ifMatch` or `ifNoneMatch`; opaque. */
  readonly etag: string | null;
  /** Of a write: the number of the commit in its taskspace. */
  readonly commit: number | null;
  /** The number of the worker that answered, from 1. */
  readonly worker: number | null;
  readonly requestId: string | null;
  /** Whether this is the stored answer to an earlier request with the same idempotency key. */
  readonly replayed: boolean;
  /** Where a read came from. */
  readonly cache: 'l1' | 'l2' | 'store' | null;
  /**
   * Of a claim that found nothing (204): `empty`, `halted`, `done`, `held`,
   * `reserved_for_others` or `blocked`.
   */
  readonly reason: string | null;
  /** After how many seconds a retry makes sense, if the server knows. */
  readonly retryAfterSeconds: number | null;
  /** How often the call was sent before this answer came. */
  readonly attempts: number;
}

export interface Answer<T> extends AnswerHead {
  readonly notModified: false;
  readonly value: T;
}

/** 304: the caller's copy is current. */
export interface NotModified extends AnswerHead {
  readonly notModified: true;
}

export function headOf(response: Response, attempts: number): AnswerHead {
  const { headers, status } = response;
  return {
    status,
    etag: headers.get('etag'),
    commit: numberIn(headers, 'x-commit'),
    worker: numberIn(headers, 'x-worker'),
    requestId: headers.get('x-request-id'),
    replayed: headers.get('idempotency-replayed') === 'true',
    reason: headers.get('x-reason'),
    retryAfterSeconds: numberIn(headers, 'retry-after'),
    cache: headers.get('x-cache') as AnswerHead['cache'],
    attempts,
  };
}

/** A header that is a whole number; null when absent or something else. */
export function numberIn(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
