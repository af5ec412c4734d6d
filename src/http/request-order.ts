/**
 * The order of pipelined requests (RFC 9112 section 9.3.2): each one begins when the effect of the one before
 * it is complete, so that they take effect in the order of their arrival.
 *
 * Node orders only their answers; it emits a request as soon as it is parsed. An answer whose predecessor is
 * not sent yet has no socket, which is how a waiting request is recognized. A connection that does not
 * pipeline is never recorded here and costs one comparison.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Requests that may wait on one connection before no more is read from it (beyond what one read brings). */
const WAITING_MAX = 64;

/** A connection that pipelines. */
interface Line {
  /** The answer to the last of the requests that had to wait. */
  newest: ServerResponse;
  /** Requests that have not begun. */
  waiting: number;
  /** Waiting requests that a drain still answers: later ones find the connection closing. */
  expected: number;
  /** Replaces the newest request, which turned out to be broken before it began. */
  instead: (() => void) | null;
}

export class RequestOrder {
  private readonly lines = new WeakMap<Duplex, Line>();

  /**
   * Calls `begin` when every earlier request on this connection is complete; never, when the
   * connection ends first.
   */
  wait(req: IncomingMessage, res: ServerResponse, draining: boolean, begin: () => void): void {
    const { socket } = req;
    const before = this.newest(socket);
    const line = this.lineOf(socket, res);
    // Complete, only not sent yet: what begins now cannot overtake it. While draining, its end may
    // close the connection.
    if (line.waiting === 0 && before?.writableEnded === true && !draining) {
      begin();
      return;
    }
    line.waiting++;
    if (!draining) line.expected++;
    if (line.waiting >= WAITING_MAX) holdBack(socket);
    res.once('socket', () => {
      line.waiting--;
      if (line.expected > 0) line.expected--;
      if (line.waiting <= WAITING_MAX / 2) readOn(socket);
      if (line.instead !== null && line.newest === res) line.instead();
      else begin();
    });
  }

  /** Whether requests that came before the drain began wait behind the one that is being answered. */
  isFollowed(socket: Duplex): boolean {
    return (this.lines.get(socket)?.expected ?? 0) > 0;
  }

  /** Whether requests arrived before earlier ones were answered, and are not all answered yet. */
  isPipelined(socket: Duplex): boolean {
    return this.lines.get(socket)?.newest.writableFinished === false;
  }

  /**
   * Writes a raw answer (to bytes that are no request, say) in its turn: after the answers to all requests
   * before it. Never, when the connection ends first.
   */
  last(socket: Duplex, write: () => void): void {
    const newest = this.newest(socket);
    if (newest === null) write();
    else if (newest.req.complete) newest.once('finish', write);
    else this.replace(newest, socket, write);
  }

  /**
   * The broken bytes belong to the body of the newest request, so what is written is the answer to that one.
   */
  private replace(newest: ServerResponse, socket: Duplex, write: () => void): void {
    const line = this.lines.get(socket);
    if (newest.socket !== null || line === undefined) write();
    else if (line.waiting > 0) line.instead = write;
    else newest.once('socket', write);
  }

  /** The answer to the last request, unless it is sent. */
  private newest(socket: Duplex): ServerResponse | null {
    const line = this.lines.get(socket);
    // Until that one is sent, every later request has to wait, and is recorded here.
    if (line !== undefined && !line.newest.writableFinished) return line.newest;
    return answerUnderWay(socket);
  }

  private lineOf(socket: Duplex, newest: ServerResponse): Line {
    const known = this.lines.get(socket);
    if (known !== undefined) {
      known.newest = newest;
      return known;
    }
    const line: Line = { newest, waiting: 0, expected: 0, instead: null };
    this.lines.set(socket, line);
    return line;
  }
}

/**
 * The answer that has the socket. Node has no public way to read it; without it, requests would
 * wait a little longer.
 */
function answerUnderWay(socket: Duplex): ServerResponse | null {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  return typeof message === 'object' && message !== null ? (message as ServerResponse) : null;
}

/**
 * The way in which Node pauses a client that reads no answers (lib/_http_server.js); Node ends any other
 * pause with each request.
 */
function holdBack(socket: Duplex): void {
  Reflect.set(socket, '_paused', true);
  socket.pause();
}

function readOn(socket: Duplex): void {
  if (Reflect.get(socket, '_paused') !== true) return;
  Reflect.set(socket, '_paused', false);
  (Reflect.get(socket, 'parser') as { resume(): void } | null)?.resume();
  socket.resume();
}
