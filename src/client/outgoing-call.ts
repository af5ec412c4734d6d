/** One call to the server before it is sent. */

/**
 * A function is called for every attempt; a stream can be sent only once. (Browsers send streams over HTTP/2
 * alone: use a Blob there.)
 */
export type Body =
  | string
  | Uint8Array<ArrayBuffer>
  | Blob
  | ReadableStream<Uint8Array>
  | (() => ReadableStream<Uint8Array>);

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query, from `/api` on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: Body | undefined;
  /** No time limit: bytes of any length are sent or received. */
  readonly bulk?: boolean | undefined;
  /** How long the server may delay the answer, on top of the time limit. */
  readonly waitSeconds?: number | undefined;
  /** Replaces the client's setting. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
