/** A connection that is kept: what is asked over it is answered by one worker. */
import http from 'node:http';
import { type Answer, request } from '../http-request.js';

export class Client {
  private readonly agent: http.Agent;

  constructor(
    readonly port: number,
    connections = 1,
  ) {
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Errors: when the connection breaks. Any status is an answer. */
  ask(
    method: string,
    target: string,
    body?: object | Buffer,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const payload = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const type = Buffer.isBuffer(body) ? 'text/plain' : 'application/json';
    const headers = payload === undefined ? more : { 'Content-Type': type, ...more };
    return request({ port: this.port, method, path: target, headers, payload, agent: this.agent });
  }

  /** As `ask`, for what must succeed. */
  async must(
    method: string,
    target: string,
    body?: object | Buffer,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const reply = await this.ask(method, target, body, more);
    if (reply.status >= 400 || (reply.status >= 300 && reply.status !== 304))
      throw new Error(`${method} ${target}: ${reply.status} ${reply.body}`);
    return reply;
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Two connections that different workers answer. The server must have more than one. */
export async function onTwoWorkers(port: number): Promise<[Client, Client]> {
  const first = new Client(port);
  const worker = (await first.ask('GET', '/health')).headers['x-worker'];
  for (;;) {
    const second = new Client(port);
    if ((await second.ask('GET', '/health')).headers['x-worker'] !== worker) return [first, second];
    second.close();
  }
}
