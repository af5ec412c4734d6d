/** Bytes of any length as a stream: those of an artifact, or of an export. */
import { type AnswerHead, type NotModified, numberIn } from './answer.js';
import type { Send } from './transport.js';

/** Exactly one of `body`, `bytes()` and `text()` can be used, once. */
export interface Download extends AnswerHead {
  readonly notModified: false;
  /** Of an artifact. */
  readonly revision: number | null;
  readonly contentType: string | null;
  /** Of this answer: of the range, if one was requested. Null when it is not known yet. */
  readonly size: number | null;
  readonly body: ReadableStream<Uint8Array>;
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
}

export async function download(
  send: Send,
  path: string,
  headers: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal | undefined,
): Promise<Download | NotModified> {
  const { head, response } = await send(
    { method: 'GET', path, headers, signal, bulk: true },
    async () => undefined,
  );
  if (response.status === 304) return { ...head, notModified: true };
  return {
    ...head,
    notModified: false,
    revision: numberIn(response.headers, 'x-revision'),
    contentType: response.headers.get('content-type'),
    size: numberIn(response.headers, 'content-length'),
    body: response.body ?? new Blob([]).stream(),
    bytes: async () => new Uint8Array(await response.arrayBuffer()),
    text: () => response.text(),
  };
}
