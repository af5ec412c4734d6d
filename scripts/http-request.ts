/** One HTTP request and its whole answer, timed by the clock that all clients of this process share. */
import http from 'node:http';

export interface Answer {
  readonly status: number;
  /** Which worker has answered. */
  readonly worker: number | null;
  readonly headers: http.IncomingHttpHeaders;
  /** Names and values as they came, in order. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The body as text. */
  readonly text: string;
  /** The body as JSON; `unknown` members are read with `field`. */
  readonly json: Record<string, unknown>;
  readonly start: number;
  readonly end: number;
}

export interface Sent {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly payload: string | Buffer | undefined;
  /** False: a connection of its own. */
  readonly agent: http.Agent | false;
  /** Of a connection on which nothing comes. Absent: it waits. */
  readonly timeoutMs?: number;
}

/** Errors: the connection broke before the whole answer was there, or nothing came in time. */
export function request(sent: Sent): Promise<Answer> {
  const { port, method, path, payload, agent, timeoutMs: timeout } = sent;
  const length = payload === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(payload)) };
  const headers = { ...length, ...sent.headers };
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const asking = http.request(
      { host: '127.0.0.1', port, agent, method, path, headers, ...(timeout ? { timeout } : {}) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          if (response.complete) resolve(answerOf(response, Buffer.concat(chunks), start));
          else reject(new Error('the answer was cut'));
        });
      },
    );
    asking.on('timeout', () => asking.destroy(new Error('no answer in time')));
    asking.on('error', reject);
    asking.end(payload);
  });
}

function answerOf(response: http.IncomingMessage, body: Buffer, start: number): Answer {
  const worker = Number(response.headers['x-worker']);
  return {
    status: response.statusCode ?? 0,
    worker: Number.isInteger(worker) ? worker : null,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    body,
    get text() {
      return body.toString();
    },
    get json() {
      return JSON.parse(body.toString()) as Record<string, unknown>;
    },
    start,
    end: performance.now(),
  };
}

/** What stands for an answer of which it is unknown whether its request has happened. */
export function noAnswer(start: number): Answer {
  return {
    ...{ status: 0, worker: null, headers: {}, rawHeaders: [], body: Buffer.alloc(0), text: '' },
    get json(): never {
      throw new Error('There is no answer');
    },
    start,
    end: performance.now(),
  };
}
