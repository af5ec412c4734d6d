/**
 * One keep-alive connection, and so one worker for as long as it lives. It never repeats a request by itself:
 * whether a request that broke has happened is what the ledger is about.
 */
import http from 'node:http';
import { type Answer, noAnswer, request } from '../../scripts/http-request.js';

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a Buffer. */
  readonly body?: unknown;
}

export interface Connection {
  /** The worker that answered last. */
  readonly worker: number | null;
  /**
   * Asks over this connection, or over a new one when it is gone. Never rejects: the status is 0 when the
   * connection broke before the whole answer was there.
   */
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
    async ask(method, path, { headers = {}, body } = {}) {
      const isJson = body !== undefined && !Buffer.isBuffer(body);
      const payload = isJson ? JSON.stringify(body) : (body as Buffer | undefined);
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const all = { ...(isJson ? { 'Content-Type': type } : {}), ...headers };
      const start = performance.now();
      const answer = await request({
        ...{ port, method, path, headers: all, payload, agent },
        timeoutMs: PATIENCE_MS,
      }).catch(() => noAnswer(start));
      if (answer.worker !== null) worker = answer.worker;
      return answer;
    },
    close: () => agent.destroy(),
  };
}

/** The code of a problem; null for anything else. */
export function codeOf({ status, headers, body }: Answer): string | null {
  if (status < 400 || !headers['content-type']?.startsWith('application/problem+json') || body.length === 0)
    return null;
  return (JSON.parse(body.toString()) as { code: string }).code;
}
