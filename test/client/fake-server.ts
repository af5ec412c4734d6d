/**
 * A server that answers what a test tells it to, over real sockets or as a `fetch` of its own: for what a
 * real server does only when something breaks. What it was asked is kept in order.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export type Answering = (asked: Asked, res: ServerResponse, count: number) => void;

export class FakeServer {
  readonly asked: Asked[] = [];
  private readonly server: Server;

  /** @param answer is given how many requests came before this one. */
  constructor(answer: Answering) {
    this.server = createServer((req, res) => {
      const asked = read(req);
      this.asked.push(asked);
      req.resume();
      answer(asked, res, this.asked.length - 1);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function sendJson(res: ServerResponse, value: unknown, status = 200, headers = {}): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  res.writeHead(status, { 'Content-Type': type, ...headers }).end(JSON.stringify(value));
}

export function sendProblem(res: ServerResponse, status: number, code: string, headers = {}): void {
  sendJson(res, { status, code, detail: `It is ${code}.` }, status, headers);
}

/** The head of a stream of events, with a wish to come back soon. */
export function beginEvents(res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  res.write('retry: 5\n\n');
}

function read({ method = '', url = '', headers }: IncomingMessage): Asked {
  const { pathname, searchParams } = new URL(url, 'http://fake');
  return { method, path: pathname, query: searchParams, headers };
}
