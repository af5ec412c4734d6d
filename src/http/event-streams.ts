/**
 * Answers that stay open and carry events (`text/event-stream`). The head and the first bytes are sent at
 * once. A client that lags by more than a bound is disconnected, and resumes; so does one whose worker
 * drains, which ends the stream.
 *
 * One timer sends the comments that keep all streams of this worker alive. A client that has not even
 * received what was sent before gets none, and the time-out of the connection ends it.
 */

import type { ServerResponse } from 'node:http';
import type { EventSink } from '../app/changes/event-hub.js';
import type { EventStream } from '../app/changes/events.js';
import { EVENT_STREAM_TYPE } from '../contract/changes.js';
import type { Reply } from './endpoint.js';
import type { Exchange } from './exchange.js';
import type { RawHeaders } from './raw-headers.js';
import { READ_CACHING, send, sendHead } from './send.js';

/** How many unsent bytes a client may have before it is disconnected. */
const LAG_BYTES_MAX = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
/** How long the end of a stream may take to reach its client, in ms. */
const END_MS = 1_000;
const HEARTBEAT = Buffer.from(': still here\n\n');

/** The open streams of one server. */
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

/** A client that does not read is not waited for: it requests what it has missed when it reconnects. */
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

/** The connection is not reused: a client that reconnects should reach another worker. */
function headersOf({ state }: Exchange): RawHeaders {
  const headers: RawHeaders = ['Content-Type', `${EVENT_STREAM_TYPE}; charset=utf-8`, 'X-Cache', 'store'];
  headers.push('Cache-Control', READ_CACHING, 'X-Accel-Buffering', 'no');
  if (!state.draining) headers.push('Connection', 'close');
  return headers;
}
