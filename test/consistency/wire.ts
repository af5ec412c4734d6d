/**
 * One keep-alive connection on a raw socket, one request in flight: so cheap that the client is not what is
 * measured.
 *
 * It knows just enough of HTTP/1.1 for answers with a Content-Length. It never repeats a request; whether one
 * that broke has happened is what the verdict is about.
 */
import net from 'node:net';

export interface Reply {
  /** 0 when the connection broke before the whole answer was there. */
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
  /** Of one clock for all clients of this process. */
  readonly start: number;
  readonly end: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** Longer than the primary takes to replace a worker that hangs. */
const PATIENCE_MS = 60_000;
const NOTHING: Buffer = Buffer.alloc(0);

export class Wire {
  private pending: Buffer = NOTHING;
  private waiting: { readonly start: number; readonly settle: (reply: Reply) => void } | null = null;
  private gone = false;

  private constructor(private readonly socket: net.Socket) {
    socket.on('data', (chunk) => this.take(chunk));
    for (const event of ['error', 'timeout', 'close']) socket.on(event, () => this.close());
    socket.setTimeout(PATIENCE_MS);
  }

  /** Null when nobody takes the connection. */
  static open(port: number): Promise<Wire | null> {
    return new Promise((resolve) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', () => resolve(null));
      socket.once('connect', () => resolve(new Wire(socket)));
    });
  }

  get isOpen(): boolean {
    return !this.gone;
  }

  /** Never rejects. @param headers whole lines, each with its CRLF. */
  ask(method: string, path: string, headers = '', body?: string): Promise<Reply> {
    const start = performance.now();
    if (this.gone) return Promise.resolve(broken(start));
    const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    return new Promise((settle) => {
      this.waiting = { start, settle };
      this.socket.write(
        `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}${length}\r\n${body ?? ''}`,
      );
    });
  }

  close(): void {
    if (this.gone) return;
    this.gone = true;
    this.socket.destroy();
    const { waiting } = this;
    this.waiting = null;
    waiting?.settle(broken(waiting.start));
  }

  private take(chunk: Buffer): void {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const headEnd = this.pending.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.pending.toString('latin1', 0, headEnd + 2);
    const bodyFrom = headEnd + HEAD_END.length;
    const status = Number(head.slice(9, 12));
    const length = lengthOf(head, status);
    if (this.pending.length < bodyFrom + length) return;
    const body = this.pending.subarray(bodyFrom, bodyFrom + length);
    this.pending = NOTHING;
    const { waiting } = this;
    this.waiting = null;
    waiting?.settle({ status, head, body, start: waiting.start, end: performance.now() });
  }
}

/** The value of a header; null when it is not there. Names as the server writes them. */
export function headerOf(head: string, name: string): string | null {
  const at = head.indexOf(`\r\n${name}: `);
  if (at < 0) return null;
  const from = at + name.length + 4;
  return head.slice(from, head.indexOf('\r\n', from));
}

export function workerOf({ head }: Reply): number | null {
  const worker = headerOf(head, 'X-Worker');
  return worker === null ? null : Number(worker);
}

function lengthOf(head: string, status: number): number {
  if (status === 204 || status === 304) return 0;
  const length = headerOf(head, 'Content-Length');
  if (length === null) throw new Error(`An answer without Content-Length: ${head}`);
  return Number(length);
}

function broken(start: number): Reply {
  return { status: 0, head: '', body: NOTHING, start, end: performance.now() };
}
