/**
 * One keep-alive connection, and so one worker for as long as it lives. It never repeats a request by itself:
 * whether a request that broke has happened is what the ledger is about.
 */
import http from 'node:http';

export interface Answer {
  /** 0 when the connection broke before the whole answer was there. */
  readonly status: number;
  readonly worker: number | null;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** Of one clock for all clients of this process. */
  readonly start: number;
  readonly end: number;
}

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a Buffer. */
  readonly body?: unknown;
}

export interface Connection {
  /** The worker that answered last. */
  readonly worker: number | null;
  /** Asks over this connection, or over a new one when it is gone. Never rejects. */
  ask(method: string, path: string, asked?: Asked): Promise<Answer>;
  close(): void;
}

/** Longer than the primary takes to replace a worker that hangs. */
const PATIENCE_MS = 60_000;

export async function connect(port: number): Promise<Connection> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let worker: number | null = null;
  return {
    get worker() {
      return worker;
    },
    async ask(method, path, asked = {}) {
      const answer = await ask(port, agent, method, path, asked);
      if (answer.worker !== null) worker = answer.worker;
      return answer;
    },
    close: () => agent.destroy(),
  };
}

export function json(answer: Answer): Record<string, unknown> {
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}

/** The code of a problem; null for anything else. */
export function codeOf({ status, headers, body }: Answer): string | null {
  if (status < 400 || !headers['content-type']?.startsWith('application/problem+json') || body.length === 0)
    return null;
  return (JSON.parse(body.toString()) as { code: string }).code;
}

function ask(port: number, agent: http.Agent, method: string, path: string, asked: Asked): Promise<Answer> {
  const { body } = asked;
  const payload = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const type =
    payload === undefined || Buffer.isBuffer(body)
      ? {}
      : { 'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
  const length = payload === undefined ? {} : { 'Content-Length': String(payload.length) };
  const start = performance.now();
  return new Promise((resolve) => {
    const headers = { ...type, ...length, ...asked.headers };
    const request = http.request(
      { host: '127.0.0.1', port, agent, method, path, headers, timeout: PATIENCE_MS },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', broken);
        response.on('end', () => {
          if (!response.complete) return broken();
          const worker = Number(response.headers['x-worker']);
          resolve({
            status: response.statusCode ?? 0,
            worker: Number.isInteger(worker) ? worker : null,
            headers: response.headers,
            body: Buffer.concat(chunks),
            start,
            end: performance.now(),
          });
        });
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', broken);
    request.end(payload);

    function broken(): void {
      resolve({
        status: 0,
        worker: null,
        headers: {},
        body: Buffer.alloc(0),
        start,
        end: performance.now(),
      });
    }
  });
}
