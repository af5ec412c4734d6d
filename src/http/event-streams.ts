/**
 * Answers that stay open and carry events (`text/event-stream`). The head and the first bytes go out at once. A client
 * that lags by more than a bound is cut off, and resumes by itself; so does one whose worker drains, whose stream ends.
 *
 * One timer sends the comments that keep all streams of this worker alive. A client that has not even taken what was
 * sent before gets none, and the time-out of the connection ends it.
 */
import type { ServerResponse } from 'node:http';
import type { EventSink, EventStream } from '../service/service.js';
import type { Reply } from './endpoint.js';
import type { Exchange } from './exchange.js';
import type { RawHeaders } from './raw-headers.js';
import { READ_CACHING, send, sendHead } from './send.js';

export const EVENT_STREAM_TYPE = 'text/event-stream';
/** What a client may leave untaken, in bytes, before it is cut off. */
const LAG_BYTES_MAX = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
/** How long the end of a stream may take to reach its client. */
const END_MS = 1_000;
const HEARTBEAT = Buffer.from(': still here\n\n');

/** The streams that are open at one server. */
export class EventStreams {
  private readonly open = new Set<ServerResponse>();
  private heartbeat: NodeJS.Timeout | null = null;

  /** Streams until its source ends, the client leaves, or the server drains. */
  reply(stream: EventStream): Reply {
    return async (exchange) => {
      const headers = headersOf(exchange);
      if (exchange.req.method === 'HEAD') {
        stream.close();
        return send(exchange, 200, headers, undefined);
      }
      const { state, req, res } = exchange;
      const leaving = new AbortController();
      const leave = (): void => leaving.abort();
      res.once('close', leave);
      req.socket.once('end', leave);
      state.waits.add(leave);
      if (state.draining || res.destroyed || req.socket.readableEnded) leave();
      this.enter(res);
      try {
        sendHead(exchange, 200, headers);
        res.write(stream.opening);
        await stream.run(new ClientSink(res, leaving.signal), leaving.signal);
        end(res);
      } finally {
        stream.close();
        this.leave(res);
        state.waits.delete(leave);
        res.off('close', leave);
        req.socket.off('end', leave);
      }
    };
  }

  private enter(res: ServerResponse): void {
    this.open.add(res);
    this.heartbeat ??= setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  private leave(res: ServerResponse): void {
    this.open.delete(res);
    if (this.open.size > 0 || this.heartbeat === null) return;
    clearInterval(this.heartbeat);
    this.heartbeat = null;
  }

  private beat(): void {
    for (const res of this.open) if (!res.destroyed && res.writableLength === 0) res.write(HEARTBEAT);
  }
}

/** Nobody waits for a client that takes nothing: what it has not taken it asks for again when it comes back. */
function end(res: ServerResponse): void {
  if (res.destroyed) return;
  res.end();
  const late = setTimeout(() => res.destroy(), END_MS);
  res.once('close', () => clearTimeout(late));
}

class ClientSink implements EventSink {
  constructor(
    private readonly res: ServerResponse,
    private readonly signal: AbortSignal,
  ) {}

  write(bytes: Buffer): void {
    const { res } = this;
    if (this.signal.aborted || res.destroyed) return;
    if (res.writableLength > LAG_BYTES_MAX) res.destroy();
    else res.write(bytes);
  }

  drained(): Promise<void> {
    const { res, signal } = this;
    if (!res.writableNeedDrain || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        res.off('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      res.on('drain', done);
      signal.addEventListener('abort', done);
    });
  }
}

/** The connection is of no use afterwards: who comes back is to find another worker. */
function headersOf({ state }: Exchange): RawHeaders {
  const headers: RawHeaders = ['Content-Type', `${EVENT_STREAM_TYPE}; charset=utf-8`, 'X-Cache', 'store'];
  headers.push('Cache-Control', READ_CACHING, 'X-Accel-Buffering', 'no');
  if (!state.draining) headers.push('Connection', 'close');
  return headers;
}
