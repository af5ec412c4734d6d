/**
 * One connection, without a client library between: thousands of them, in the process that also measures,
 * must cost little.
 *
 * It asks GETs and takes their answers apart as RFC 9112 has it, whole or in chunks, and says at once what
 * has arrived. It never asks again by itself: what a broken connection means is for its user to say.
 */
import net from 'node:net';

export interface Head {
  readonly status: number;
  readonly worker: number;
  /** The server closes the connection after this answer. */
  readonly last: boolean;
}

export interface WireUser {
  onHead?(head: Head): void;
  onData(bytes: Buffer): void;
  /** The answer is whole. */
  onEnd(head: Head): void;
  /** Nothing more will come; `asked`: an answer was owed, or had not been whole. */
  onClose(asked: boolean): void;
}

type Expecting = 'head' | 'body' | 'size' | 'chunk' | 'trailer';

const EMPTY = Buffer.alloc(0);
const END_OF_HEAD = '\r\n\r\n';
const END_OF_LINE = '\r\n';

export class Wire {
  private readonly socket: net.Socket;
  private rest: Buffer = EMPTY;
  private expecting: Expecting = 'head';
  private head: Head = { status: 0, worker: 0, last: false };
  private left = 0;
  private asked = false;

  constructor(
    port: number,
    private readonly user: WireUser,
  ) {
    this.socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('data', (bytes) => this.take(bytes));
    // Every error is followed by `close`.
    this.socket.on('error', () => undefined);
    this.socket.once('close', () => user.onClose(this.asked));
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.asked = true;
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}\r\n`);
  }

  /** Leaves everything that comes in the kernel's buffers. */
  stopReading(): void {
    this.socket.pause();
  }

  readOn(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.destroy();
  }

  private take(bytes: Buffer): void {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    while (this.rest.length > 0 && this.step());
  }

  /** Whether there was enough for a step. */
  private step(): boolean {
    switch (this.expecting) {
      case 'head':
        return this.takeHead();
      case 'size':
        return this.takeSize();
      case 'trailer':
        if (this.upTo(END_OF_LINE) === null) return false;
        this.finish();
        return true;
      default:
        return this.takeContent();
    }
  }

  private takeHead(): boolean {
    const text = this.upTo(END_OF_HEAD);
    if (text === null) return false;
    const field = (name: string): string => new RegExp(`^${name}: *(.*)$`, 'im').exec(text)?.[1] ?? '';
    this.head = {
      status: Number(text.slice(9, 12)),
      worker: Number(field('x-worker')),
      last: field('connection').toLowerCase() === 'close',
    };
    this.user.onHead?.(this.head);
    if (field('transfer-encoding').toLowerCase() === 'chunked') this.expecting = 'size';
    else {
      this.left = Number(field('content-length'));
      this.expecting = 'body';
      if (this.left === 0) this.finish();
    }
    return true;
  }

  private takeSize(): boolean {
    const line = this.upTo(END_OF_LINE);
    if (line === null) return false;
    this.left = Number.parseInt(line, 16);
    this.expecting = this.left === 0 ? 'trailer' : 'chunk';
    return true;
  }

  private takeContent(): boolean {
    const inChunk = this.expecting === 'chunk';
    if (this.left > 0) {
      const part = this.rest.subarray(0, this.left);
      this.rest = this.rest.subarray(part.length);
      this.left -= part.length;
      this.user.onData(part);
      if (this.left > 0) return false;
    }
    if (!inChunk) this.finish();
    else if (this.rest.length < END_OF_LINE.length) return false;
    else {
      this.rest = this.rest.subarray(END_OF_LINE.length);
      this.expecting = 'size';
    }
    return true;
  }

  private upTo(end: string): string | null {
    const at = this.rest.indexOf(end);
    if (at < 0) return null;
    const text = this.rest.toString('latin1', 0, at);
    this.rest = this.rest.subarray(at + end.length);
    return text;
  }

  private finish(): void {
    this.expecting = 'head';
    this.asked = false;
    this.user.onEnd(this.head);
  }
}
