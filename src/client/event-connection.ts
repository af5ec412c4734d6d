/**
 * One connection to a stream of events, read at the pace of the consumer: what is not consumed stays with the
 * server, which disconnects clients that lag too far. A live server sends a comment every 15 s; a connection
 * without a byte for three times as long is dead, whatever the kernel reports.
 */
import { ApiError } from './api-error.js';
import { EventParser, type ServerSentEvent } from './event-parser.js';
import { linkedSignal } from './linked-signal.js';
import { unreachable } from './problem.js';
import type { Open } from './transport.js';

const SILENCE_MS_MAX = 45_000;

export interface EventConnection {
  readonly path: string;
  /** The id of the last event that was consumed; null before the first. */
  readonly lastEventId: string | null;
  readonly signal: AbortSignal | undefined;
  onOpen(): void;
  /** The delay before a reconnect that the server requests, in ms. */
  onRetry(ms: number): void;
}

/** Ends when the server ends it. Throws ApiError, or the signal's reason. */
export async function* eventsOver(
  open: Open,
  { path, lastEventId, signal, onOpen, onRetry }: EventConnection,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const link = linkedSignal(signal, SILENCE_MS_MAX, 'Not a byte');
  const headers = { Accept: 'text/event-stream', 'Last-Event-ID': lastEventId ?? undefined };
  try {
    const response = await open({ method: 'GET', path, headers, signal: link.signal });
    const reader = streamOf(response).getReader();
    onOpen();
    const parser = new EventParser();
    for (;;) {
      link.limit(SILENCE_MS_MAX);
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw unreachable('The stream of events broke off', error);
      });
      link.limit(null);
      if (done) return;
      const events = parser.push(value);
      if (parser.retryMs !== null) onRetry(parser.retryMs);
      yield* events;
    }
  } finally {
    // Also when the consumer stops early: else the server would go on sending into a buffer.
    link.abort(new DOMException('Nobody reads this stream any more', 'AbortError'));
    link.end();
  }
}

function streamOf(response: Response): ReadableStream<Uint8Array> {
  const type = response.headers.get('content-type') ?? 'nothing';
  if (response.body !== null && type.startsWith('text/event-stream')) return response.body;
  throw new ApiError({
    status: response.status,
    code: 'unexpected_answer',
    detail: `A stream of events was asked for, ${type} came: something else than a taskspace server answers there.`,
  });
}
