/**
 * One raw connection on which requests are sent without waiting for answers, and what came back, in order.
 */
import { connect, type Socket } from 'node:net';
import { eventually } from '../kit/eventually.js';

export interface Piece {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

export interface Pipeline {
  readonly socket: Socket;
  /** The whole answers so far, without interim ones (100 Continue). */
  answers(): Piece[];
  /** Resolves when there are `count` answers, or the server has closed the connection. */
  get(count: number): Promise<Piece[]>;
  readonly closed: () => boolean;
}

export function openPipeline(port: number, text?: string | Buffer): Pipeline {
  const socket = connect(port, '127.0.0.1', () => {
    if (text !== undefined) socket.write(text);
  });
  let received = Buffer.alloc(0);
  let closed = false;
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  const answers = () => piecesOf(received);
  return {
    socket,
    answers,
    closed: () => closed,
    async get(count) {
      await eventually(() => closed || answers().length >= count);
      return answers();
    },
  };
}

/** A request as text, with a Content-Length when it has a body. */
export function request(method: string, path: string, body?: string | object, extra = ''): string {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'object' ? 'Content-Type: application/json\r\n' : '';
  const length = text === undefined ? '' : `Content-Length: ${Buffer.byteLength(text)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${type}${length}${extra}\r\n${text ?? ''}`;
}

function piecesOf(bytes: Buffer): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) return pieces;
    const head = bytes.toString('latin1', at, end);
    const status = Number(head.slice(9, 12));
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    at = end + 4 + length;
    if (at > bytes.length) return pieces;
    if (status >= 200) pieces.push({ status, head, body: bytes.toString('utf8', end + 4, at) });
  }
}
